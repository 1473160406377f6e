import { formatIp, type Family } from "../../net/ip.js";

/** What the first bytes of a packet say. */
export interface PacketSummary {
  readonly family: Family;
  readonly source: string;
  readonly destination: string;
  /** `"tcp"`, `"udp"`, `"icmp"`, `"icmpv6"`, else the number. */
  readonly protocol: string | number;
  /** Bytes, with the IP header. */
  readonly length: number;
  /** Time to live, or hop limit. */
  readonly ttl: number;
  /** Of TCP, UDP, SCTP. */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  /** `"syn"`, `"ack"` ... of TCP. */
  readonly tcpFlags: readonly string[] | undefined;
  /** Type and code of ICMP. */
  readonly icmp: { readonly type: number; readonly code: number } | undefined;
}

// https://www.iana.org/assignments/protocol-numbers
const protocols: Readonly<Record<number, string>> = {
  1: "icmp",
  6: "tcp",
  17: "udp",
  58: "icmpv6",
  132: "sctp",
};
const flagBits = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"]; // RFC 9293, 3.1

/** Of the headers, in hex; `undefined` of what is no IP, or cut short. @internal */
export function packetOf(network: string, transport: string): PacketSummary | undefined {
  const ip = Buffer.from(network, "hex");
  const version = (ip[0] ?? 0) >> 4;
  if (version === 4 && ip.length >= 20) {
    return {
      family: "inet",
      source: ipText("inet", ip.subarray(12, 16)),
      destination: ipText("inet", ip.subarray(16, 20)),
      length: ip.readUInt16BE(2),
      ttl: ip.readUInt8(8),
      ...upper(ip.readUInt8(9), Buffer.from(transport, "hex")),
    };
  }
  if (version !== 6 || ip.length < 40) return undefined;
  return {
    family: "inet6",
    source: ipText("inet6", ip.subarray(8, 24)),
    destination: ipText("inet6", ip.subarray(24, 40)),
    length: ip.readUInt16BE(4) + 40,
    ttl: ip.readUInt8(7),
    ...upper(ip.readUInt8(6), Buffer.from(transport, "hex")),
  };
}

function ipText(family: Family, bytes: Buffer): string {
  return formatIp({ family, value: BigInt(`0x${bytes.toString("hex")}`) });
}

function upper(number: number, bytes: Buffer) {
  const protocol = protocols[number] ?? number;
  const hasPorts =
    (protocol === "tcp" || protocol === "udp" || protocol === "sctp") && bytes.length >= 4;
  const isIcmp = (protocol === "icmp" || protocol === "icmpv6") && bytes.length >= 2;
  const flags = protocol === "tcp" ? bytes[13] : undefined;
  return {
    protocol,
    sourcePort: hasPorts ? bytes.readUInt16BE(0) : undefined,
    destinationPort: hasPorts ? bytes.readUInt16BE(2) : undefined,
    tcpFlags: flags === undefined ? undefined : flagBits.filter((_, bit) => flags & (1 << bit)),
    icmp: isIcmp ? { type: bytes.readUInt8(0), code: bytes.readUInt8(1) } : undefined,
  };
}
