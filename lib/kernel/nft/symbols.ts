// Words of nft(8) and their numbers, as they stand in packets and in elements of sets. The codec
// takes and gives bytes here: these numbers are in no attribute of netlink.

/** Protocols above IP. Source: IANA, as in /etc/protocols. */
export const inetProtocols = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  comp: 108,
  sctp: 132,
  udplite: 136,
} as const;

/** Source: include/uapi/linux/if_ether.h. */
export const etherTypes = {
  ip: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  ip6: 0x86dd,
  "8021ad": 0x88a8,
} as const;

/** Source: include/uapi/linux/netfilter.h, NFPROTO_*. */
export const nfProtocols = { ipv4: 2, ipv6: 10 } as const;

/** Source: include/uapi/linux/netfilter/nf_conntrack_common.h, NF_CT_STATE_BIT(). */
export const ctStates = {
  invalid: 1,
  established: 2,
  related: 4,
  new: 8,
  untracked: 64,
} as const;

/** Source: nf_conntrack_tuple_common.h, IP_CT_DIR_*. */
export const ctDirections = { original: 0, reply: 1 } as const;

/** Source: nf_conntrack_common.h, IPS_*. */
export const ctStatuses = {
  expected: 1,
  "seen-reply": 2,
  assured: 4,
  confirmed: 8,
  snat: 16,
  dnat: 32,
  dying: 512,
} as const;

/** Source: include/uapi/linux/icmp.h. */
export const icmpTypes = {
  "echo-reply": 0,
  "destination-unreachable": 3,
  "source-quench": 4,
  redirect: 5,
  "echo-request": 8,
  "router-advertisement": 9,
  "router-solicitation": 10,
  "time-exceeded": 11,
  "parameter-problem": 12,
  "timestamp-request": 13,
  "timestamp-reply": 14,
} as const;

/** Source: RFC 4443, 4861 and 3810. */
export const icmpv6Types = {
  "destination-unreachable": 1,
  "packet-too-big": 2,
  "time-exceeded": 3,
  "parameter-problem": 4,
  "echo-request": 128,
  "echo-reply": 129,
  "mld-listener-query": 130,
  "mld-listener-report": 131,
  "mld-listener-done": 132,
  "nd-router-solicit": 133,
  "nd-router-advert": 134,
  "nd-neighbor-solicit": 135,
  "nd-neighbor-advert": 136,
  "nd-redirect": 137,
  "mld2-listener-report": 143,
} as const;

/** Source: RFC 9293. */
export const tcpFlags = {
  fin: 1,
  syn: 2,
  rst: 4,
  psh: 8,
  ack: 16,
  urg: 32,
  ecn: 64,
  cwr: 128,
} as const;

/** Source: include/uapi/linux/if_packet.h, PACKET_*. */
export const packetTypes = { host: 0, broadcast: 1, multicast: 2, other: 3 } as const;

/** Source: include/uapi/linux/rtnetlink.h, RTN_*. */
export const addressTypes = {
  unspec: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
} as const;

/** Source: include/uapi/linux/if_arp.h, ARPOP_*. */
export const arpOperations = { request: 1, reply: 2, rrequest: 3, rreply: 4 } as const;

/** Source: include/uapi/linux/if_arp.h, ARPHRD_*. */
export const interfaceTypes = { ether: 1, ppp: 512, ipip: 768, loopback: 772, sit: 776 } as const;

/** Source: RFC 2474, 2597, 3246. */
export const dscpClasses = {
  cs0: 0,
  cs1: 8,
  cs2: 16,
  cs3: 24,
  cs4: 32,
  cs5: 40,
  cs6: 48,
  cs7: 56,
  af11: 10,
  af12: 12,
  af13: 14,
  af21: 18,
  af22: 20,
  af23: 22,
  af31: 26,
  af32: 28,
  af33: 30,
  af41: 34,
  af42: 36,
  af43: 38,
  ef: 46,
} as const;
