import type { Decoded, Message, MessageFlag, Plain } from "../../native.js";
import type { Family } from "../../net/ip.js";
import type { LinkTarget } from "../link/types.js";
import { plainTarget, type Scope } from "../scope.js";
import { decodeMetrics, encodeMetrics } from "./metrics.js";
import { familyOfRoute, familyOfText } from "./schema.js";
import type {
  Route,
  RouteFilter,
  RouteHop,
  RouteLookup,
  RouteScope,
  RouteSpec,
  RouteTable,
  RouteWay,
} from "./types.js";

/** What is done with a route: ip-route(8)'s words. @internal */
export type RouteVerb = "add" | "change" | "replace" | "append" | "delete";

const verbFlags: Readonly<Record<RouteVerb, readonly MessageFlag[] | undefined>> = {
  add: ["create", "excl"],
  change: ["replace"],
  replace: ["create", "replace"],
  append: ["create", "append"],
  delete: undefined,
};

const ofTableLocal = new Set(["local", "broadcast", "anycast"]);
const ofScopeLink = new Set(["unicast", "broadcast", "anycast", "multicast"]);

// The kernel's own defaults would be scope global, type unspec and table main; these are
// ip-route(8)'s.
function tableOf({ table, type = "unicast" }: RouteSpec): RouteTable {
  return table ?? (ofTableLocal.has(type) ? "local" : "main");
}

function scopeOf({ scope, type, gateway, nexthops, nexthopId }: RouteSpec, of: Family): RouteScope {
  if (scope !== undefined) return scope;
  if (of === "inet6" || gateway !== undefined || nexthopId !== undefined) return "global";
  if (nexthops?.some((hop) => hop.gateway !== undefined) === true) return "global";
  if (type === "local") return "host";
  return type === undefined || ofScopeLink.has(type) ? "link" : "global";
}

/** @internal */
export function routeMessage(verb: RouteVerb, route: RouteSpec, scope: Scope): Message {
  const family = familyOfRoute(route);
  const [dst, dstLength] = route.destination === "default" ? [] : route.destination.split("/");
  const [src, srcLength] = route.from?.split("/") ?? [];
  const table = tableOf(route);
  const deleting = verb === "delete";
  const flags = verbFlags[verb];
  return {
    type: deleting ? "RTM_DELROUTE" : "RTM_NEWROUTE",
    ...(flags && { flags }),
    header: {
      family,
      dst_len: Number(dstLength ?? 0),
      src_len: srcLength === undefined ? undefined : Number(srcLength),
      tos: route.tos,
      table: typeof table === "number" && table > 255 ? 0 : table,
      // Left out of a deletion, they match any.
      protocol: route.protocol ?? (deleting ? undefined : "static"),
      scope: deleting ? (route.scope ?? "nowhere") : scopeOf(route, family),
      type: deleting ? route.type : (route.type ?? "unicast"),
      flags: route.onlink === true ? ["onlink"] : undefined,
    },
    attributes: {
      dst,
      src,
      ...gatewayOf(route.gateway, family),
      oif: route.link === undefined ? undefined : scope.target(route.link, "link"),
      multipath: route.nexthops?.map((hop) => encodeHop(hop, family, scope)),
      nh_id: route.nexthopId,
      prefsrc: route.source,
      priority: route.metric,
      table: typeof table === "number" ? table : undefined,
      metrics: encodeMetrics(route),
      pref: route.preference,
      expires: route.expiresS,
    },
  };
}

// RTA_VIA is for the other family alone. Both keys are there, as all messages of a list have one shape.
function gatewayOf(gateway: string | undefined, family: Family) {
  const own = gateway === undefined || familyOfText(gateway) === family;
  return { gateway: own ? gateway : undefined, via: own ? undefined : gateway };
}

function encodeHop(hop: RouteHop, family: Family, scope: Scope): Plain {
  return {
    header: {
      index: hop.link === undefined ? undefined : scope.target(hop.link, "nexthops.link"),
      hops: (hop.weight ?? 1) - 1,
      flags: hop.onlink === true ? ["onlink"] : undefined,
    },
    attributes: gatewayOf(hop.gateway, family),
  };
}

/** References, which a filter must not have, are refused when the message is made. */
type Checked<T> = {
  readonly [K in keyof T]: T[K] | (K extends "link" | "iif" | "oif" ? LinkTarget : never);
};

/** @internal */
export function routeListMessage(filter: Checked<RouteFilter> = {}): Message {
  const { family, table, link, protocol, type } = filter;
  return {
    type: "RTM_GETROUTE",
    flags: ["dump"],
    header: { family: family ?? "unspec", protocol, type },
    attributes: { table, oif: link === undefined ? undefined : plainTarget(link, "link") },
  };
}

/** @internal */
export function routeLookupMessage(to: string, whose: Checked<RouteLookup>): Message {
  const family = familyOfText(to);
  const length = family === "inet" ? 32 : 128;
  const { iif, oif } = whose;
  return {
    type: "RTM_GETROUTE",
    header: {
      family,
      dst_len: length,
      src_len: whose.from === undefined ? undefined : length,
      tos: whose.tos,
      // IPv6 says the table without being asked, and refuses to be.
      flags: [
        ...(family === "inet" ? ["lookup_table"] : []),
        ...(whose.match === true ? ["fib_match"] : []),
      ],
    },
    attributes: {
      dst: to,
      src: whose.from,
      iif: iif === undefined ? undefined : plainTarget(iif, "iif"),
      oif: oif === undefined ? undefined : plainTarget(oif, "oif"),
      mark: whose.mark,
      uid: whose.uid,
      ip_proto: whose.ipProtocol,
      sport: whose.sourcePort,
      dport: whose.destinationPort,
    },
  };
}

interface RouteAttributes {
  readonly dst?: string;
  readonly src?: string;
  readonly gateway?: string;
  readonly via?: string;
  readonly oif?: number;
  readonly table?: RouteTable;
  readonly priority?: number;
  readonly prefsrc?: string;
  readonly metrics?: unknown;
  readonly multipath?: readonly WireHop[];
  readonly nh_id?: number;
  readonly pref?: string | number;
  readonly cacheinfo?: { readonly expires: number };
}

interface WireHop {
  readonly header: {
    readonly index: number;
    readonly hops: number;
    readonly flags: readonly string[];
  };
  readonly attributes: { readonly gateway?: string; readonly via?: string };
}

/** @internal */
export function decodeRoute({ header, attributes }: Decoded): Route {
  const h = header as {
    family: Family;
    dst_len: number;
    src_len: number;
    tos: number;
    table: RouteTable;
    protocol: string | number;
    scope: string;
    type: string;
    flags: readonly string[];
  };
  const a = attributes as RouteAttributes;
  const metrics = decodeMetrics(a.metrics);
  const expires = a.cacheinfo?.expires ?? 0;
  return {
    family: h.family,
    destination: a.dst === undefined ? "default" : `${a.dst}/${h.dst_len}`,
    gateway: a.gateway ?? a.via,
    link: a.oif,
    nexthops: a.multipath?.map(decodeHop),
    nexthopId: a.nh_id,
    table: a.table ?? h.table,
    metric: a.priority,
    source: a.prefsrc,
    from: a.src === undefined ? undefined : `${a.src}/${h.src_len}`,
    scope: h.scope,
    type: h.type,
    tos: h.tos,
    protocol: h.protocol,
    mtu: metrics?.mtu,
    metrics,
    preference: a.pref,
    expiresS: expires === 0 ? undefined : Math.round(expires / 100), // USER_HZ
    flags: h.flags,
  };
}

function decodeHop({ header, attributes }: WireHop): RouteWay {
  return {
    gateway: attributes.gateway ?? attributes.via,
    link: header.index,
    weight: header.hops + 1,
    flags: header.flags,
  };
}
