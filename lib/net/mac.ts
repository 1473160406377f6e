import { CnmError, invalidArgType, quote } from "../errors.js";

/** One Ethernet address (EUI-48), as a number. */
export interface Mac {
  /** Below 2^48, so exact. The first byte on the wire is the highest. */
  readonly value: number;
}

/** Reads six pairs of hex digits with colons, in either case. Throws `ERR_CNM_INVALID_ADDRESS`. */
export function parseMac(text: string): Mac {
  if (typeof (text as unknown) !== "string") throw invalidArgType("mac", "string", text);
  if (!form.test(text)) {
    throw new CnmError(
      "ERR_CNM_INVALID_ADDRESS",
      `${quote(text)} is not a MAC address, such as 02:42:ac:11:00:02`,
    );
  }
  return { value: Number.parseInt(text.replaceAll(":", ""), 16) };
}

/** Lower case, with colons. */
export function formatMac({ value }: Mac): string {
  const digits = value.toString(16).padStart(12, "0");
  return digits.replace(/..(?!$)/g, "$&:");
}

/** Whether an interface may have it: not a group address, and not all zeros. */
export function isUnicast({ value }: Mac): boolean {
  return value !== 0 && Math.floor(value / groupBit) % 2 === 0;
}

/**
 * The text of a locally administered unicast address, from twelve hexadecimal digits, 46 bits of which
 * count: of random digits, or where the same digits must give the same address.
 */
export function macOfDigits(digits: string): string {
  if (!/^[0-9a-f]{12}$/.test(digits)) {
    throw new CnmError(
      "ERR_CNM_INVALID_ADDRESS",
      `a MAC address takes 12 lower-case hexadecimal digits, not ${quote(digits)}`,
    );
  }
  const pair = (at: number) => digits.slice(at, at + 2);
  const first = (Number.parseInt(pair(0), 16) & 0xfe) | 0x02; // the group bit off, the local bit on
  const rest = `${pair(2)}:${pair(4)}:${pair(6)}:${pair(8)}:${pair(10)}`;
  return `${first < 16 ? "0" : ""}${first.toString(16)}:${rest}`;
}

const form = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;
const groupBit = 2 ** 40; // the lowest bit of the first byte
