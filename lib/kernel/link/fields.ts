import type { Plain } from "../../native.js";
import type { Infer, Type } from "../../util/check.js";
import { optional, type Optional } from "../../util/options.js";
import { address, boolean, integer, mac, oneOf } from "../../util/schemas.js";
import type { Scope } from "../scope.js";

/** A set of attributes (IFLA_INFO_DATA ...) as the addon takes it. @internal */
export type Data = Readonly<Record<string, Plain | undefined>>;
/** The same as the addon gives it. @internal */
export type Given = Readonly<Record<string, unknown>>;

/** What the kernel shows and nobody sets. @internal */
export interface Shown<out T> {
  decode(data: Given): T | undefined;
}

/** One option: what it must be, and the attributes that it is in the kernel. @internal */
export interface Field<In, out Out = In> extends Shown<Out> {
  readonly type: Type<In>;
  encode(value: In, scope: Scope): Data;
}

/** A field for each of the options, none left out. @internal */
export type Fields<O> = { readonly [K in keyof O]-?: Field<Exclude<O[K], undefined>, unknown> };

type AnyFields = Readonly<Record<string, Field<unknown>>>;
type AnyShown = Readonly<Record<string, Shown<unknown>>>;

type Read<F extends AnyShown> = {
  readonly [K in keyof F]?: F[K] extends Shown<infer T> ? T : never;
};

/** What options() takes: each may be left out. @internal */
export function entriesOf<F extends AnyFields>(
  fields: F,
): { readonly [K in keyof F]: Optional<Infer<F[K]["type"]>> };
export function entriesOf(fields: AnyFields): Readonly<Record<string, Optional<unknown>>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { type }]) => [name, optional(type)]),
  );
}

/** The attributes of those options that are given. @internal */
export function encodeFields(fields: AnyFields, given: object, scope: Scope): Data {
  const entries: [string, unknown][] = Object.entries(given);
  const parts = entries.map(([name, value]) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return value === undefined ? undefined : field?.encode(value, scope);
  });
  return Object.assign({}, ...parts) as Data;
}

/** What the kernel gave; what it left out is not in it. @internal */
export function decodeFields<F extends AnyShown>(fields: F, data: Given): Read<F>;
export function decodeFields(fields: AnyShown, data: Given): Given {
  const found = Object.entries(fields).map(([name, field]) => [name, field.decode(data)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** A number, or none where the kernel left it out. @internal */
export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** 0 or 1. @internal */
export function bit(attribute: string): Field<boolean> {
  return {
    type: boolean(),
    encode: (on) => ({ [attribute]: Number(on) }),
    decode: (data) => (attribute in data ? data[attribute] !== 0 : undefined),
  };
}

/** There or not, with nothing in it. @internal */
export function presence(attribute: string): Field<boolean> {
  return {
    type: boolean(),
    encode: (on) => ({ [attribute]: on }),
    decode: (data) => data[attribute] === true,
  };
}

/** @internal */
export function whole(attribute: string, min: number, max: number): Field<number> {
  return {
    type: integer(min, max),
    encode: (number) => ({ [attribute]: number }),
    decode: (data) => numberOf(data[attribute]),
  };
}

/** Milliseconds; the kernel takes and gives 1/100 s (USER_HZ). @internal */
export function ticks(attribute: string): Field<number> {
  return {
    ...ticksShown(attribute),
    type: integer(0, 0xffff_ffff * 10),
    encode: (ms) => ({ [attribute]: Math.round(ms / 10) }),
  };
}

/** @internal */
export function ticksShown(attribute: string): Shown<number> {
  return {
    decode: (data) => {
      const count = numberOf(data[attribute]);
      return count === undefined ? undefined : count * 10;
    },
  };
}

/** One of these words, as the table has them. @internal */
export function word<const W extends string>(attribute: string, ...words: readonly W[]): Field<W> {
  return {
    type: oneOf(...words),
    encode: (one) => ({ [attribute]: one }),
    decode: (data) => data[attribute] as W | undefined,
  };
}

/** @internal */
export function macAddress(attribute: string): Field<string> {
  return {
    type: mac(),
    encode: (text) => ({ [attribute]: text }),
    decode: (data) => textOf(data[attribute]),
  };
}

/** An IP address, of which each family has an attribute of its own. @internal */
export function ipAddress(inet: string, inet6: string): Field<string> {
  return {
    type: address(),
    encode: (text) => ({ [text.includes(":") ? inet6 : inet]: text }),
    decode: (data) => textOf(data[inet]) ?? textOf(data[inet6]),
  };
}

/** "8000.020000000001": priority and MAC address of a bridge. @internal */
export function bridgeId(attribute: string): Shown<string> {
  return {
    decode: (data) => textOf(data[attribute])?.replace(/^(.{4})(.{12})$/, "$1.$2"),
  };
}
