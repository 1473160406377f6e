import { CnmError } from "../errors.js";
import type { Decoded, Message, Plain } from "../native.js";
import { firstAddress, parseCidr } from "../net/cidr.js";
import { formatIp, type Family } from "../net/ip.js";
import { check, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { address, boolean, choice, cidr, integer, oneOf } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { target } from "./link/schema.js";
import type { LinkTarget } from "./link/types.js";
import { plainTarget, type Scope } from "./scope.js";

export type RouteType =
  | "unicast"
  | "local"
  | "broadcast"
  | "anycast"
  | "multicast"
  | "blackhole"
  | "unreachable"
  | "prohibit"
  | "throw";
export type RouteScope = "global" | "site" | "link" | "host" | "nowhere";
export type RouteTable = "main" | "local" | "default" | number;

/** What `routes.add` and `routes.delete` take. */
export interface RouteSpec {
  /** A subnet, or `"default"`. */
  readonly destination: string;
  /** Needed for `"default"` without a gateway only. */
  readonly family?: Family;
  readonly gateway?: string;
  readonly link?: LinkTarget;
  readonly table?: RouteTable;
  readonly metric?: number;
  /** Address that packets leave with, where their socket has none. Source: RTA_PREFSRC. */
  readonly source?: string;
  readonly scope?: RouteScope;
  readonly type?: RouteType;
  /** The gateway is on the link even if no address says so. */
  readonly onlink?: boolean;
  /** Path MTU in bytes. */
  readonly mtu?: number;
}

/** A route as the kernel shows it. */
export interface Route {
  readonly family: Family;
  readonly destination: string;
  readonly gateway: string | undefined;
  /** Index of the link. */
  readonly link: number | undefined;
  readonly table: RouteTable;
  readonly metric: number | undefined;
  readonly source: string | undefined;
  readonly scope: string;
  readonly type: string;
  /** Who made it: `"kernel"`, `"static"`, `"ra"` ... */
  readonly protocol: string | number;
  readonly mtu: number | undefined;
  readonly flags: readonly string[];
}

export interface RouteFilter {
  readonly family?: Family;
  readonly table?: RouteTable;
  readonly link?: string | number;
}

const family = optional(oneOf("inet", "inet6"));
const tableName = oneOf("main", "local", "default");
const tableNumber = integer(1, 0xffff_ffff);
const table = optional(
  choice("string or number", (value) => {
    if (typeof value === "number") return tableNumber;
    return typeof value === "string" ? tableName : undefined;
  }),
);
const defaultRoute = oneOf("default");
const subnet = cidr();

const spec: Type<RouteSpec> = options({
  destination: choice("string", (value) => (value === "default" ? defaultRoute : subnet)),
  family,
  gateway: optional(address()),
  link: optional(target),
  table,
  metric: optional(integer(0, 0xffff_ffff)),
  source: optional(address()),
  scope: optional(oneOf("global", "site", "link", "host", "nowhere")),
  type: optional(
    oneOf(
      ...(["unicast", "local", "broadcast", "anycast", "multicast"] as const),
      ...(["blackhole", "unreachable", "prohibit", "throw"] as const),
    ),
  ),
  onlink: optional(boolean()),
  mtu: optional(integer(1, 0xffff_ffff)),
});

const filterSchema = options({ family, table, link: optional(target) });

/** @internal */
export function checkRoute(value: RouteSpec, operation = "add route"): RouteSpec {
  const route = check(spec, value, operation);
  const wanted = familyOf(route);
  for (const field of ["gateway", "source"] as const) {
    const text = route[field];
    if (text === undefined || familyOfText(text) === wanted) continue;
    throw new CnmError(
      "ERR_CNM_INVALID_ADDRESS",
      `${operation}: ${field}: ${text} is not of the destination's family, ${wanted}`,
      { field },
    );
  }
  return route;
}

function familyOf({ destination, family, gateway }: RouteSpec): Family {
  if (destination !== "default") return familyOfText(destination);
  return family ?? (gateway === undefined ? "inet" : familyOfText(gateway));
}

// Of text that has been checked.
function familyOfText(text: string): Family {
  return text.includes(":") ? "inet6" : "inet";
}

// The kernel's own defaults would be scope global, type unspec and table main; these are
// ip-route(8)'s.
function tableOf({ table, type = "unicast" }: RouteSpec): RouteTable {
  return table ?? (["local", "broadcast", "anycast"].includes(type) ? "local" : "main");
}

function scopeOf({ scope, type, gateway }: RouteSpec, family: Family): RouteScope {
  if (scope !== undefined) return scope;
  if (family === "inet6" || gateway !== undefined) return "global";
  if (type === "local") return "host";
  const direct = ["unicast", "broadcast", "anycast", "multicast"];
  return type === undefined || direct.includes(type) ? "link" : "global";
}

/** @internal */
export function routeMessage(type: string, route: RouteSpec, scope: Scope): Message {
  const family = familyOf(route);
  const to = route.destination === "default" ? undefined : parseCidr(route.destination);
  const table = tableOf(route);
  const adding = type === "RTM_NEWROUTE";
  return {
    type,
    ...(adding && { flags: ["create", "excl"] }),
    header: {
      family,
      dst_len: to?.prefix ?? 0,
      table: typeof table === "number" && table > 255 ? 0 : table,
      // Left out of a deletion, they match any.
      protocol: adding ? "static" : undefined,
      scope: adding ? scopeOf(route, family) : (route.scope ?? "nowhere"),
      type: adding ? (route.type ?? "unicast") : route.type,
      flags: route.onlink === true ? ["onlink"] : undefined,
    },
    attributes: {
      dst: to && formatIp(firstAddress(to)),
      gateway: route.gateway,
      oif: route.link === undefined ? undefined : scope.target(route.link, "link"),
      prefsrc: route.source,
      priority: route.metric,
      table: typeof table === "number" ? table : undefined,
      metrics: route.mtu === undefined ? undefined : { mtu: route.mtu },
    },
  };
}

/** @internal */
export function routeListMessage(family?: Family, table?: RouteTable, oif?: Plain): Message {
  return {
    type: "RTM_GETROUTE",
    flags: ["dump"],
    header: { family: family ?? "unspec" },
    attributes: { table, oif },
  };
}

/** The routes of one namespace: `ip route`, both families. */
export class Routes {
  readonly #channel: Channel;
  readonly #scope: Scope;

  /** @internal */
  constructor(channel: Channel, scope: Scope) {
    this.#channel = channel;
    this.#scope = scope;
  }

  /** @throws {KernelError} with `syscall` `"RTM_NEWROUTE"`: EEXIST, ENETUNREACH ... */
  async add(spec: RouteSpec): Promise<void> {
    const route = checkRoute(spec);
    await this.#ask("add route", routeMessage("RTM_NEWROUTE", route, this.#scope), route);
  }

  /** @throws {KernelError} ESRCH where there is no such route. */
  async delete(spec: RouteSpec): Promise<void> {
    const route = checkRoute(spec, "delete route");
    await this.#ask("delete route", routeMessage("RTM_DELROUTE", route, this.#scope), route);
  }

  /** All routes of all tables, or those that pass the filter; the kernel filters. */
  async list(filter: RouteFilter = {}): Promise<readonly Route[]> {
    const { family, table, link } = check(filterSchema, filter, "list routes");
    this.#channel.assertOpen("list routes");
    try {
      const oif = link === undefined ? undefined : plainTarget(link, "link");
      const parts = await this.#channel.dump(routeListMessage(family, table, oif));
      return parts.map(decodeRoute);
    } catch (error) {
      // "FIB table does not exist": with a family the kernel says so, without one it has no routes.
      if ((error as { code?: string }).code === "ENOENT" && table !== undefined) return [];
      throw kernelFailure("list routes", error, { namespace: this.#channel.name });
    }
  }

  async #ask(verb: string, message: Message, route: RouteSpec): Promise<void> {
    const via = route.gateway === undefined ? "" : ` via ${route.gateway}`;
    const operation = `${verb} to ${route.destination}${via}`;
    this.#channel.assertOpen(operation);
    try {
      await this.#channel.request(message);
    } catch (error) {
      const { destination, gateway } = route;
      throw kernelFailure(operation, error, {
        destination,
        gateway,
        namespace: this.#channel.name,
      });
    }
  }
}

/** @internal */
export function decodeRoute({ header, attributes }: Decoded): Route {
  const h = header as {
    family: Family;
    dst_len: number;
    table: RouteTable;
    protocol: string | number;
    scope: string;
    type: string;
    flags: readonly string[];
  };
  const a = attributes as {
    dst?: string;
    gateway?: string;
    oif?: number;
    table?: RouteTable;
    priority?: number;
    prefsrc?: string;
    metrics?: { mtu?: number };
  };
  return {
    family: h.family,
    destination: a.dst === undefined ? "default" : `${a.dst}/${h.dst_len}`,
    gateway: a.gateway,
    link: a.oif,
    table: a.table ?? h.table,
    metric: a.priority,
    source: a.prefsrc,
    scope: h.scope,
    type: h.type,
    protocol: h.protocol,
    mtu: a.metrics?.mtu,
    flags: h.flags,
  };
}
