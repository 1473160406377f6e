import type { Type } from "../../util/check.js";
import { checked, integer, string } from "../../util/schemas.js";

// ---- Handles

const handlePattern = /^([0-9a-f]{1,4}):([0-9a-f]{0,4})$/i;

/** "1:" or "1:10", in hexadecimal. @internal */
export const handleText: Type<string> = checked(string(), (text) =>
  handlePattern.test(text) ? undefined : 'must be a handle such as "1:" or "1:10", in hexadecimal',
);

/** "1:". @internal */
export const qdiscHandle: Type<string> = checked(handleText, (text) =>
  /:0*$/.test(text) && !/^0+:/.test(text) ? undefined : 'must be a qdisc\'s handle such as "1:"',
);

/** "1:10". @internal */
export const classHandle: Type<string> = checked(handleText, (text) =>
  /:0*$/.test(text) ? 'must be a class such as "1:10"' : undefined,
);

/** Of text that has been checked. @internal */
export function handleNumber(text: string): number {
  const [, major = "0", minor = ""] = handlePattern.exec(text) ?? [];
  return parseInt(major, 16) * 0x1_0000 + (minor === "" ? 0 : parseInt(minor, 16));
}

/** @internal */
export function handleOf(number: number): string {
  const minor = number % 0x1_0000;
  return `${Math.floor(number / 0x1_0000).toString(16)}:${minor === 0 ? "" : minor.toString(16)}`;
}

/** @internal */
export function classHandleOf(number: number | undefined): string | undefined {
  return number === undefined || number === 0 ? undefined : handleOf(number);
}

// ---- Rates and sizes

const u32 = 0xffff_ffff;

/** @internal */
export const rateType: Type<number> = integer(8, Number.MAX_SAFE_INTEGER);
/** @internal */
export const u32Type: Type<number> = integer(0, u32);
/** @internal */
export const bytesType: Type<number> = integer(1, u32);

/** As the kernel has rates: whole bytes per second, in 32 bits and, where they are too few, in 64. @internal */
export function rateParts(bitsPerSecond: number): { rate: number; rate64: number | undefined } {
  const rate = Math.floor(bitsPerSecond / 8);
  return { rate: Math.min(rate, u32), rate64: rate > u32 ? rate : undefined };
}

/** @internal */
export function bitsOf(rate: number, rate64: number | undefined): number {
  return (rate64 ?? rate) * 8;
}

const nsPerTick = 64; // PSCHED_SHIFT is 6; /proc/net/psched says the same
const nsPerS = 1e9;

/** The kernel keeps bursts as the time that they take at their rate. @internal */
export function ticksOf(bytes: number, bitsPerSecond: number): number {
  const rate = Math.floor(bitsPerSecond / 8);
  return Math.min(Math.ceil((bytes * nsPerS) / rate / nsPerTick), u32);
}

/** @internal */
export function bytesOf(ticks: number, bitsPerSecond: number): number {
  return Math.floor((ticks * nsPerTick * bitsPerSecond) / 8 / nsPerS);
}

/** A fraction of 2^32 - 1, as netem has probabilities. @internal */
export function fractionOf(percent: number): number {
  return Math.round((percent / 100) * u32);
}

/** Rounded to 1/1000 %. @internal */
export function percentOf(fraction: number): number {
  return Math.round((fraction / u32) * 100_000) / 1000;
}
