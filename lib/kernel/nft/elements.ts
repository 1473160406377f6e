import type { Message } from "../../native.js";
import { check, inside, isPlainObject, refusal, wrongType, type Type } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import { integer, string } from "../../util/schemas.js";
import type { NftFamily } from "./compiler.js";
import {
  decodeValue,
  encodeMatch,
  encodeValue,
  fromHex,
  shapes,
  toHex,
  type Layout,
  type Span,
} from "./datatypes.js";
import { lengthOf, wordsOf, type Definition } from "./definition.js";
import type { Wire } from "./expression.js";
import { Verdict } from "./verdict.js";

/** @internal */
export type WireElement = Wire;

const unset: Type<unknown> = { parse: (value) => value };
const full = options({
  key: unset,
  value: optional(unset),
  timeoutMs: optional(integer(1, Number.MAX_SAFE_INTEGER)),
  expiresMs: optional(integer(1, Number.MAX_SAFE_INTEGER)),
  comment: optional(string()),
});
const most = 1_000_000;

/** What the caller gives as elements, as the codec takes it. @internal */
export function elementsOf(
  definition: Definition,
  elements: readonly unknown[],
  operation: string,
): readonly WireElement[] {
  const type: Type<readonly WireElement[]> = {
    parse(value) {
      if (!Array.isArray(value)) throw wrongType("Array", value);
      const { length } = value;
      if (length > most) throw refusal(`has more than ${most} elements`);
      const wire: WireElement[] = [];
      for (let at = 0; at < length; at++) {
        try {
          wire.push(...elementOf(definition, value[at]));
        } catch (error) {
          throw inside(at, error);
        }
      }
      return wire;
    },
  };
  return check(type, elements, operation, "elements");
}

function elementOf(definition: Definition, given: unknown): readonly WireElement[] {
  const isMap = definition.data !== undefined;
  if (isPlainObject(given) && "key" in given) {
    const { key, value, timeoutMs, expiresMs, comment } = full.parse(given);
    const more = {
      timeout: timeoutMs,
      expiration: expiresMs,
      userdata: comment === undefined ? undefined : { comment },
    };
    return keyed(definition, key, { ...dataOf(definition, value), ...more });
  }
  if (!isMap) return keyed(definition, given, {});
  if (!Array.isArray(given) || given.length !== 2) throw refusal("must be a key and a value");
  return keyed(definition, given[0], dataOf(definition, given[1]));
}

function dataOf({ data }: Definition, value: unknown): Wire {
  if (data === undefined) {
    if (value !== undefined) throw refusal("is an element of a set: it has no value");
    return {};
  }
  if (value === undefined) return {}; // a deletion needs none
  if (data === "verdict") {
    if (value instanceof Verdict) return { data: { verdict: { ...value.data } } };
    throw wrongType("Verdict", value);
  }
  return { data: { value: valuesHex(data, value) } };
}

/** Values of one or several types, one after another. @internal */
export function valuesHex(layouts: readonly Layout[], value: unknown): string {
  return joinedOf(layouts, value, encodeValue);
}

function keyed({ keys, interval }: Definition, key: unknown, more: Wire): readonly WireElement[] {
  if (key === "*") return [{ flags: ["catchall"], ...more }];
  if (!interval) return [{ key: { value: joinedOf(keys, key, encodeSingle) }, ...more }];
  const spans = listOf(keys, key).map(([layout, one]): Span => encodeMatch(layout, one));
  const from = joined(spans.map((span) => span.from));
  const to = joined(spans.map((span) => span.to));
  if (keys.length > 1) return [{ key: { value: from }, key_end: { value: to }, ...more }];
  const start = { key: { value: from }, ...more };
  if (/^f*$/.test(to)) return [start]; // up to the last value there is
  const behind = toHex(fromHex(to, "big") + 1n, to.length / 2, "big");
  return [start, { key: { value: behind }, flags: ["interval_end"] }];
}

// What copyList() takes: a list with a length alone would be gone through for minutes.
const mostElements = 100_000;

/** Whether a key is more than one value. @internal */
export function hasIntervals(
  keys: readonly Layout[],
  elements: readonly unknown[],
  isMap: boolean,
): boolean {
  // Whoever reads them refuses these.
  if (!Array.isArray(elements) || elements.length > mostElements) return false;
  return elements.some((given: unknown) => {
    const key: unknown = isMap && Array.isArray(given) ? given[0] : given;
    if (key === "*") return false;
    try {
      const spans = listOf(keys, key).map(([layout, one]) => encodeMatch(layout, one));
      return spans.some(({ from, to }) => from !== to);
    } catch {
      return false; // as above
    }
  });
}

function encodeSingle(layout: Layout, value: unknown): string {
  const { from, to } = encodeMatch(layout, value);
  if (from === to) return from;
  throw refusal('is an interval, and the set has no flags: ["interval"]');
}

/** A value is a list of several, or the one that there is. */
function valuesOf(layouts: readonly Layout[], value: unknown): readonly unknown[] {
  if (layouts.length === 1) return [value];
  if (!Array.isArray(value)) throw wrongType("Array", value);
  if (value.length !== layouts.length) throw refusal(`must be a list of ${layouts.length} values`);
  return value;
}

function listOf(layouts: readonly Layout[], value: unknown): readonly [Layout, unknown][] {
  const values = valuesOf(layouts, value);
  return layouts.map((layout, at) => [layout, values[at]]);
}

/** Several values begin at words of 4 bytes each; one stays as it is. */
function joined(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] ?? "") : parts.map(padded).join("");
}

/** The same, of thousands of elements: no lists in between. */
function joinedOf(
  layouts: readonly Layout[],
  value: unknown,
  encode: (layout: Layout, one: unknown) => string,
): string {
  const values = valuesOf(layouts, value);
  let all = "";
  for (const [at, layout] of layouts.entries()) {
    const hex = encode(layout, values[at]);
    all += layouts.length === 1 ? hex : padded(hex);
  }
  return all;
}

function padded(hex: string): string {
  return hex.padEnd(Math.ceil(hex.length / 8) * 8, "0");
}

const mostBytes = 48 * 1024; // an attribute holds 64 KiB; comments and counters are not counted

// More than the value takes as attributes. Counted, as writing it as text for its length took as
// long as the rest of this.
function roomOf(value: unknown): number {
  if (typeof value === "string") return 8 + value.length;
  if (typeof value !== "object" || value === null) return 16;
  let room = 8;
  for (const key in value) room += roomOf((value as Wire)[key]);
  return room;
}

/** As many messages as it takes. @internal */
export function elementMessages(
  type: string,
  family: NftFamily,
  table: string,
  set: { readonly name: string; readonly id?: number },
  elements: readonly WireElement[],
): Message[] {
  const messages: Message[] = [];
  let part: WireElement[] = [];
  let size = 0;
  const flush = () => {
    messages.push({
      type,
      flags: type === "NFT_MSG_NEWSETELEM" ? ["create"] : [],
      header: { family },
      attributes: { table, set: set.name, set_id: set.id, elements: part },
    });
    [part, size] = [[], 0];
  };
  for (const element of elements) {
    const bytes = roomOf(element);
    if (size + bytes > mostBytes && part.length > 0) flush();
    part.push(element);
    size += bytes;
  }
  if (part.length > 0 || elements.length === 0) flush();
  return messages;
}

/** An element as the kernel shows it. */
export interface ElementInfo {
  /** A value or, of several types, a list; an interval as `{ from, to }`, or as a prefix. */
  readonly key: unknown;
  /** Of a map: what it has for the key. */
  readonly value?: unknown;
  readonly timeoutMs?: number;
  readonly expiresMs?: number;
  readonly comment?: string;
  readonly counter?: { readonly packets: number; readonly bytes: number };
}

interface Read {
  readonly key?: { readonly value: string };
  readonly key_end?: { readonly value: string };
  readonly data?: { readonly value?: string; readonly verdict?: Verdict["data"] };
  readonly flags?: readonly string[];
  readonly timeout?: number;
  readonly expiration?: number;
  readonly userdata?: { readonly comment?: string };
  readonly expr?: { readonly name: string; readonly data?: Record<string, number> };
  readonly expressions?: readonly {
    readonly name: string;
    readonly data?: Record<string, number>;
  }[];
}

/** What the codec gives, as pairs of keys and more. @internal */
export function readElements(
  definition: Definition,
  elements: readonly unknown[],
): readonly ElementInfo[] {
  const all = elements as readonly Read[];
  const { keys, interval } = definition;
  const [layout] = keys;
  if (layout === undefined) return [];
  if (!interval || keys.length > 1) {
    return all.map((one) => info(definition, one, keyOf(keys, one)));
  }
  return intervals(layout, all).map(({ start, to }) => {
    const key = start.key === undefined ? "*" : spanOf(layout, start.key.value, to);
    return info(definition, start, key);
  });
}

// A tree has the beginning of each interval, and what comes behind its end.
function intervals(
  layout: Layout,
  all: readonly Read[],
): readonly { readonly start: Read; readonly to: string }[] {
  const isEnd = (one: Read) => one.flags?.includes("interval_end") === true;
  const found = all.filter((one) => one.key === undefined).map((start) => ({ start, to: "" }));
  const sorted = all
    .flatMap((one) => (one.key === undefined ? [] : [{ one, at: fromHex(one.key.value, "big") }]))
    .sort((a, b) =>
      a.at === b.at ? Number(isEnd(b.one)) - Number(isEnd(a.one)) : a.at < b.at ? -1 : 1,
    );
  sorted.forEach(({ one }, position) => {
    if (isEnd(one)) return;
    const next = sorted[position + 1];
    const last = next === undefined ? (1n << BigInt(layout.bytes * 8)) - 1n : next.at - 1n;
    found.push({ start: one, to: toHex(last, layout.bytes, "big") });
  });
  return found;
}

function keyOf(keys: readonly Layout[], { key, key_end }: Read): unknown {
  if (key === undefined) return "*";
  const from = split(keys, key.value);
  const to = split(keys, key_end?.value ?? key.value);
  const values = keys.map((layout, at) => spanOf(layout, from[at] ?? "", to[at] ?? ""));
  return keys.length === 1 ? values[0] : values;
}

/** Parts of several values, without what pads them. */
function split(layouts: readonly Layout[], hex: string): readonly string[] {
  if (lengthOf(layouts) * 2 !== hex.length && layouts.length > 1) return [hex];
  let at = 0;
  return layouts.map((layout) => {
    const part = hex.slice(at, at + layout.bytes * 2);
    at += wordsOf(layout) * 8;
    return part;
  });
}

function spanOf(layout: Layout, from: string, to: string): unknown {
  if (from === to) return decodeValue(layout, from);
  const { form } = shapes[layout.type];
  if (form === "ipv4" || form === "ipv6") {
    const count = fromHex(to, "big") - fromHex(from, "big") + 1n;
    const isPrefix = (count & (count - 1n)) === 0n && fromHex(from, "big") % count === 0n;
    const bits = layout.bytes * 8 - (count.toString(2).length - 1);
    if (isPrefix) return `${decodeValue(layout, from) as string}/${bits}`;
  }
  if (form === "name" && isBeginning(from, to)) return `${decodeValue(layout, from) as string}*`;
  return { from: decodeValue(layout, from), to: decodeValue(layout, to) };
}

/** All names that begin so: zeros behind it, and ones. */
function isBeginning(from: string, to: string): boolean {
  const text = from.replace(/(?:00)*$/, "");
  return to === text.padEnd(from.length, "f");
}

function info({ data }: Definition, one: Read, key: unknown): ElementInfo {
  const counter = [...(one.expressions ?? []), ...(one.expr ? [one.expr] : [])].find(
    ({ name }) => name === "counter",
  )?.data;
  return {
    key,
    ...(one.data && data !== undefined && { value: valueOf(data, one.data) }),
    ...(one.timeout !== undefined && { timeoutMs: one.timeout }),
    ...(one.expiration !== undefined && { expiresMs: one.expiration }),
    ...(one.userdata?.comment !== undefined && { comment: one.userdata.comment }),
    ...(counter && { counter: { packets: counter["packets"] ?? 0, bytes: counter["bytes"] ?? 0 } }),
  };
}

function valueOf(data: NonNullable<Definition["data"]>, read: NonNullable<Read["data"]>): unknown {
  if (read.verdict !== undefined) return new Verdict(read.verdict);
  if (data === "verdict") return undefined;
  const parts = split(data, read.value ?? "");
  const values = data.map((layout, at) => decodeValue(layout, parts[at] ?? ""));
  return values.length === 1 ? values[0] : values;
}
