import * as v from "valibot";
import {
  CnmError,
  cnmErrorCodes,
  invalidArgType,
  messageOf,
  quote,
  type CnmErrorCode,
} from "../errors.js";
import { nearMiss } from "./near-miss.js";

/**
 * The value as the schema has it: a copy, so that nothing the caller does to theirs later counts.
 * Plain objects and arrays are copied, anything else in them (an `AbortSignal`) is passed on.
 *
 * @param what The operation, first phrase of every message: `"createNetwork"`.
 * @param root Name of the argument; fields are then `root.subnets.0`. Leave it out for an options
 *   object, whose fields are named without it: `subnets.0.gateway`.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` for the wrong type.
 * @throws {CnmError} with the code that the schema asks for, else `ERR_CNM_INVALID_OPTION`.
 *   Both carry the dotted path in `context.field`.
 */
export function check<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what: string,
  root?: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, copyOf(value, what, root), settings);
  if (result.success) return result.output;
  throw errorFor(result.issues[0], what, root);
}

/** Which code an issue of a schema is to have; `check()` reads it back. */
export function coded(code: CnmErrorCode, text: string): string {
  return `${code}: ${text}`;
}

const settings = { abortEarly: true } as const;

// ---- Copying: everything that may run the caller's code (getters, proxies) happens here, once.

const deepest = 16;
const most = 100_000;
// Object.prototype is reached through the first two and valibot leaves out all three in silence.
const forbiddenKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

interface Copying {
  readonly trail: (string | number)[];
  left: number;
}

function copyOf(value: unknown, what: string, root: string | undefined): unknown {
  if (typeof value !== "object" || value === null) return value;
  const copying: Copying = { trail: [], left: most };
  try {
    return deepCopy(value, copying);
  } catch (error) {
    throw optionError(what, fieldOf(root, copying.trail), unreadable(error), error);
  }
}

function unreadable(error: unknown): string {
  return error instanceof Refusal ? error.message : `cannot be read: ${messageOf(error)}`;
}

/** What the copying itself objects to, as against what the caller's getters throw. */
class Refusal extends Error {}

function deepCopy(value: unknown, copying: Copying): unknown {
  if (typeof value !== "object" || value === null) return value;
  const list = Array.isArray(value);
  if (!list && !isPlain(value)) return value;
  if (copying.trail.length >= deepest) throw new Refusal("is nested too deeply, or within itself");
  return list ? copyList(value, copying) : copyObject(value as Record<string, unknown>, copying);
}

function copyList(list: readonly unknown[], copying: Copying): unknown[] {
  const { length } = list;
  spend(copying, length);
  const copy: unknown[] = [];
  for (let index = 0; index < length; index++) {
    copying.trail.push(index);
    copy.push(deepCopy(list[index], copying));
    copying.trail.pop();
  }
  return copy;
}

function copyObject(object: Record<string, unknown>, copying: Copying): object {
  const keys = Object.keys(object); // own ones only: what is inherited was not given to us
  spend(copying, keys.length);
  const copy = Object.create(null) as Record<string, unknown>;
  for (const key of keys) {
    copying.trail.push(key);
    if (forbiddenKeys.has(key)) throw new Refusal("is not allowed as a key");
    copy[key] = deepCopy(object[key], copying);
    copying.trail.pop();
  }
  return copy;
}

function spend(copying: Copying, values: number): void {
  copying.left -= values;
  if (copying.left < 0) throw new Refusal(`has too many values (more than ${most})`);
}

/** Object literals of any realm, and objects without a prototype. Arrays and class instances are not. */
export function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && isPlain(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype ||
    prototype === null ||
    Object.getPrototypeOf(prototype) === null
  );
}

// ---- Issues: valibot's, in our words.

type Issue = v.BaseIssue<unknown>;

function errorFor(issue: Issue, what: string, root: string | undefined): Error {
  const { cause, trail } = innermost(issue, keysOf(issue));
  const field = fieldOf(root, trail);
  const asked = askedCode(cause.message);
  if (asked !== undefined) {
    return new CnmError(asked.code, `${what}: ${field}: ${asked.text}`, { field });
  }
  if (cause.kind !== "schema") return optionError(what, field, `${ruleOf(cause)}${notThis(cause)}`);
  const types = expectedTypes(cause.expected ?? "");
  if (types.values.length > 0 && typeof cause.input === "string") {
    const meant = nearMiss(cause.input, types.values);
    const text = `must be one of ${types.values.map(quote).join(", ")}${notThis(cause)}`;
    return optionError(what, field, meant === undefined ? text : `${text}; did you mean ${meant}?`);
  }
  if (Number.isNaN(cause.input) && types.text === "number") {
    return optionError(what, field, "must be a number, not NaN");
  }
  const expected =
    types.text === "object" && typeof cause.input === "object" && cause.input !== null
      ? "a plain object"
      : types.text;
  return invalidArgType(field, expected, cause.input, what);
}

/**
 * Of a union, the member that came closest: the one that failed deepest, or on more than the type.
 * Without any, the union itself, which then names all its types.
 */
function innermost(issue: Issue, trail: Trail): { cause: Issue; trail: Trail } {
  let best: { cause: Issue; trail: Trail } = { cause: issue, trail };
  for (const member of issue.issues ?? []) {
    const found = innermost(member, [...trail, ...keysOf(member)]);
    if (found.trail.length > best.trail.length) best = found;
    else if (best.cause === issue && member.kind !== "schema") best = found;
  }
  return best;
}

type Trail = readonly (string | number)[];

function keysOf(issue: Issue): Trail {
  return issue.path?.map(({ key }) => (typeof key === "number" ? key : String(key))) ?? [];
}

function fieldOf(root: string | undefined, trail: Trail): string {
  const inside = trail.map(segment).join(".");
  if (root === undefined) return inside === "" ? "options" : inside;
  return inside === "" ? root : `${root}.${inside}`;
}

function segment(key: string | number): string {
  return typeof key === "number" || /^[\w$-]{1,64}$/.test(key) ? String(key) : quote(key);
}

const codes: ReadonlySet<string> = new Set(cnmErrorCodes);

function isCode(text: string): text is CnmErrorCode {
  return codes.has(text);
}

function askedCode(message: string): { code: CnmErrorCode; text: string } | undefined {
  const colon = message.startsWith("ERR_CNM_") ? message.indexOf(": ") : -1;
  const code = message.slice(0, Math.max(colon, 0));
  return isCode(code) ? { code, text: message.slice(colon + 2) } : undefined;
}

function ruleOf({ expected, message }: Issue): string {
  if (!message.startsWith("Invalid ")) return message; // the schema's own words
  return expected === null ? "is not valid" : `must be ${expected}`;
}

function notThis({ input }: Issue): string {
  if (typeof input === "string") return `, not ${quote(input)}`;
  return typeof input === "number" || typeof input === "boolean" ? `, not ${String(input)}` : "";
}

/** `(string | Object)` becomes `string or object`; `("a" | "b")` becomes string, with the values. */
function expectedTypes(expected: string): { text: string; values: readonly string[] } {
  const words = expected.replace(/^\(|\)$/g, "").split(" | ");
  const values = words.filter((word) => word.startsWith('"')).map((word) => word.slice(1, -1));
  const types = words.map((word) => {
    if (word.startsWith('"')) return "string";
    return word === "Object" ? "object" : word;
  });
  return { text: [...new Set(types)].join(" or "), values };
}

function optionError(what: string, field: string, text: string, cause?: unknown): CnmError {
  return new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `${what}: ${field}: ${text}`,
    { field },
    cause === undefined || cause instanceof Refusal ? undefined : { cause },
  );
}
