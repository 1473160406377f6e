import * as v from "valibot";
import { CnmError } from "../errors.js";
import { formatCidr, parseCidr } from "../net/cidr.js";
import { formatIp, parseIp } from "../net/ip.js";
import { formatMac, isUnicast, parseMac } from "../net/mac.js";
import { coded, isPlainObject } from "./check.js";
import { nearMiss } from "./near-miss.js";

// Make each schema once, as a constant beside its class: making one costs more than using it.
// The return types are inferred from valibot's; nothing of them may appear in what is exported
// to users.

/** Name of a network, endpoint or sandbox: part of paths, altnames and DNS names. */
export function name() {
  return v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      const fault = dataset.typed ? nameFault(dataset.value) : undefined;
      if (fault !== undefined) addIssue({ message: coded("ERR_CNM_INVALID_NAME", fault) });
    }),
  );
}

/** Name of a network interface. Source: dev_valid_name() in net/core/dev.c. */
export function ifname() {
  return v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      const fault = dataset.typed ? ifnameFault(dataset.value) : undefined;
      if (fault !== undefined) addIssue({ message: coded("ERR_CNM_INVALID_NAME", fault) });
    }),
  );
}

/** A subnet, `"10.0.0.0/16"`; comes out in canonical form. */
export function cidr() {
  return v.pipe(
    v.string(),
    parsed((text) => formatCidr(parseCidr(text))),
  );
}

/** An address without a prefix length, `"10.0.0.2"`; comes out in canonical form. */
export function address() {
  return v.pipe(
    v.string(),
    parsed((text) => formatIp(parseIp(text))),
  );
}

/** A MAC address that an interface may have; comes out in lower case. */
export function mac() {
  return v.pipe(v.string(), parsed(canonicalMac));
}

/** A whole number within these bounds, both included. */
export function integer(min: number, max: number) {
  return v.pipe(
    v.number(),
    v.check(
      (value) => Number.isSafeInteger(value) && value >= min && value <= max,
      `must be a whole number from ${min} to ${max}`,
    ),
  );
}

/** Text to text, for `labels`. */
export function labels(): v.RecordSchema<
  v.StringSchema<undefined>,
  v.StringSchema<undefined>,
  undefined
> {
  const inner = v.record(v.string(), v.string());
  return {
    ...inner,
    "~run"(dataset, config) {
      if (isPlainObject(dataset.value)) return inner["~run"](dataset, config);
      v._addIssue(this, "type", dataset, config); // valibot's own takes arrays and maps
      return failed(dataset);
    },
  };
}

/** The caller's `AbortSignal`, the very same object. */
export function signal() {
  return v.pipe(
    v.instance(AbortSignal),
    v.check(isRealSignal, "is not a real AbortSignal (a proxy or an imitation)"),
  );
}

/**
 * An options object: plain, with no keys but these. An unknown one is refused and, where one of
 * these is close, that is named. Goes wherever `v.strictObject()` goes, `v.variant()` included.
 */
export function options<const E extends v.ObjectEntries>(
  entries: E,
): v.StrictObjectSchema<E, undefined> {
  const inner = v.strictObject(entries);
  const known = Object.keys(entries);
  const required = known.filter((key) => !isOptional(entries[key]));
  return {
    ...inner,
    "~run"(dataset, config) {
      const input = dataset.value;
      if (!isPlainObject(input)) {
        v._addIssue(this, "type", dataset, config);
        return failed(dataset);
      }
      const fault = unknownKey(input, entries) ?? missingKey(input, required);
      if (fault === undefined) return inner["~run"](dataset, config);
      v._addIssue(this, "key", dataset, config, {
        input: undefined,
        expected: fault.unknown ? "never" : (entries[fault.key]?.expects ?? "never"),
        ...(fault.unknown && { message: unknownMessage(fault.key, known) }),
        path: [
          { type: "object", origin: "key", input: { ...input }, key: fault.key, value: undefined },
        ],
      });
      return failed(dataset);
    },
  };
}

// valibot writes the issue into the dataset, which the type of `_addIssue` does not tell.
function failed<I extends v.BaseIssue<unknown>>(dataset: v.UnknownDataset): v.FailureDataset<I> {
  return dataset as unknown as v.FailureDataset<I>;
}

interface KeyFault {
  readonly key: string;
  readonly unknown: boolean;
}

function unknownKey(input: object, entries: v.ObjectEntries): KeyFault | undefined {
  for (const key of Object.keys(input)) {
    if (!Object.hasOwn(entries, key)) return { key, unknown: true };
  }
  return undefined;
}

function missingKey(input: object, required: readonly string[]): KeyFault | undefined {
  const key = required.find((wanted) => !Object.hasOwn(input, wanted));
  return key === undefined ? undefined : { key, unknown: false };
}

function unknownMessage(key: string, known: readonly string[]): string {
  const meant = nearMiss(key, known);
  const advice =
    meant === undefined ? `; known are ${known.join(", ")}` : `; did you mean ${meant}?`;
  return coded("ERR_CNM_INVALID_OPTION", `unknown option${advice}`);
}

function isOptional(schema: { readonly type: string } | undefined): boolean {
  return schema !== undefined && /^(?:exact_optional|optional|nullish)$/.test(schema.type);
}

function parsed(read: (text: string) => string): v.RawTransformAction<string, string> {
  return v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
    try {
      return read(dataset.value);
    } catch (error) {
      if (!(error instanceof CnmError)) throw error;
      addIssue({ message: coded(error.code, error.message) });
      return NEVER;
    }
  });
}

const longestName = 63; // a DNS label (RFC 1035), so that every name can be looked up

function nameFault(text: string): string | undefined {
  if (text === "") return "must not be empty";
  if (text.length > longestName) return `must have at most ${longestName} characters`;
  if (/^[a-zA-Z0-9][\w.-]*$/.test(text)) return undefined;
  return "must be letters, digits, '_', '.' and '-', and begin with a letter or a digit";
}

const longestIfname = 15; // IFNAMSIZ, without the zero

function ifnameFault(text: string): string | undefined {
  if (text === "") return "must not be empty";
  if (text.length > longestIfname || Buffer.byteLength(text) > longestIfname) {
    return `must have at most ${longestIfname} bytes (IFNAMSIZ)`;
  }
  if (text === "." || text === "..") return `must not be "${text}"`;
  // '%' makes the kernel fill in a number. It takes the bytes one by one, and 0xa0 for a space.
  if (/[\0-\x20\x7f/:%]/.test(text) || Buffer.from(text).includes(0xa0)) {
    return "must not contain spaces, control characters, '/', ':' or '%'";
  }
  return Buffer.from(text).toString() === text ? undefined : "must be well-formed text";
}

function canonicalMac(text: string): string {
  const parsedMac = parseMac(text);
  if (isUnicast(parsedMac)) return formatMac(parsedMac);
  throw new CnmError(
    "ERR_CNM_INVALID_ADDRESS",
    `"${text}" is a group address or all zeros; an interface needs a unicast address`,
  );
}

const aborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted");

/** `instanceof` believes proxies, on which every later use would throw. */
function isRealSignal(value: AbortSignal): boolean {
  try {
    return typeof aborted?.get?.call(value) === "boolean";
  } catch {
    return false; // ERR_INVALID_THIS
  }
}
