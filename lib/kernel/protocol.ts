import { choice, integer, oneOf } from "../util/schemas.js";

const names = [
  ...(["unspec", "redirect", "kernel", "boot", "static", "gated", "ra", "mrt", "zebra"] as const),
  ...(["bird", "dnrouted", "xorp", "ntk", "dhcp", "mrouted", "keepalived", "babel"] as const),
  ...(["openr", "bgp", "isis", "ospf", "rip", "eigrp"] as const),
];

/** Who made a route, rule, nexthop or neighbour; the kernel keeps it and reads nothing into it. */
export type RoutingProtocol = (typeof names)[number] | number;

const name = oneOf(...names);
const number = integer(0, 255);

/** @internal */
export const routingProtocol = choice("string or number", (value) => {
  if (typeof value === "number") return number;
  return typeof value === "string" ? name : undefined;
});
