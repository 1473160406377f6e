import { check } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import { boolean, integer } from "../../util/schemas.js";
import { Statement } from "./compiler.js";
import type { Definition } from "./definition.js";
import type { Expression, Expressions } from "./expression.js";
import { assertKey, type AnyKey } from "./keys.js";

/** Of an element that a packet adds. */
export interface DynamicOptions {
  readonly timeoutMs?: number;
  /** The element counts its packets. */
  readonly counter?: boolean;
}

const schema = options({
  timeoutMs: optional(integer(1, Number.MAX_SAFE_INTEGER)),
  counter: optional(boolean()),
});

/** @internal */
export function dynamicUpdate(
  op: Expressions["dynset"]["op"],
  { name, keys, data, interval }: Definition,
  key: AnyKey,
  value: AnyKey | undefined,
  given: DynamicOptions,
): Statement {
  const { timeoutMs, counter } = check(schema, given, `${op} @${name}`);
  assertKey(key, keys, `${op} @${name}`);
  if (value !== undefined) {
    assertKey(value, typeof data === "object" ? data : [], `${op} @${name}`);
  }
  return new Statement((compiler) => {
    key.need(compiler);
    value?.need(compiler);
    const words = key.load(compiler, 0, interval);
    // The value begins where a register of 16 bytes does.
    const at = Math.ceil(words / 4) * 4;
    value?.load(compiler, at, false);
    const count: Expression = { kind: "counter" };
    compiler.emit({
      kind: "dynset",
      op,
      set_name: name,
      sreg_key: compiler.register(0),
      ...(value && { sreg_data: compiler.register(at) }),
      ...(timeoutMs !== undefined && { timeout: timeoutMs }),
      ...(counter === true && { flags: ["expr"], expr: count }),
    });
  });
}
