import { CnmError, invalidArgType, quote } from "../errors.js";

/** The kernel's words for IPv4 and IPv6. */
export type Family = "inet" | "inet6";

/** Bytes of IP packet. RFC 8200, section 5: below it the kernel takes IPv6 off the link. */
export const leastMtuOf6 = 1280;

/** One address, as a number. */
export interface Ip {
  readonly family: Family;
  /** Unsigned, below 2^32 or 2^128. */
  readonly value: bigint;
}

/**
 * Reads an address as `net.isIP()` accepts it, but without a zone: four decimal parts without
 * leading zeros, or the text forms of RFC 4291. Throws `ERR_CNM_INVALID_ADDRESS`.
 */
export function parseIp(text: string): Ip {
  const ip = readIp(text);
  if (ip !== undefined) return ip;
  throw new CnmError("ERR_CNM_INVALID_ADDRESS", `${quote(text)} is not an IP address${hint(text)}`);
}

/** Like {@link parseIp}, but `undefined` where that throws for the text. */
export function readIp(text: string): Ip | undefined {
  if (typeof (text as unknown) !== "string") throw invalidArgType("address", "string", text);
  if (text.length > longestText) return undefined;
  if (text.includes(":")) {
    const value = readV6(text);
    return value === undefined ? undefined : { family: "inet6", value };
  }
  const value = readV4(text, 0);
  return value < 0 ? undefined : { family: "inet", value: BigInt(value) };
}

/** The text of an address: dotted, or as RFC 5952 has it (`::ffff:192.0.2.1` for mapped ones). */
export function formatIp({ family, value }: Ip): string {
  return family === "inet" ? formatV4(Number(value)) : formatV6(value);
}

/** Bits in an address of the family. */
export function bitsOf(family: Family): 32 | 128 {
  return family === "inet" ? 32 : 128;
}

const longestText = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255".length;

function hint(text: string): string {
  if (text.includes("%")) return ": a zone is not accepted here";
  if (text.includes("/")) return ": give it without a prefix length";
  return "";
}

/** The address from `start` to the end of the text, or -1. */
function readV4(text: string, start: number): number {
  let value = 0;
  let parts = 0;
  let at = start;
  for (;;) {
    const first = at;
    let part = 0;
    for (; at < text.length && at - first < 3; at++) {
      const digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      part = part * 10 + digit;
    }
    const digits = at - first;
    // 010 is 8 to inet_aton(3) and 10 to others: refused, as by inet_pton(3).
    if (digits === 0 || part > 255 || (digits > 1 && text.charCodeAt(first) === 48)) return -1;
    value = value * 256 + part;
    if (++parts === 4) return at === text.length ? value : -1;
    if (text.charCodeAt(at++) !== dot) return -1;
  }
}

const colon = 58;
const dot = 46;

function readV6(text: string): bigint | undefined {
  const words: number[] = [];
  let gap = -1; // how many words come before "::"
  let at = 0;
  if (text.startsWith("::")) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    if (words.length === 8) return undefined;
    const start = at;
    let word = 0;
    for (; at < text.length; at++) {
      const digit = hexDigit(text.charCodeAt(at));
      if (digit < 0) break;
      if (at - start === 4) return undefined;
      word = word * 16 + digit;
    }
    if (at < text.length && text.charCodeAt(at) === dot) {
      const tail = readV4(text, start);
      if (tail < 0) return undefined;
      words.push(Math.floor(tail / 0x10000), tail % 0x10000);
      break;
    }
    if (at === start) return undefined;
    words.push(word);
    if (at === text.length) break;
    if (text.charCodeAt(at++) !== colon || at === text.length) return undefined;
    if (text.charCodeAt(at) === colon) {
      if (gap >= 0) return undefined;
      gap = words.length;
      at++;
    }
  }
  if (gap < 0 ? words.length !== 8 : words.length > 7) return undefined;
  return joinWords(words, gap < 0 ? 8 : gap);
}

function hexDigit(char: number): number {
  if (char >= 48 && char <= 57) return char - 48;
  const lower = char | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

// Three words make 48 bits, which a number holds exactly: fewer bigints, each of which is allocated.
function joinWords(words: readonly number[], gap: number): bigint {
  const zeros = 8 - words.length;
  const word = (index: number): number => {
    if (index < gap) return words[index] ?? 0;
    return index < gap + zeros ? 0 : (words[index - zeros] ?? 0);
  };
  const three = (index: number): number =>
    word(index) * 0x1_0000_0000 + word(index + 1) * 0x1_0000 + word(index + 2);
  const low = word(6) * 0x1_0000 + word(7);
  return (BigInt(three(0)) << 80n) | (BigInt(three(3)) << 32n) | BigInt(low);
}

function formatV4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function formatV6(value: bigint): string {
  // RFC 5952 section 5: the tail is dotted where the prefix says that an IPv4 address is inside.
  if (value >> 32n === 0xffffn) return `::ffff:${formatV4(Number(value & 0xffff_ffffn))}`;
  const words = splitWords(value);
  const { start, length } = longestZeros(words);
  if (length < 2) return words.map(hex).join(":"); // section 4.2.2: not for a single word
  const head = words.slice(0, start).map(hex).join(":");
  return `${head}::${words
    .slice(start + length)
    .map(hex)
    .join(":")}`;
}

function splitWords(value: bigint): number[] {
  const words: number[] = [];
  for (const part of [value >> 80n, (value >> 32n) & 0xffff_ffff_ffffn]) {
    const bits = Number(part);
    const low = bits % 0x1_0000_0000;
    words.push(Math.floor(bits / 0x1_0000_0000), low >>> 16, low & 0xffff);
  }
  const low = Number(value & 0xffff_ffffn);
  words.push(low >>> 16, low & 0xffff);
  return words;
}

function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  words.forEach((word, index) => {
    length = word === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length }; // the first of equals
  });
  return best;
}

function hex(word: number): string {
  return word.toString(16);
}
