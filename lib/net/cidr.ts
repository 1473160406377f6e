import { CnmError, invalidArgType, quote } from "../errors.js";
import { bitsOf, formatIp, readIp, type Family, type Ip } from "./ip.js";

/** A block of addresses whose host bits are zero. */
export interface Cidr {
  readonly family: Family;
  readonly base: bigint;
  readonly prefix: number;
}

/** An address together with the length of its subnet's prefix, as an interface has it. */
export interface InterfaceAddress {
  readonly ip: Ip;
  readonly prefix: number;
}

/**
 * Reads `"10.0.0.0/16"`. Throws `ERR_CNM_INVALID_ADDRESS`, also when host bits are set: the message
 * then names the block that is probably meant.
 */
export function parseCidr(text: string): Cidr {
  const { ip, prefix } = parseInterface(text);
  const cidr = cidrOf(ip, prefix);
  if (cidr.base !== ip.value) {
    const meant = formatCidr(cidr);
    throw invalid(`${quote(text)} has host bits set; did you mean ${meant}?`);
  }
  return cidr;
}

/** Reads `"10.0.0.2/16"`. Throws `ERR_CNM_INVALID_ADDRESS`. */
export function parseInterface(text: string): InterfaceAddress {
  if (typeof (text as unknown) !== "string") throw invalidArgType("subnet", "string", text);
  const slash = text.indexOf("/");
  const ip = slash < 0 ? undefined : readIp(text.slice(0, slash));
  if (ip === undefined) {
    throw invalid(`${quote(text)} is not an address with a prefix length, such as 10.0.0.0/16`);
  }
  const prefix = readPrefix(text, slash + 1);
  const bits = bitsOf(ip.family);
  if (prefix < 0 || prefix > bits) {
    throw invalid(`${quote(text)}: the prefix length must be a whole number from 0 to ${bits}`);
  }
  return { ip, prefix };
}

/** `"10.0.0.0/16"`. */
export function formatCidr({ family, base, prefix }: Cidr): string {
  return `${formatIp({ family, value: base })}/${prefix}`;
}

/** The block of this size that holds the address. */
export function cidrOf({ family, value }: Ip, prefix: number): Cidr {
  return { family, base: value - (value % sizeFor(family, prefix)), prefix };
}

/** How many addresses the block has, network and broadcast address included. */
export function size({ family, prefix }: Cidr): bigint {
  return sizeFor(family, prefix);
}

/** The first address of the block: its network address, where it has one. */
export function firstAddress({ family, base }: Cidr): Ip {
  return { family, value: base };
}

/** The last address of the block: its broadcast address, where it has one. */
export function lastAddress(cidr: Cidr): Ip {
  return { family: cidr.family, value: cidr.base + size(cidr) - 1n };
}

export function contains(cidr: Cidr, ip: Ip): boolean {
  return ip.family === cidr.family && ip.value >= cidr.base && ip.value - cidr.base < size(cidr);
}

/** Whether every address of `inner` is one of `outer`. */
export function encloses(outer: Cidr, inner: Cidr): boolean {
  return inner.prefix >= outer.prefix && contains(outer, firstAddress(inner));
}

/** Whether the two have an address in common; one then encloses the other. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return encloses(a, b) || encloses(b, a);
}

/**
 * Whether no interface may have the address as its own because it is the block's first: the network
 * address, or the subnet-router anycast address of RFC 4291. IPv4 /31 and /32 (RFC 3021) and IPv6
 * /127 and /128 (RFC 6164) have none.
 */
export function isNetworkAddress(cidr: Cidr, ip: Ip): boolean {
  return hasHosts(cidr) && ip.family === cidr.family && ip.value === cidr.base;
}

/** Whether the address is the block's broadcast address. IPv6, IPv4 /31 and /32 have none. */
export function isBroadcastAddress(cidr: Cidr, ip: Ip): boolean {
  return (
    cidr.family === "inet" &&
    hasHosts(cidr) &&
    ip.family === "inet" &&
    ip.value === cidr.base + size(cidr) - 1n
  );
}

/** The first address that an interface may have. */
export function firstHost(cidr: Cidr): Ip {
  return { family: cidr.family, value: hasHosts(cidr) ? cidr.base + 1n : cidr.base };
}

/** The last address that an interface may have. */
export function lastHost(cidr: Cidr): Ip {
  const { family, value } = lastAddress(cidr);
  return { family, value: family === "inet" && hasHosts(cidr) ? value - 1n : value };
}

/** The blocks of length `prefix` that make up the block, in order. Lazy: there may be 2^64. */
export function* subnets(cidr: Cidr, prefix: number): Generator<Cidr, undefined> {
  const { family, base } = cidr;
  if (!Number.isInteger(prefix) || prefix < cidr.prefix || prefix > bitsOf(family)) {
    throw invalid(`${formatCidr(cidr)} cannot be cut into blocks of prefix length ${prefix}`);
  }
  const step = sizeFor(family, prefix);
  const end = base + size(cidr);
  for (let at = base; at < end; at += step) yield { family, base: at, prefix };
  return undefined;
}

const sizes: readonly bigint[] = Array.from({ length: 129 }, (_, bits) => 1n << BigInt(bits));

function sizeFor(family: Family, prefix: number): bigint {
  return sizes[bitsOf(family) - prefix] ?? 0n;
}

function hasHosts({ family, prefix }: Cidr): boolean {
  return bitsOf(family) - prefix >= 2;
}

/** The number from `start` to the end of the text, or -1: no sign, no leading zero, no space. */
function readPrefix(text: string, start: number): number {
  const digits = text.length - start;
  if (digits < 1 || digits > 3 || (digits > 1 && text.charCodeAt(start) === 48)) return -1;
  let prefix = 0;
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    prefix = prefix * 10 + digit;
  }
  return prefix;
}

function invalid(message: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_ADDRESS", message);
}
