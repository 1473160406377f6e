import { CnmError, type Context } from "#lib/errors.js";
import { check, isPlainObject } from "#lib/util/check.js";
import { optional, options } from "#lib/util/options.js";
import {
  address,
  boolean,
  choice,
  cidr,
  integer,
  labels,
  list,
  nullable,
  oneOf,
  signal,
} from "#lib/util/schemas.js";

const subnetText = cidr();
const subnetOptions = options({
  subnet: cidr(),
  gateway: optional(nullable(address())),
});
const subnet = choice("string or object", (value) => {
  if (typeof value === "string") return subnetText;
  return isPlainObject(value) ? subnetOptions : undefined;
});
/** Something like the options of createNetwork, with every kind of type in it. */
export const network = options({
  driver: oneOf("bridge", "null"),
  subnets: optional(list(subnet)),
  mtu: optional(integer(68, 65535)),
  internal: optional(boolean()),
  labels: optional(labels()),
  signal: optional(signal()),
});

/** What `check` throws for these options, in short. */
export function refusal(value: unknown): { code: unknown; field: unknown; message: string } {
  try {
    check(network, value, "createNetwork");
  } catch (error) {
    if (!(error instanceof CnmError || error instanceof TypeError)) throw error;
    const { code, context } = error as unknown as { code: unknown; context: Context };
    return { code, field: context["field"], message: error.message };
  }
  throw new Error("it was accepted");
}

/** The code of what it throws, `undefined` when it throws nothing. */
export function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : "no code";
  }
  return undefined;
}
