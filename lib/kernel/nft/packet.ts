import { check } from "../../util/check.js";
import { options } from "../../util/options.js";
import { integer, oneOf } from "../../util/schemas.js";
import type { Compiler } from "./compiler.js";
import { layoutOf, toHex, type Datatype, type Layout } from "./datatypes.js";
import type { Expressions, Register } from "./expression.js";
import { Masked, SettableField, type Source } from "./fields.js";
import { etherTypes, type inetProtocols } from "./symbols.js";

// The headers of packets, by their fields. Source: the RFCs; nft's src/proto.c has the same list.

type Base = Expressions["payload"]["base"];
type Checksum = Pick<Expressions["payload"], "csum_type" | "csum_offset" | "csum_flags">;

interface Header {
  readonly base: Base;
  readonly need?: (compiler: Compiler) => void;
  readonly checksum?: Checksum;
}

const network = (protocol: "ip" | "ip6" | "arp", checksum?: Checksum): Header => ({
  base: "network",
  need: (compiler) => {
    compiler.network(protocol);
  },
  ...(checksum && { checksum }),
});
const transport = (protocol: keyof typeof inetProtocols, checksum?: number): Header => ({
  base: "transport",
  need: (compiler) => {
    if (protocol === "icmp") compiler.network("ip");
    if (protocol === "icmpv6") compiler.network("ip6");
    compiler.transport(protocol);
  },
  ...(checksum !== undefined && { checksum: { csum_type: "inet", csum_offset: checksum } }),
});

const ipHeader = network("ip", { csum_type: "inet", csum_offset: 10 });
const ipAddresses = { ...ipHeader.checksum, csum_flags: ["pseudohdr"] } as const;
const ip6Header = network("ip6");
const ip6Addresses = { csum_flags: ["pseudohdr"] } as const;
const arpHeader = network("arp");
const etherHeader: Header = {
  base: "link",
  need: (compiler) => {
    compiler.ether();
  },
};
const tcpHeader = transport("tcp", 16);
const udpHeader = transport("udp", 6);

function field<T extends Datatype>(
  header: Header,
  type: T,
  offset: number,
  more: { bytes?: number; checksum?: Checksum; learn?: Source["learn"] } = {},
): SettableField<T> {
  const layout: Layout = { ...layoutOf(type, "big"), ...(more.bytes && { bytes: more.bytes }) };
  const { base, need } = header;
  const checksum = more.checksum ?? header.checksum;
  return new SettableField(
    type,
    {
      partial: true,
      ...(need && { need }),
      ...(more.learn && { learn: more.learn }),
      load: (compiler, dreg, len) => {
        compiler.emit({ kind: "payload", dreg, base, offset, len });
      },
      store: (compiler, sreg) => {
        store(compiler, sreg, { base, offset, len: layout.bytes }, checksum);
      },
    },
    layout,
  );
}

// A checksum is mended by 16 bits: of one byte, the other half is read and written back.
function store(
  compiler: Compiler,
  sreg: Register,
  at: Pick<Expressions["payload"], "base" | "offset" | "len">,
  checksum: Checksum = {},
): void {
  if (at.len === 1 && checksum.csum_type === "inet") {
    const value = compiler.expressions.pop();
    if (value?.kind === "immediate" && "value" in value.data) {
      const even = { ...at, offset: at.offset - (at.offset % 2), len: 2 };
      const high = at.offset % 2 === 0;
      compiler.emit({ kind: "payload", dreg: sreg, ...even });
      compiler.emit({
        ...{ kind: "bitwise", sreg, dreg: sreg, len: 2 },
        mask: { value: high ? "00ff" : "ff00" },
        xor: { value: high ? `${value.data.value}00` : `00${value.data.value}` },
      });
      compiler.emit({ kind: "payload", sreg, ...even, ...checksum });
      return;
    }
    if (value) compiler.emit(value);
  }
  compiler.emit({ kind: "payload", sreg, ...at, ...checksum });
}

/** Bits of a field that is no multiple of bytes. */
function bits(
  header: Header,
  offset: number,
  bytes: number,
  mask: number,
  shift: number,
): Masked<"integer"> {
  const layout: Layout = { type: "integer", bytes, order: "big" };
  const whole = field(header, "integer", offset, { bytes });
  return new Masked(whole, layout, toHex(BigInt(mask), bytes, "big"), shift);
}

const learnTransport: Source["learn"] = (compiler, value) => {
  compiler.knowTransport(value ?? "several");
};

/** The IPv4 header. */
export const ip = {
  saddr: field(ipHeader, "ipv4_addr", 12, { checksum: ipAddresses }),
  daddr: field(ipHeader, "ipv4_addr", 16, { checksum: ipAddresses }),
  protocol: field(ipHeader, "inet_proto", 9, { learn: learnTransport }),
  ttl: field(ipHeader, "integer", 8, { bytes: 1 }),
  /** Bytes of the whole packet. */
  length: field(ipHeader, "integer", 2, { bytes: 2 }),
  id: field(ipHeader, "integer", 4, { bytes: 2 }),
  fragOff: field(ipHeader, "integer", 6, { bytes: 2 }),
  checksum: field(ipHeader, "integer", 10, { bytes: 2, checksum: {} }),
  dscp: bits(ipHeader, 1, 1, 0xfc, 2),
  ecn: bits(ipHeader, 1, 1, 0x03, 0),
  version: bits(ipHeader, 0, 1, 0xf0, 4),
  /** In words of 4 bytes. */
  hdrlength: bits(ipHeader, 0, 1, 0x0f, 0),
} as const;

/** The IPv6 header. */
export const ip6 = {
  saddr: field(ip6Header, "ipv6_addr", 8, { checksum: ip6Addresses }),
  daddr: field(ip6Header, "ipv6_addr", 24, { checksum: ip6Addresses }),
  nexthdr: field(ip6Header, "inet_proto", 6, { learn: learnTransport }),
  hoplimit: field(ip6Header, "integer", 7, { bytes: 1 }),
  /** Bytes behind the header. */
  length: field(ip6Header, "integer", 4, { bytes: 2 }),
  dscp: bits(ip6Header, 0, 2, 0x0fc0, 6),
  ecn: bits(ip6Header, 1, 1, 0x30, 4),
} as const;

export const tcp = {
  sport: field(tcpHeader, "inet_service", 0),
  dport: field(tcpHeader, "inet_service", 2),
  sequence: field(tcpHeader, "integer", 4, { bytes: 4 }),
  ackseq: field(tcpHeader, "integer", 8, { bytes: 4 }),
  flags: field(tcpHeader, "tcp_flag", 13),
  window: field(tcpHeader, "integer", 14, { bytes: 2 }),
} as const;

export const udp = {
  sport: field(udpHeader, "inet_service", 0),
  dport: field(udpHeader, "inet_service", 2),
  length: field(udpHeader, "integer", 4, { bytes: 2 }),
} as const;

const ports = (header: Header) =>
  ({
    sport: field(header, "inet_service", 0),
    dport: field(header, "inet_service", 2),
  }) as const;

export const sctp = ports(transport("sctp"));
export const dccp = ports(transport("dccp"));
export const udplite = ports(transport("udplite"));
/** The ports of whatever transport protocol has them; say which by `meta.l4proto`. */
export const th = ports({ base: "transport" });

export const icmp = {
  type: field(transport("icmp"), "icmp_type", 0),
  code: field(transport("icmp"), "integer", 1, { bytes: 1 }),
  id: field(transport("icmp"), "integer", 4, { bytes: 2 }),
  sequence: field(transport("icmp"), "integer", 6, { bytes: 2 }),
  mtu: field(transport("icmp"), "integer", 6, { bytes: 2 }),
} as const;

export const icmpv6 = {
  type: field(transport("icmpv6"), "icmpv6_type", 0),
  code: field(transport("icmpv6"), "integer", 1, { bytes: 1 }),
  id: field(transport("icmpv6"), "integer", 4, { bytes: 2 }),
  sequence: field(transport("icmpv6"), "integer", 6, { bytes: 2 }),
  mtu: field(transport("icmpv6"), "integer", 4, { bytes: 4 }),
} as const;

const byEtherType: Readonly<Record<number, "ip" | "ip6" | "arp">> = {
  [etherTypes.ip]: "ip",
  [etherTypes.ip6]: "ip6",
  [etherTypes.arp]: "arp",
};

/** @internal */
export const learnEtherType: Source["learn"] = (compiler, value) => {
  const protocol = value === undefined ? undefined : byEtherType[value];
  if (protocol !== undefined) compiler.knowNetwork(protocol);
};

/** The Ethernet header. */
export const ether = {
  daddr: field(etherHeader, "ether_addr", 0),
  saddr: field(etherHeader, "ether_addr", 6),
  type: field(etherHeader, "ether_type", 12, { learn: learnEtherType }),
} as const;

export const arp = {
  htype: field(arpHeader, "integer", 0, { bytes: 2 }),
  ptype: field(arpHeader, "ether_type", 2),
  operation: field(arpHeader, "arp_op", 6),
  saddrEther: field(arpHeader, "ether_addr", 8),
  saddrIp: field(arpHeader, "ipv4_addr", 14),
  daddrEther: field(arpHeader, "ether_addr", 18),
  daddrIp: field(arpHeader, "ipv4_addr", 24),
} as const;

const vlanHeader: Header = {
  base: "link",
  need: (compiler) => {
    compiler.ether();
    compiler.vlan();
  },
};

/** The tag of 802.1Q, where the link's driver leaves it in the packet. */
export const vlan = {
  id: bits(vlanHeader, 14, 2, 0x0fff, 0),
  pcp: bits(vlanHeader, 14, 1, 0xe0, 5),
  type: field(vlanHeader, "ether_type", 16),
} as const;

/** Bytes at any place: `raw("transport", 0, 2)` are two, read as a number. */
export function raw(base: Base, offset: number, bytes: number): SettableField<"integer"> {
  const at = check(place, { base, offset, bytes }, "raw");
  return field({ base: at.base }, "integer", at.offset, { bytes: at.bytes });
}

const place = options({
  base: oneOf("link", "network", "transport", "inner"),
  offset: integer(0, 0xffff),
  bytes: integer(1, 6), // what a number holds
});
