import { parseCidr, type Cidr } from "../../net/cidr.js";
import { hasPorts, ipProtocolNumber } from "../../net/ip-protocol.js";
import { bitsOf, parseIp, type Family } from "../../net/ip.js";
import { invalid } from "./qdisc.js";
import type { PacketMatch, TrafficFilterKey } from "./types.js";

/** The family that the match is about, where it says. @internal */
export function familyOfMatch(match: PacketMatch): Family | undefined {
  const text = match.source ?? match.destination;
  if (text === undefined) return undefined;
  return text.includes(":") ? "inet6" : "inet";
}

/** @internal */
export function checkMatch(match: PacketMatch, operation: string): PacketMatch {
  const { source, destination, sourcePort, destinationPort, ipProtocol } = match;
  const ports = sourcePort !== undefined || destinationPort !== undefined;
  if (ports && !hasPorts(ipProtocol)) {
    throw invalid(operation, "match.ipProtocol", "ports need a protocol that has them");
  }
  if (source && destination && source.includes(":") !== destination.includes(":")) {
    throw invalid(operation, "match.destination", "is of another family than match.source");
  }
  return match;
}

// Where things are in a packet: RFC 791, RFC 8200.
const layouts = {
  inet: { source: 12, destination: 16, protocolWord: 8, protocolShift: 16, ports: 20 },
  inet6: { source: 8, destination: 24, protocolWord: 4, protocolShift: 8, ports: 40 },
} as const;

/** What u32 compares, 32 bits at a time; without a match, nothing: all packets fit. @internal */
export function keysOf(match: PacketMatch, family: Family): readonly TrafficFilterKey[] {
  const at = layouts[family];
  const keys = [
    ...(match.source === undefined ? [] : addressKeys(match.source, at.source)),
    ...(match.destination === undefined ? [] : addressKeys(match.destination, at.destination)),
  ];
  if (match.ipProtocol !== undefined) {
    const shift = 2 ** at.protocolShift;
    const value = ipProtocolNumber(match.ipProtocol) * shift;
    keys.push({ offset: at.protocolWord, mask: 0xff * shift, value });
  }
  keys.push(...portKeys(match, family));
  return keys.length > 0 ? keys : [{ offset: 0, mask: 0, value: 0 }];
}

function portKeys({ sourcePort, destinationPort }: PacketMatch, family: Family) {
  if (sourcePort === undefined && destinationPort === undefined) return [];
  const source = sourcePort === undefined ? 0 : 0xffff_0000;
  const destination = destinationPort === undefined ? 0 : 0xffff;
  const value = (sourcePort ?? 0) * 0x1_0000 + (destinationPort ?? 0);
  const ports = { offset: layouts[family].ports, mask: source + destination, value };
  if (family === "inet6") return [ports];
  // What is at that place in a header with options, or in a later fragment, is no port.
  const withoutOptions = { offset: 0, mask: 0x0f00_0000, value: 0x0500_0000 };
  const firstFragment = { offset: 4, mask: 0x1fff, value: 0 };
  return [withoutOptions, firstFragment, ports];
}

function addressKeys(text: string, offset: number): readonly TrafficFilterKey[] {
  const { family, base, prefix } = text.includes("/") ? parseCidr(text) : wholeAddress(text);
  const words = bitsOf(family) / 32;
  return Array.from({ length: words }, (_, word) => {
    const bits = Math.max(0, Math.min(32, prefix - word * 32));
    return {
      offset: offset + word * 4,
      mask: bits === 0 ? 0 : 2 ** 32 - 2 ** (32 - bits),
      value: Number((base >> BigInt((words - 1 - word) * 32)) & 0xffff_ffffn),
    };
  }).filter(({ mask }) => mask !== 0);
}

function wholeAddress(text: string): Cidr {
  const { family, value } = parseIp(text);
  return { family, base: value, prefix: bitsOf(family) };
}
