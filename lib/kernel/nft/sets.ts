import { check } from "../../util/check.js";
import type { Statement } from "./compiler.js";
import type { Datatype, Match, Values } from "./datatypes.js";
import { keyLayouts, type CommonSetOptions, type Definition } from "./definition.js";
import { dynamicUpdate, type DynamicOptions } from "./dynamic.js";
import { elementMessages, elementsOf, type WireElement } from "./elements.js";
import type { Key } from "./keys.js";
import type { Table } from "./objects.js";
import { mapOptions, setOptions } from "./schema.js";
import type { Verdict } from "./verdict.js";
import type { Message } from "../../native.js";

/** The types of a key, one after another. */
export type Types = readonly [Datatype, ...Datatype[]];
/** A type, or several that are concatenated. */
export type TypeOrTypes = Datatype | Types;
/** One type as a list of one. */
export type TypesOf<T extends TypeOrTypes> = T extends Datatype ? readonly [T] : T;

type Matches<K extends Types> = { readonly [I in keyof K]: Match<K[I]> };
type ValuesOf<K extends Types> = { readonly [I in keyof K]: Values[K[I]] };

/** The key of an element: a value, or a list of as many as the set has types. */
export type ElementKey<K extends Types> = K extends readonly [infer T extends Datatype]
  ? Match<T>
  : Matches<K>;

/** What a map has for a key. */
export type MapData = "verdict" | Types;
export type MapValue<D extends MapData> = D extends "verdict"
  ? Verdict
  : D extends readonly [infer T extends Datatype]
    ? Values[T]
    : D extends Types
      ? ValuesOf<D>
      : never;

interface ElementOptions {
  /** Until it goes. Without it, the set's own timeout. */
  readonly timeoutMs?: number;
  /** What is left of that time; all of it where it is left out. */
  readonly expiresMs?: number;
  readonly comment?: string;
}

/** An element, or its key alone. `"*"` is what there is no other element for. */
export type SetElement<K extends Types> =
  ElementKey<K> | "*" | (ElementOptions & { readonly key: ElementKey<K> | "*" });
/** An element as a pair, or with more to say. */
export type MapElement<K extends Types, D extends MapData> =
  | readonly [key: ElementKey<K> | "*", value: MapValue<D>]
  | (ElementOptions & { readonly key: ElementKey<K> | "*"; readonly value: MapValue<D> });

export interface SetOptions<T extends TypeOrTypes> extends CommonSetOptions {
  readonly type: T;
}
export interface MapOptions<
  T extends TypeOrTypes,
  D extends TypeOrTypes | "verdict",
> extends SetOptions<T> {
  /** What the map has for a key. */
  readonly data: D;
}

/** Elements to add to a set, or to delete from it. */
export class Elements {
  readonly set: NftSet<Types> | NftMap<Types, MapData>;
  readonly #elements: readonly WireElement[];

  /** @internal */
  constructor(set: NftSet<Types> | NftMap<Types, MapData>, elements: readonly WireElement[]) {
    this.set = set;
    this.#elements = elements;
  }

  /** @internal */
  messages(type: string): Message[] {
    const { table, name } = this.set;
    return elementMessages(type, table.family, table.name, { name }, this.#elements);
  }
}

abstract class Common<K extends Types> {
  readonly table: Table;
  readonly name: string;
  readonly types: K;
  /** @internal */
  abstract readonly definition: Definition;

  /** @internal */
  constructor(table: Table, name: string, types: K) {
    this.table = table;
    this.name = name;
    this.types = types;
  }
}

/** A named set. Make it by {@link Table.set}; it is in the kernel once a transaction adds it. */
export class NftSet<K extends Types> extends Common<K> {
  /** @internal */
  readonly definition: Definition;

  /** @internal */
  constructor(table: Table, name: string, options: SetOptions<TypeOrTypes>) {
    const { type, ...rest } = check(setOptions, options, `set ${name}`);
    const types = (typeof type === "string" ? [type] : type) as readonly Datatype[];
    super(table, name, types as unknown as K);
    this.definition = definitionOf(name, types, undefined, rest);
  }

  /** Elements to be given to a transaction. */
  elements(elements: readonly SetElement<K>[]): Elements {
    return new Elements(this, elementsOf(this.definition, elements, `elements of ${this.name}`));
  }

  /** The packet adds an element, where there is none of that key. */
  add(key: Key<K>, options: DynamicOptions = {}): Statement {
    return dynamicUpdate("add", this.definition, key, undefined, options);
  }
  /** As {@link add}; the timeout of one that is there begins anew. */
  update(key: Key<K>, options: DynamicOptions = {}): Statement {
    return dynamicUpdate("update", this.definition, key, undefined, options);
  }
  /** The packet takes the element out. */
  remove(key: Key<K>): Statement {
    return dynamicUpdate("delete", this.definition, key, undefined, {});
  }
}

/** A named map, of values or of verdicts. Make it by {@link Table.map}. */
export class NftMap<K extends Types, D extends MapData> extends Common<K> {
  readonly data: D;
  /** @internal */
  readonly definition: Definition;

  /** @internal */
  constructor(
    table: Table,
    name: string,
    options: MapOptions<TypeOrTypes, TypeOrTypes | "verdict">,
  ) {
    const { type, data, ...rest } = check(mapOptions, options, `map ${name}`);
    const types = (typeof type === "string" ? [type] : type) as readonly Datatype[];
    super(table, name, types as unknown as K);
    const values = data === "verdict" ? data : typeof data === "string" ? [data] : data;
    this.data = values as unknown as D;
    this.definition = definitionOf(
      name,
      types,
      values === "verdict" ? values : keyLayouts(values, false),
      rest,
    );
  }

  /** Elements to be given to a transaction. */
  elements(elements: readonly MapElement<K, D>[]): Elements {
    return new Elements(this, elementsOf(this.definition, elements, `elements of ${this.name}`));
  }

  /** The packet adds an element, where there is none of that key. */
  add(
    key: Key<K>,
    value: D extends Types ? Key<D> : never,
    options: DynamicOptions = {},
  ): Statement {
    return dynamicUpdate("add", this.definition, key, value, options);
  }
  /** As {@link add}; one that is there gets the value, and its timeout begins anew. */
  update(
    key: Key<K>,
    value: D extends Types ? Key<D> : never,
    options: DynamicOptions = {},
  ): Statement {
    return dynamicUpdate("update", this.definition, key, value, options);
  }
}

function definitionOf(
  name: string,
  types: readonly Datatype[],
  data: Definition["data"],
  options: CommonSetOptions,
): Definition {
  const { flags = [], timeoutMs } = options;
  const interval = flags.includes("interval");
  return {
    name,
    keys: keyLayouts(types, interval),
    ...(data !== undefined && { data }),
    interval,
    flags: flags.filter(
      (flag) => flag !== "interval" && !(flag === "timeout" && timeoutMs !== undefined),
    ),
    options,
  };
}
