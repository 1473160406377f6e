import { CnmError } from "../../errors.js";
import type { Family } from "../../net/ip.js";
import { check, type Type } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import {
  address,
  boolean,
  checked,
  choice,
  cidr,
  integer,
  list,
  oneOf,
  signal,
  string,
} from "../../util/schemas.js";
import type { IpProtocol } from "../../net/ip-protocol.js";
import { ipProtocols } from "../../net/ip-protocol.js";
import { target } from "../link/schema.js";
import { routingProtocol } from "../protocol.js";
import type { RouteHop, RouteMetrics, RouteSpec, RouteTable } from "./types.js";

const u32 = optional(integer(0, 0xffff_ffff));
const family = optional(oneOf("inet", "inet6"));
const tableName = oneOf("main", "local", "default");
const tableNumber = integer(1, 0xffff_ffff);

/** @internal */
export const routeTable: Type<RouteTable> = choice("string or number", (value) => {
  if (typeof value === "number") return tableNumber;
  return typeof value === "string" ? tableName : undefined;
});

const protocolName = oneOf(...ipProtocols);
const protocolNumber = integer(1, 255);
/** @internal */
export const ipProtocol: Type<IpProtocol> = choice("string or number", (value) => {
  if (typeof value === "number") return protocolNumber;
  return typeof value === "string" ? protocolName : undefined;
});

/** @internal "default" or a subnet. */
export const destination: Type<string> = (() => {
  const whole = oneOf("default");
  const subnet = cidr();
  return choice("string", (value) => (value === "default" ? whole : subnet));
})();

// RTAX_RTT is in 1/8 ms, RTAX_RTTVAR in 1/4 ms.
const milliseconds = (parts: number): Type<number> => ({
  parse: (value) => {
    const whole = integer(0, 0xffff_ffff);
    return typeof value === "number" && Number.isInteger(value * parts)
      ? whole.parse(value * parts) / parts
      : whole.parse(value);
  },
});

const metrics: Type<RouteMetrics> = options({
  mtu: optional(integer(1, 0xffff_ffff)),
  advmss: u32,
  window: u32,
  rttMs: optional(milliseconds(8)),
  rttVarMs: optional(milliseconds(4)),
  rtoMinMs: u32,
  ssthresh: u32,
  cwnd: u32,
  initCwnd: u32,
  initRwnd: u32,
  reordering: u32,
  hopLimit: optional(integer(0, 255)),
  quickAck: optional(boolean()),
  congestion: optional(
    checked(string(), (text) => {
      return /^[\w-]{1,15}$/.test(text)
        ? undefined
        : "must be 1 to 15 letters, digits, '_' and '-'";
    }),
  ),
  fastOpenNoCookie: optional(boolean()),
  features: optional(list(oneOf("ecn", "tcp_usec_ts"))),
  locked: optional(
    list(
      oneOf(
        ...(["mtu", "window", "rtt", "rttvar", "ssthresh", "cwnd"] as const),
        ...(["advmss", "reordering", "hoplimit", "rto_min"] as const),
      ),
    ),
  ),
});

const hop: Type<RouteHop> = options({
  gateway: optional(address()),
  link: optional(target),
  weight: optional(integer(1, 256)),
  onlink: optional(boolean()),
});
const hops = checked(list(hop), ({ length }) => (length > 0 ? undefined : "must not be empty"));

const type = optional(
  oneOf(
    ...(["unicast", "local", "broadcast", "anycast", "multicast"] as const),
    ...(["blackhole", "unreachable", "prohibit", "throw"] as const),
  ),
);

const spec: Type<RouteSpec> = options({
  destination,
  family,
  gateway: optional(address()),
  link: optional(target),
  nexthops: optional(hops),
  nexthopId: optional(integer(1, 0xffff_ffff)),
  table: optional(routeTable),
  metric: u32,
  source: optional(address()),
  from: optional(cidr()),
  scope: optional(oneOf("global", "site", "link", "host", "nowhere")),
  type,
  tos: optional(integer(0, 255)),
  onlink: optional(boolean()),
  mtu: optional(integer(1, 0xffff_ffff)),
  metrics: optional(metrics),
  preference: optional(oneOf("low", "medium", "high")),
  expiresS: u32,
  protocol: optional(routingProtocol),
});

/** @internal */
export const routeFilter = options({
  family,
  table: optional(routeTable),
  link: optional(target),
  protocol: optional(routingProtocol),
  signal: optional(signal()),
  type,
});

/** @internal */
export const routeLookup = options({
  from: optional(address()),
  iif: optional(target),
  oif: optional(target),
  mark: u32,
  uid: u32,
  tos: optional(integer(0, 255)),
  ipProtocol: optional(ipProtocol),
  sourcePort: optional(integer(1, 65535)),
  destinationPort: optional(integer(1, 65535)),
  match: optional(boolean()),
});

/** @internal */
export function checkRoute(value: RouteSpec, operation = "add route"): RouteSpec {
  const route = check(spec, value, operation);
  checkFamilies(route, operation);
  checkWays(route, operation);
  if (route.mtu !== undefined && route.metrics?.mtu !== undefined) {
    throw refuse(operation, "metrics.mtu", "is given twice: `mtu` is the same");
  }
  return route;
}

function checkFamilies(route: RouteSpec, operation: string): void {
  const wanted = familyOfRoute(route);
  for (const field of ["source", "from"] as const) {
    const text = route[field];
    if (text === undefined || familyOfText(text) === wanted) continue;
    throw mixed(operation, field, text, wanted);
  }
  if (route.from !== undefined && wanted === "inet") {
    throw refuse(operation, "from", "is for IPv6 routes; use a rule for IPv4");
  }
  if (wanted === "inet") return; // its gateways may be of either family
  const gateways = [["gateway", route.gateway] as const].concat(
    route.nexthops?.map(({ gateway }, at) => [`nexthops.${at}.gateway` as "gateway", gateway]) ??
      [],
  );
  for (const [field, text] of gateways) {
    if (text !== undefined && familyOfText(text) === "inet") {
      throw mixed(operation, field, text, wanted);
    }
  }
}

// The kernel takes the first that it finds and is silent about the rest.
function checkWays(route: RouteSpec, operation: string): void {
  if (route.nexthops === undefined && route.nexthopId === undefined) return;
  const field = route.nexthopId === undefined ? "nexthops" : "nexthopId";
  for (const other of ["gateway", "link", "onlink", "nexthops"] as const) {
    if (other === field || route[other] === undefined) continue;
    throw refuse(operation, field, `takes the place of ${other}: give one of them`);
  }
}

function mixed(operation: string, field: string, text: string, wanted: Family): CnmError {
  return new CnmError(
    "ERR_CNM_INVALID_ADDRESS",
    `${operation}: ${field}: ${text} is not of the destination's family, ${wanted}`,
    { field },
  );
}

function refuse(operation: string, field: string, what: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_OPTION", `${operation}: ${field}: ${what}`, { field });
}

/** @internal */
export function familyOfRoute({ destination, family, gateway, nexthops, from }: RouteSpec): Family {
  if (destination !== "default") return familyOfText(destination);
  const hint = gateway ?? nexthops?.find((one) => one.gateway !== undefined)?.gateway ?? from;
  return family ?? (hint === undefined ? "inet" : familyOfText(hint));
}

/** Of text that has been checked. @internal */
export function familyOfText(text: string): Family {
  return text.includes(":") ? "inet6" : "inet";
}
