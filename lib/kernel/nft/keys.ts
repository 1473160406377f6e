import { CnmError, invalidArgType } from "../../errors.js";
import type { Compiler } from "./compiler.js";
import { Statement } from "./compiler.js";
import { bigEndian, shapes, type Layout } from "./datatypes.js";
import { keyLayouts, setMessage, wordsOf, type Definition } from "./definition.js";
import { elementMessages, elementsOf, hasIntervals } from "./elements.js";
import type { Expressions } from "./expression.js";
import {
  NftMap,
  NftSet,
  type ElementKey,
  type MapData,
  type MapValue,
  type TypeOrTypes,
  type Types,
  type TypesOf,
} from "./sets.js";
import type { Verdict } from "./verdict.js";

/** What is looked up: a field of the packet, several of them, or what a map has for them. */
export abstract class Key<K extends Types> {
  /** Its types, one after another. */
  abstract readonly types: K;
  /** @internal */
  abstract readonly layouts: readonly Layout[];
  /** Has the compiler add what makes it known. @internal */
  abstract need(compiler: Compiler): void;
  /** Loads it to that word and those behind; returns how many. @internal */
  abstract load(compiler: Compiler, word: number, big: boolean): number;

  /** It is in the set, or one of these. */
  in(set: NftSet<K>): Statement;
  in(...values: readonly ElementKey<K>[]): Statement;
  in(...values: readonly unknown[]): Statement {
    return this.membership(values, false);
  }

  /** It is not in the set, or none of these. */
  notIn(set: NftSet<K>): Statement;
  notIn(...values: readonly ElementKey<K>[]): Statement;
  notIn(...values: readonly unknown[]): Statement {
    return this.membership(values, true);
  }

  /** Ends with the verdict that the map has for it; goes on where it has none. */
  vmap(
    map: NftMap<K, "verdict"> | readonly (readonly [key: ElementKey<K> | "*", verdict: Verdict])[],
  ): Statement {
    const found = target(this, map, "verdict");
    return new Statement((compiler) => {
      this.need(compiler);
      this.load(compiler, 0, found.interval);
      found.emit(compiler, { sreg: compiler.register(0), dreg: "verdict" });
    });
  }

  /** What the map has for it; the rule ends where it has nothing. */
  map<D extends Types>(map: NftMap<K, D>): Key<D>;
  map<const D extends TypeOrTypes>(
    types: D,
    elements: readonly (readonly [key: ElementKey<K> | "*", value: MapValue<TypesOf<D>>])[],
  ): Key<TypesOf<D>>;
  map(map: unknown, elements?: readonly unknown[]): Key<Types> {
    return new Mapped(this, map, elements);
  }

  /** @internal */
  protected membership(values: readonly unknown[], inverted: boolean): Statement {
    const found = target(this, values[0] instanceof NftSet ? values[0] : values, undefined);
    return new Statement((compiler) => {
      this.need(compiler);
      this.load(compiler, 0, found.interval);
      const flags = inverted ? { flags: ["inv"] as const } : {};
      found.emit(compiler, { sreg: compiler.register(0), ...flags });
    });
  }
}

const mostTypes = 16; // registers of 4 bytes that a key can fill

/** @internal */
export type AnyKey = Key<Types>;

/** @internal */
export function assertKey(key: unknown, layouts: readonly Layout[], operation: string): void {
  if (!(key instanceof Key)) throw invalidArgType("key", "Key", key, operation);
  const ours = (key as AnyKey).layouts.map(({ type }) => type).join(" . ");
  const wanted = layouts.map(({ type }) => type).join(" . ");
  if (ours === wanted) return;
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `${operation}: is ${wanted}, and what is looked up ${ours}`,
    { field: "key" },
  );
}

interface Target {
  readonly interval: boolean;
  emit(compiler: Compiler, registers: Omit<Expressions["lookup"], "set">): void;
}

/** A set or map by name, or the elements of one that is the rule's own. */
function target(
  key: Pick<AnyKey, "layouts">,
  what: unknown,
  data: "verdict" | readonly Layout[] | undefined,
): Target {
  if (what instanceof NftSet || what instanceof NftMap) {
    const { name, definition } = what as NftSet<Types> | NftMap<Types, MapData>;
    assertKey(key, definition.keys, `look up in @${name}`);
    return {
      interval: definition.interval,
      emit: (compiler, registers) => {
        compiler.emit({ kind: "lookup", set: name, ...registers });
      },
    };
  }
  return anonymous(key.layouts, what, data);
}

function anonymous(
  layouts: readonly Layout[],
  elements: unknown,
  data: "verdict" | readonly Layout[] | undefined,
): Target {
  const list = elements as readonly unknown[];
  const isMap = data !== undefined;
  const interval = hasIntervals(layouts, list, isMap); // without them, look-ups are faster
  const definition: Definition = {
    name: isMap ? "__map%d" : "__set%d",
    keys: interval ? layouts.map(bigEndian) : layouts,
    interval,
    flags: ["anonymous", "constant"],
    ...(isMap && { data }),
  };
  const wire = elementsOf(definition, list, "rule");
  return {
    interval,
    emit: (compiler, registers) => {
      const { family, table } = compiler.surroundings;
      const id = compiler.surroundings.anonymous((number) => {
        const set = { ...definition, id: number, options: { size: wire.length } };
        return [
          setMessage(family, table, set),
          ...elementMessages("NFT_MSG_NEWSETELEM", family, table, set, wire),
        ];
      });
      compiler.emit({ kind: "lookup", set: definition.name, set_id: id, ...registers });
    },
  };
}

class Mapped extends Key<Types> {
  readonly types: Types;
  readonly layouts: readonly Layout[];
  readonly #from: AnyKey;
  readonly #found: Target;

  constructor(from: AnyKey, map: unknown, elements: readonly unknown[] | undefined) {
    super();
    this.#from = from;
    if (map instanceof NftMap) {
      const { data } = (map as NftMap<Types, MapData>).definition;
      if (typeof data !== "object") {
        throw new CnmError("ERR_CNM_INVALID_OPTION", "rule: map: has verdicts: use vmap()");
      }
      this.layouts = data;
      this.#found = target(from, map, undefined);
    } else {
      const types = (typeof map === "string" ? [map] : map) as Types;
      const known =
        Array.isArray(types) &&
        types.length <= mostTypes &&
        types.every((type) => Object.hasOwn(shapes, type));
      if (!known) throw invalidArgType("map", "NftMap or types of values", map, "rule");
      this.layouts = keyLayouts(types, false);
      this.#found = target(from, elements, this.layouts);
    }
    this.types = this.layouts.map(({ type }) => type) as unknown as Types;
  }

  need(compiler: Compiler): void {
    this.#from.need(compiler);
  }

  load(compiler: Compiler, word: number): number {
    this.#from.load(compiler, word, this.#found.interval);
    const register = compiler.register(word);
    this.#found.emit(compiler, { sreg: register, dreg: register });
    return this.layouts.reduce((sum, layout) => sum + wordsOf(layout), 0);
  }
}

/** Several, one after another: `concat(ip.daddr, tcp.dport)`. */
export function concat<const K extends readonly [AnyTyped, ...AnyTyped[]]>(
  ...keys: K
): Key<ConcatTypes<K>> {
  for (const key of keys as readonly unknown[]) {
    if (!(key instanceof Key)) throw invalidArgType("key", "Key", key, "concat");
  }
  return new Concatenation(keys) as unknown as Key<ConcatTypes<K>>;
}

/** A key of any types. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a Key is invariant in its types
type AnyTyped = Key<any>;
/** The types of several keys, one behind another. */
export type ConcatTypes<K extends readonly AnyTyped[]> = K extends readonly [
  Key<infer First extends Types>,
  ...infer Rest extends readonly AnyTyped[],
]
  ? Rest extends readonly []
    ? First
    : readonly [...First, ...ConcatTypes<Rest>]
  : never;

class Concatenation extends Key<Types> {
  readonly types: Types;
  readonly layouts: readonly Layout[];
  readonly #keys: readonly AnyKey[];

  constructor(keys: readonly AnyKey[]) {
    super();
    this.#keys = keys;
    this.layouts = keys.flatMap((key) => key.layouts);
    this.types = this.layouts.map(({ type }) => type) as unknown as Types;
  }

  need(compiler: Compiler): void {
    for (const key of this.#keys) key.need(compiler);
  }

  load(compiler: Compiler, word: number, big: boolean): number {
    return this.#keys.reduce((sum, key) => sum + key.load(compiler, word + sum, big), 0);
  }
}
