import { invalidArgType } from "../errors.js";
import { kinds, type Json, type Kind } from "./contract.js";

/** A value as every store keeps it. @throws {TypeError} for what is no JSON. */
export function textOf(value: Json): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw invalidArgType("value", "a JSON value", value);
  return text;
}

/** What `make` gives for each kind. */
export function byKind<T>(make: (kind: Kind) => T): Record<Kind, T> {
  return Object.fromEntries(kinds.map((kind) => [kind, make(kind)])) as Record<Kind, T>;
}
