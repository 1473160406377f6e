/** Names of IP protocols that are used here; others have numbers only. */
export const ipProtocols = [
  ...(["icmp", "igmp", "tcp", "udp", "dccp", "gre"] as const),
  ...(["esp", "ah", "icmpv6", "sctp", "udplite"] as const),
] as const;

/** An IP protocol by name; others by number. */
export type IpProtocol = (typeof ipProtocols)[number] | number;

// https://www.iana.org/assignments/protocol-numbers
const numbers: ReadonlyMap<IpProtocol, number> = new Map<IpProtocol, number>([
  ["icmp", 1],
  ["igmp", 2],
  ["tcp", 6],
  ["udp", 17],
  ["dccp", 33],
  ["gre", 47],
  ["esp", 50],
  ["ah", 51],
  ["icmpv6", 58],
  ["sctp", 132],
  ["udplite", 136],
]);
const names = new Map([...numbers].map(([name, number]) => [number, name]));

export function ipProtocolNumber(protocol: IpProtocol): number {
  return typeof protocol === "number" ? protocol : (numbers.get(protocol) ?? 0);
}

/** The name where there is one: so that 6 and `"tcp"` are the same. */
export function namedIpProtocol(protocol: IpProtocol): IpProtocol {
  return typeof protocol === "number" ? (names.get(protocol) ?? protocol) : protocol;
}

/** Whether its packets begin with two ports. */
export function hasPorts(protocol: IpProtocol | undefined): boolean {
  return protocol !== undefined && withPorts.includes(protocol);
}
const withPorts: readonly IpProtocol[] = ["tcp", "udp", "dccp", "sctp", "udplite"];
