import { CnmError, invalidArgType, messageOf, quote, type CnmErrorCode } from "../errors.js";
import { nearMiss } from "./near-miss.js";

/**
 * What a value of the caller's must be. Made once, as a constant beside the class that uses it, by
 * the functions of schemas.ts; {@link check} puts it to use.
 */
export interface Type<out T> {
  /**
   * The value as it goes on: plain objects and lists copied, addresses in canonical form, anything
   * else (an `AbortSignal`) the very same. Reads each of the caller's properties once.
   *
   * @throws {Refusal} and what the caller's own getters and proxies throw.
   */
  readonly parse: (value: unknown) => T;
}

/** What a type lets through. */
export type Infer<S> = S extends Type<infer T> ? T : never;

/**
 * The value as the type has it: a copy, so that nothing the caller does to theirs later counts.
 *
 * @param what The operation, first phrase of every message: `"create network"`.
 * @param root Name of the argument; fields are then `root.subnets.0`. Leave it out for an options
 *   object, whose fields are named without it: `subnets.0.gateway`.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` for the wrong type.
 * @throws {CnmError} with the code that the type asks for, else `ERR_CNM_INVALID_OPTION`.
 *   Both carry the dotted path in `context.field`.
 */
export function check<T>(type: Type<T>, value: unknown, what: string, root?: string): T {
  try {
    return type.parse(value);
  } catch (error) {
    const { trail, describe } = refusalOf(error);
    throw describe(what, fieldOf(root, trail));
  }
}

// ---- Refusing

/**
 * What a type throws. It learns where the value was on its way up, from {@link inside}: as long as
 * all is well, nobody keeps a path.
 */
export class Refusal extends Error {
  static {
    this.prototype.name = "Refusal";
  }
  readonly #trail: (string | number)[] = [];
  /** The error for the caller of the library. */
  readonly describe: (what: string, field: string) => Error;

  constructor(describe: (what: string, field: string) => Error) {
    super("refused");
    this.describe = describe;
  }

  /** The keys that lead to the value, outermost first. */
  get trail(): readonly (string | number)[] {
    return this.#trail;
  }

  /** The value's holder is itself the value of `key`. */
  under(key: string | number): this {
    this.#trail.unshift(key);
    return this;
  }

  /** As `instanceof`, which would run the caller's code where they threw a proxy. */
  static is(error: unknown): error is Refusal {
    return typeof error === "object" && error !== null && #trail in error;
  }
}

/** The value breaks a rule: `text` says which, as in `mtu: must be ...`. */
export function refusal(
  text: string,
  code: CnmErrorCode = "ERR_CNM_INVALID_OPTION",
  options?: { cause: unknown },
): Refusal {
  return new Refusal(
    (what, field) => new CnmError(code, `${what}: ${field}: ${text}`, { field }, options),
  );
}

/** The value breaks a rule, and is short and plain enough to be repeated in the message. */
export function unfit(text: string, value: unknown): Refusal {
  if (typeof value === "string") return refusal(`${text}, not ${quote(value)}`);
  const plain = typeof value === "number" || typeof value === "boolean";
  return refusal(plain ? `${text}, not ${String(value)}` : text);
}

/**
 * The value is something else altogether. One that cannot even be read (a revoked proxy, an object
 * within itself) is refused as that.
 *
 * @param expected As {@link invalidArgType} takes it; `"object"` stands for plain ones.
 */
export function wrongType(expected: string, value: unknown): Refusal {
  copyOf(value);
  const isObject = typeof value === "object" && value !== null;
  const words = expected === "object" && isObject ? "a plain object" : expected;
  return new Refusal((what, field) => invalidArgType(field, words, value, what));
}

/** The value is none of these words; where one of them is close, that is named. */
export function noneOf(words: readonly string[], value: unknown): Refusal {
  if (typeof value !== "string") return wrongType("string", value);
  const meant = nearMiss(value, words);
  const advice = meant === undefined ? "" : `; did you mean ${meant}?`;
  return refusal(`must be one of ${words.map(quote).join(", ")}, not ${quote(value)}${advice}`);
}

/** A key that nobody gives in good faith: it reaches a prototype. */
export function isForbidden(key: string): boolean {
  return key === "__proto__" || key === "constructor" || key === "prototype";
}

/** What `key` refused or threw, as its holder throws it on. */
export function inside(key: string | number, error: unknown): Refusal {
  return refusalOf(error).under(key);
}

// Types throw refusals; all else comes out of the caller's getters and proxies.
function refusalOf(error: unknown): Refusal {
  if (Refusal.is(error)) return error;
  return refusal(`cannot be read: ${messageOf(error)}`, undefined, { cause: error });
}

function fieldOf(root: string | undefined, trail: readonly (string | number)[]): string {
  const path = trail.map(segment).join(".");
  if (root === undefined) return path === "" ? "options" : path;
  return path === "" ? root : `${root}.${path}`;
}

function segment(key: string | number): string {
  return typeof key === "number" || /^[\w$-]{1,64}$/.test(key) ? String(key) : quote(key);
}

// ---- Copying

const deepest = 16;
const most = 100_000;

interface Budget {
  left: number;
}

/** Object literals of any realm, and objects without a prototype. Arrays and class instances are not. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype ||
    prototype === null ||
    Object.getPrototypeOf(prototype) === null
  );
}

/** Copies plain objects and lists as deep as they go, without asking what is in them. */
export function copyOf(value: unknown, budget: Budget = { left: most }, depth = 0): unknown {
  const isList = Array.isArray(value);
  if (!isList && !isPlainObject(value)) return value;
  if (depth === deepest) throw refusal("is nested too deeply, or within itself");
  const copyMember = (member: unknown) => copyOf(member, budget, depth + 1);
  return isList ? copyList(value, copyMember, budget) : copyRecord(value, copyMember, budget);
}

/** A list of what `parse` makes of each member. */
export function copyList<T>(
  list: readonly unknown[],
  parse: (value: unknown) => T,
  budget: Budget = { left: most },
): T[] {
  const { length } = list;
  spend(budget, length);
  const copy: T[] = [];
  let at = 0;
  try {
    for (; at < length; at++) copy.push(parse(list[at]));
  } catch (error) {
    throw inside(at, error);
  }
  return copy;
}

/** An object of what `parse` makes of each property: own ones, as what is inherited was not given. */
export function copyRecord<T>(
  object: Readonly<Record<string, unknown>>,
  parse: (value: unknown) => T,
  budget: Budget = { left: most },
): Record<string, T> {
  const keys = Object.keys(object);
  spend(budget, keys.length);
  const copy: Record<string, T> = {};
  for (const key of keys) {
    try {
      if (isForbidden(key)) throw refusal("is not allowed as a key");
      copy[key] = parse(object[key]);
    } catch (error) {
      throw inside(key, error);
    }
  }
  return copy;
}

function spend(budget: Budget, values: number): void {
  budget.left -= values;
  if (budget.left < 0) throw refusal(`has too many values (more than ${most})`);
}
