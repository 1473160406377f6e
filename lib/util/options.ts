import {
  inside,
  isForbidden,
  isPlainObject,
  noneOf,
  refusal,
  wrongType,
  type Infer,
  type Refusal,
  type Type,
} from "./check.js";
import { nearMiss } from "./near-miss.js";
import { oneOf } from "./schemas.js";

/** A property that may be left out; given as `undefined`, it counts as left out. */
export interface Optional<out T> {
  readonly optional: Type<T>;
}

export function optional<T>(type: Type<T>): Optional<T> {
  return { optional: type };
}

/** The properties of {@link options}: needed ones as they are, others as {@link Optional}. */
export type Entries = Readonly<Record<string, Type<unknown> | Optional<unknown>>>;

/** What {@link options} make of these; what was left out is not in it. */
export type Output<E extends Entries> = {
  [K in keyof E as E[K] extends Optional<unknown> ? never : K]: Infer<E[K]>;
} & {
  [K in keyof E as E[K] extends Optional<unknown> ? K : never]?: E[K] extends Optional<infer T>
    ? T
    : never;
};

/**
 * An options object: plain, with no keys but these. An unknown one is refused and, where one of
 * these is close, that is named.
 */
export function options<const E extends Entries>(entries: E): Type<Output<E>>;
export function options(entries: Entries): Type<object> {
  const read = readerOf(entries);
  return {
    parse(value) {
      if (isPlainObject(value)) return read(value, Object.keys(value), {});
      throw wrongType("object", value);
    },
  };
}

/** Options that differ by the word under `tag`: the entries beside it, by that word. */
export function variant<const K extends string, const M extends Readonly<Record<string, Entries>>>(
  tag: K,
  members: M,
): Type<{ [W in keyof M]: { [P in K]: W } & Output<M[W]> }[keyof M]>;
export function variant(tag: string, members: Readonly<Record<string, Entries>>): Type<object> {
  const words = Object.keys(members);
  const readers = new Map<unknown, Reader>();
  for (const word of words) {
    readers.set(word, readerOf({ [tag]: oneOf(word), ...members[word] }));
  }
  return {
    parse(value) {
      if (!isPlainObject(value)) throw wrongType("object", value);
      const keys = Object.keys(value);
      const word = take(value, tag, keys);
      const read = readers.get(word);
      if (read === undefined) throw noneOf(words, word).under(tag);
      return read(value, keys, { [tag]: word });
    },
  };
}

/** Reads the property and strikes it off the keys: getters are not asked twice. */
function take(object: Readonly<Record<string, unknown>>, key: string, keys: string[]): unknown {
  const at = keys.indexOf(key);
  if (at < 0) return undefined;
  keys.splice(at, 1);
  try {
    return object[key];
  } catch (error) {
    throw inside(key, error);
  }
}

/** Puts what the types make of the object's properties, of those keys, into `copy`. */
type Reader = (
  object: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  copy: Record<string, unknown>,
) => object;

// Goes through the keys that are given, few as a rule, and not through all that may be.
function readerOf(entries: Entries): Reader {
  const types = new Map<string, Type<unknown>>();
  const needed: [string, Type<unknown>][] = [];
  for (const [key, entry] of Object.entries(entries)) {
    if ("parse" in entry) needed.push([key, entry]);
    types.set(key, "parse" in entry ? entry : entry.optional);
  }
  return (object, keys, copy) => {
    let at = "";
    try {
      for (at of keys) {
        const type = types.get(at);
        if (type === undefined) throw unknownKey(at, [...types.keys()]);
        const value = object[at];
        if (value !== undefined) copy[at] = type.parse(value);
      }
      for (const [key, type] of needed) {
        at = key;
        if (copy[key] === undefined) type.parse(undefined); // says what it should have been
      }
      return copy;
    } catch (error) {
      throw inside(at, error);
    }
  };
}

function unknownKey(key: string, known: readonly string[]): Refusal {
  if (isForbidden(key)) return refusal("is not allowed as a key");
  const meant = nearMiss(key, known);
  return refusal(
    meant === undefined
      ? `unknown option; known are ${known.join(", ")}`
      : `unknown option; did you mean ${meant}?`,
  );
}
