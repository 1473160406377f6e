import type { Decoded } from "../../native.js";
import type { NftFamily } from "./compiler.js";
import { bigEndian, shapes, type Datatype, type Layout } from "./datatypes.js";
import type { Definition } from "./definition.js";
import { fromWire, type Expression } from "./expression.js";
import { hooksOf, type Hook } from "./hooks.js";
import type { RuleReference } from "./objects.js";

// What the kernel shows of each kind of object.

interface Listed {
  readonly family: NftFamily;
  readonly handle: number;
  readonly comment?: string;
}

export interface NftTableInfo extends Listed {
  readonly name: string;
  readonly flags: readonly string[];
  /** Chains, sets, maps and other objects in it. */
  readonly use: number;
  /** Netlink port of the socket that owns it. */
  readonly owner?: number;
}

export interface NftChainInfo extends Listed {
  readonly table: string;
  readonly name: string;
  /** Of a base chain: `"filter"`, `"nat"` or `"route"`, and all that follows. */
  readonly type?: string;
  readonly hook?: Hook;
  readonly priority?: number;
  readonly policy?: "accept" | "drop";
  readonly devices?: readonly string[];
  /** Rules in it, and jumps to it. */
  readonly use: number;
}

export interface NftRuleInfo extends RuleReference {
  readonly expressions: readonly Expression[];
  readonly comment?: string;
}

export interface NftSetInfo extends Listed {
  readonly table: string;
  readonly name: string;
  /** Of its keys. One that is not known here is `"integer"`. */
  readonly types: readonly Datatype[];
  /** Of a map: what it has for a key. */
  readonly data?: "verdict" | readonly Datatype[];
  readonly flags: readonly string[];
  readonly timeoutMs?: number;
  readonly gcIntervalMs?: number;
  readonly size?: number;
  readonly policy?: string;
}

/** A counter, quota or limit with a name; other kinds with their name alone. */
export interface NftObjectInfo extends Listed {
  readonly table: string;
  readonly name: string;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Rules and elements that use it. */
  readonly use: number;
}

export interface NftFlowtableInfo extends Listed {
  readonly table: string;
  readonly name: string;
  readonly priority: number;
  readonly devices: readonly string[];
  readonly flags: readonly string[];
}

interface Attributes {
  readonly table: string;
  readonly chain: string;
  readonly name: string;
  readonly handle: number;
  readonly use?: number;
  readonly userdata?: { readonly comment?: string; readonly key_byteorder?: "host" | "big" };
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- says what is read
function common<A>(one: Decoded): { readonly a: A & Attributes; readonly listed: Listed } {
  const a = one.attributes as unknown as A & Attributes;
  const { family } = one.header as { family: NftFamily };
  const comment = a.userdata?.comment;
  return { a, listed: { family, handle: a.handle, ...(comment !== undefined && { comment }) } };
}

/** @internal */
export function tableInfo(one: Decoded): NftTableInfo {
  const { a, listed } = common<{ flags?: readonly string[]; owner?: number }>(one);
  const { name, flags = [], use = 0, owner } = a;
  return { ...listed, name, flags, use, ...(owner !== undefined && { owner }) };
}

interface HookAttributes {
  readonly hooknum: number;
  readonly priority: number;
  readonly dev?: string;
  readonly devs?: { readonly name?: readonly string[] };
}

/** @internal */
export function chainInfo(one: Decoded): NftChainInfo {
  const { a, listed } = common<{
    hook?: HookAttributes;
    type?: string;
    policy?: "accept" | "drop";
  }>(one);
  const { table, name, use = 0, hook, type, policy } = a;
  if (hook === undefined) return { ...listed, table, name, use };
  const where = hooksOf(listed.family)[hook.hooknum];
  const devices = hook.devs?.name ?? (hook.dev === undefined ? undefined : [hook.dev]);
  return {
    ...{ ...listed, table, name, use, priority: hook.priority },
    ...(type !== undefined && { type }),
    ...(where && { hook: where }),
    ...(policy && { policy }),
    ...(devices && { devices }),
  };
}

/** @internal */
export function ruleInfo(one: Decoded): NftRuleInfo {
  const { a, listed } = common<{ expressions?: readonly unknown[] }>(one);
  const { table, chain, expressions = [] } = a;
  return { ...listed, table, chain, expressions: expressions.map(fromWire) };
}

interface SetAttributes {
  readonly flags?: readonly string[];
  readonly key_type?: readonly string[] | number; // the end of a set has neither
  readonly key_len?: number;
  readonly data_type?: readonly string[] | number | "verdict";
  readonly data_len?: number;
  readonly timeout?: number;
  readonly gc_interval?: number;
  readonly policy?: string;
  readonly desc?: { readonly size?: number; readonly concat?: readonly { readonly len: number }[] };
}

/** @internal */
export function setInfo(one: Decoded): NftSetInfo {
  const { a, listed } = common<SetAttributes>(one);
  const { keys, data } = definitionOf(one);
  const types = (layouts: readonly Layout[]) => layouts.map((layout) => layout.type);
  return {
    ...{ ...listed, table: a.table, name: a.name, types: types(keys), flags: a.flags ?? [] },
    ...(data && { data: data === "verdict" ? data : types(data) }),
    ...(a.timeout !== undefined && { timeoutMs: a.timeout }),
    ...(a.gc_interval !== undefined && { gcIntervalMs: a.gc_interval }),
    ...(a.desc?.size !== undefined && { size: a.desc.size }),
    ...(a.policy !== undefined && { policy: a.policy }),
  };
}

/** How its elements are to be read. @internal */
export function definitionOf(one: Decoded): Definition {
  const { a } = common<SetAttributes>(one);
  const flags = a.flags ?? [];
  const interval = flags.includes("interval");
  const lengths = a.desc?.concat?.map(({ len }) => len);
  const order = a.userdata?.key_byteorder ?? "host";
  const keys =
    a.key_type === undefined ? [] : layoutsOf(a.key_type, a.key_len ?? 0, order, lengths);
  return {
    name: a.name,
    keys: interval ? keys.map(bigEndian) : keys,
    interval,
    flags,
    ...(a.data_type !== undefined && {
      data: a.data_type === "verdict" ? "verdict" : layoutsOf(a.data_type, a.data_len ?? 0, "host"),
    }),
  };
}

function layoutsOf(
  types: readonly string[] | number | string,
  length: number,
  order: "host" | "big",
  lengths: readonly number[] = [],
): readonly Layout[] {
  const names = Array.isArray(types) ? (types as readonly string[]) : [];
  const isKnown = (name: string): name is Datatype => Object.hasOwn(shapes, name);
  if (names.length > 1 && names.every(isKnown)) {
    return names.map((type, at): Layout => {
      const shape = shapes[type];
      return { type, bytes: lengths[at] ?? shape.bytes, order: shape.order };
    });
  }
  const [type = "integer"] = names;
  if (names.length === 1 && isKnown(type) && type !== "integer") {
    return [{ type, bytes: length, order: shapes[type].order }];
  }
  return [{ type: "integer", bytes: length, order }];
}

/** @internal */
export function objectInfo(one: Decoded): NftObjectInfo {
  const { a, listed } = common<{
    type?: string | number;
    data?: Readonly<Record<string, unknown>>;
  }>(one);
  const { table, name, use = 0, data = {} } = a;
  return { ...listed, table, name, kind: String(a.type), data, use };
}

/** @internal */
export function flowtableInfo(one: Decoded): NftFlowtableInfo {
  const { a, listed } = common<{ hook?: HookAttributes; flags?: readonly string[] }>(one);
  const { table, name, hook, flags = [] } = a;
  const devices = hook?.devs?.name ?? [];
  return { ...listed, table, name, priority: hook?.priority ?? 0, devices, flags };
}
