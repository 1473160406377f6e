import { endianness } from "node:os";
import { formatIp, readIp } from "../../net/ip.js";
import { formatMac, parseMac } from "../../net/mac.js";
import { isPlainObject, noneOf, refusal, unfit, wrongType } from "../../util/check.js";
import * as symbols from "./symbols.js";

type Word<S> = keyof S & string;

/** What a value of each of nft's datatypes is in JavaScript. Source: nft(8), "DATA TYPES". */
export interface Values {
  readonly boolean: boolean;
  readonly ct_dir: Word<typeof symbols.ctDirections>;
  /** One word, or several. */
  readonly ct_state: Words<typeof symbols.ctStates>;
  readonly ct_status: Words<typeof symbols.ctStatuses>;
  readonly arp_op: Word<typeof symbols.arpOperations> | number;
  readonly devgroup: number;
  readonly ether_addr: string;
  readonly ether_type: Word<typeof symbols.etherTypes> | number;
  readonly fib_addrtype: Word<typeof symbols.addressTypes> | number;
  readonly gid: number;
  readonly icmp_type: Word<typeof symbols.icmpTypes> | number;
  readonly icmpv6_type: Word<typeof symbols.icmpv6Types> | number;
  readonly iface_index: number;
  readonly iface_type: Word<typeof symbols.interfaceTypes> | number;
  /** At most 15 bytes. Compared with a last `*`, all names that begin so. */
  readonly ifname: string;
  readonly inet_proto: Word<typeof symbols.inetProtocols> | number;
  readonly inet_service: number;
  readonly integer: number;
  readonly ipv4_addr: string;
  readonly ipv6_addr: string;
  readonly mark: number;
  readonly nf_proto: Word<typeof symbols.nfProtocols>;
  readonly pkt_type: Word<typeof symbols.packetTypes>;
  readonly realm: number;
  readonly tcp_flag: Words<typeof symbols.tcpFlags>;
  readonly uid: number;
}
type Words<S> = Word<S> | readonly Word<S>[];

/** A type of values in packets, sets and maps, by nft's name. */
export type Datatype = keyof Values;

/** Both ends included. */
export interface Interval<V> {
  readonly from: V;
  readonly to: V;
}

/**
 * What a value is compared with: the value; addresses as a prefix, `"10.0.0.0/8"`, too; an interval
 * as `{ from, to }` or `"80-90"`.
 */
export type Match<T extends Datatype> =
  Values[T] | Interval<Values[T]> | (Values[T] extends number ? `${number}-${number}` : never);

/** @internal */
export type Order = "host" | "big";

interface Shape {
  readonly bytes: number;
  readonly order: Order;
  readonly form: "number" | "flags" | "boolean" | "name" | "ipv4" | "ipv6" | "mac";
  readonly words?: Readonly<Record<string, number>>;
}

const number = (bytes: number, order: Order, words?: Shape["words"]): Shape => ({
  bytes,
  order,
  form: "number",
  ...(words && { words }),
});
const flags = (bytes: number, words: NonNullable<Shape["words"]>): Shape => ({
  bytes,
  order: "host",
  form: "flags",
  words,
});

/** @internal */
export const shapes: Readonly<Record<Datatype, Shape>> = {
  boolean: { bytes: 1, order: "host", form: "boolean" },
  ct_dir: number(1, "host", symbols.ctDirections),
  ct_state: flags(4, symbols.ctStates),
  ct_status: flags(4, symbols.ctStatuses),
  arp_op: number(2, "big", symbols.arpOperations),
  devgroup: number(4, "host"),
  ether_addr: { bytes: 6, order: "big", form: "mac" },
  ether_type: number(2, "big", symbols.etherTypes),
  fib_addrtype: number(4, "host", symbols.addressTypes),
  gid: number(4, "host"),
  icmp_type: number(1, "big", symbols.icmpTypes),
  icmpv6_type: number(1, "big", symbols.icmpv6Types),
  iface_index: number(4, "host"),
  iface_type: number(2, "host", symbols.interfaceTypes),
  ifname: { bytes: 16, order: "host", form: "name" },
  inet_proto: number(1, "big", symbols.inetProtocols),
  inet_service: number(2, "big"),
  integer: number(4, "host"),
  ipv4_addr: { bytes: 4, order: "big", form: "ipv4" },
  ipv6_addr: { bytes: 16, order: "big", form: "ipv6" },
  mark: number(4, "host"),
  nf_proto: number(1, "host", symbols.nfProtocols),
  pkt_type: number(1, "host", symbols.packetTypes),
  realm: number(4, "host"),
  tcp_flag: { ...flags(1, symbols.tcpFlags), order: "big" },
  uid: number(4, "host"),
};

/** @internal */
export const datatypes = Object.keys(shapes) as readonly Datatype[];

/** How values of a type lie in memory here. @internal */
export interface Layout {
  readonly type: Datatype;
  readonly bytes: number;
  readonly order: Order;
}

/** @internal */
export function layoutOf(type: Datatype, order: Order = shapes[type].order): Layout {
  return { type, bytes: shapes[type].bytes, order };
}

const hostIsLittle = endianness() === "LE";

/** @internal */
export function toHex(value: bigint | number, bytes: number, order: Order): string {
  const big = value.toString(16).padStart(bytes * 2, "0");
  return order === "host" && hostIsLittle ? swapped(big) : big;
}

/** @internal */
export function fromHex(hex: string, order: Order): bigint {
  if (hex === "") return 0n;
  return BigInt(`0x${order === "host" && hostIsLittle ? swapped(hex) : hex}`);
}

function swapped(hex: string): string {
  return (hex.match(/../g) ?? []).reverse().join("");
}

/** In memory they are what they are; names and addresses are never swapped. @internal */
export function isSwapped({ type, bytes, order }: Layout): boolean {
  const { form } = shapes[type];
  return order === "host" && bytes > 1 && (form === "number" || form === "flags");
}

/** As it lies where it is compared with intervals. @internal */
export function bigEndian(layout: Layout): Layout {
  return isSwapped(layout) ? { ...layout, order: "big" } : layout;
}

/** The bytes of one value, as hex. Throws a Refusal: for types of check(). @internal */
export function encodeValue({ type, bytes, order }: Layout, value: unknown): string {
  const { form, words } = shapes[type];
  switch (form) {
    case "number":
      return toHex(numberOf(value, bytes, words), bytes, order);
    case "flags":
      return toHex(flagsOf(value, words ?? {}), bytes, order);
    case "boolean":
      if (typeof value !== "boolean") throw wrongType("boolean", value);
      return toHex(Number(value), bytes, order);
    case "name":
      return nameHex(textOf(value), bytes);
    case "ipv4":
    case "ipv6":
      return toHex(addressOf(textOf(value), form), bytes, "big");
    case "mac":
      return macHex(textOf(value));
    default:
      return form satisfies never;
  }
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw wrongType("string", value);
}

function numberOf(value: unknown, bytes: number, words: Shape["words"]): number {
  if (typeof value === "string" && words !== undefined) {
    const known = Object.hasOwn(words, value) ? words[value] : undefined;
    if (known === undefined) throw noneOf(Object.keys(words), value);
    return known;
  }
  if (typeof value !== "number") throw wrongType(words ? "string or number" : "number", value);
  const most = bytes >= 7 ? Number.MAX_SAFE_INTEGER : 2 ** (bytes * 8) - 1;
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw unfit(`must be a whole number from 0 to ${most}`, value);
}

function flagsOf(value: unknown, words: NonNullable<Shape["words"]>): bigint {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  let all = 0n;
  for (const one of list) {
    if (typeof one !== "string") throw wrongType("string or Array", one); // a hole is none either
    const bit = Object.hasOwn(words, one) ? words[one] : undefined;
    if (bit === undefined) throw noneOf(Object.keys(words), one);
    all |= BigInt(bit);
  }
  return all;
}

function nameHex(text: string, bytes: number): string {
  const hex = Buffer.from(text).toString("hex");
  if (text === "" || text.includes("\0") || hex.length >= bytes * 2) {
    throw unfit(`must be a name of 1 to ${bytes - 1} bytes`, text);
  }
  return hex.padEnd(bytes * 2, "0");
}

function addressOf(text: string, form: "ipv4" | "ipv6"): bigint {
  const ip = readIp(text);
  if (ip?.family === (form === "ipv4" ? "inet" : "inet6")) return ip.value;
  throw refusal(
    `must be an ${form === "ipv4" ? "IPv4" : "IPv6"} address, not ${JSON.stringify(text.slice(0, 64))}`,
    "ERR_CNM_INVALID_ADDRESS",
  );
}

function macHex(text: string): string {
  try {
    parseMac(text);
  } catch {
    throw unfit("must be a MAC address", text);
  }
  return text.toLowerCase().replaceAll(/[^0-9a-f]/g, "");
}

/** What {@link encodeValue} makes the bytes of; a number where a word is not known. @internal */
export function decodeValue({ type, order }: Layout, hex: string): unknown {
  const { form, words = {} } = shapes[type];
  switch (form) {
    case "number": {
      const value = Number(fromHex(hex, order));
      return Object.keys(words).find((word) => words[word] === value) ?? value;
    }
    case "flags": {
      const value = fromHex(hex, order);
      const set = Object.keys(words).filter((word) => (value & BigInt(words[word] ?? 0)) !== 0n);
      return set.length === 1 ? set[0] : set;
    }
    case "boolean":
      return !/^0*$/.test(hex);
    case "name":
      return Buffer.from(hex, "hex").toString().replace(/\0.*$/s, "");
    case "ipv4":
      return formatIp({ family: "inet", value: fromHex(hex, "big") });
    case "ipv6":
      return formatIp({ family: "inet6", value: fromHex(hex, "big") });
    case "mac":
      return formatMac({ value: Number.parseInt(hex, 16) });
    default:
      return form satisfies never;
  }
}

/** One value, an interval, or all values that begin with the same bits. @internal */
export interface Span {
  readonly from: string;
  readonly to: string;
  /** Bits that count, from the first: of a prefix. */
  readonly prefix?: number;
}

/** As {@link encodeValue}, of what values are compared with. @internal */
export function encodeMatch(layout: Layout, value: unknown): Span {
  if (isPlainObject(value)) {
    const from = encodeValue(layout, value["from"]);
    return ordered(layout, from, encodeValue(layout, value["to"]));
  }
  if (typeof value === "string") {
    const { form } = shapes[layout.type];
    if ((form === "ipv4" || form === "ipv6") && value.includes("/")) {
      return prefixOf(layout, value, form);
    }
    const range = value.includes("-") ? /^([^-]+)-([^-]+)$/.exec(value) : null;
    if (range !== null && (form === "ipv4" || form === "ipv6")) {
      return ordered(layout, encodeValue(layout, range[1]), encodeValue(layout, range[2]));
    }
    if (form === "name" && value.endsWith("*")) return beginning(layout, value.slice(0, -1));
    if (range !== null && form === "number" && /^\d+-\d+$/.test(value)) {
      const [from, to] = [Number(range[1]), Number(range[2])];
      return ordered(layout, encodeValue(layout, from), encodeValue(layout, to));
    }
  }
  const hex = encodeValue(layout, value);
  return { from: hex, to: hex };
}

function beginning({ bytes }: Layout, text: string): Span {
  const hex = Buffer.from(text).toString("hex");
  const from = nameHex(text, bytes);
  return { from, to: hex.padEnd(bytes * 2, "f"), prefix: hex.length * 4 };
}

function ordered({ order }: Layout, from: string, to: string): Span {
  if (fromHex(from, order) <= fromHex(to, order)) return { from, to };
  throw refusal("must not end before it begins");
}

function prefixOf(layout: Layout, text: string, form: "ipv4" | "ipv6"): Span {
  const [address = "", length = "", more] = text.split("/");
  const bits = layout.bytes * 8;
  if (more !== undefined || !/^\d{1,3}$/.test(length) || Number(length) > bits) {
    throw refusal(
      `must have a prefix length from 0 to ${bits}, not ${JSON.stringify(text.slice(0, 64))}`,
      "ERR_CNM_INVALID_ADDRESS",
    );
  }
  const host = (1n << BigInt(bits - Number(length))) - 1n;
  const value = addressOf(address, form);
  if ((value & host) !== 0n) {
    throw refusal(`${text} has bits set behind the prefix`, "ERR_CNM_INVALID_ADDRESS");
  }
  return {
    from: toHex(value, layout.bytes, "big"),
    to: toHex(value | host, layout.bytes, "big"),
    prefix: Number(length),
  };
}
