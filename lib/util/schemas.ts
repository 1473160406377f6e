import { CnmError, quote, type CnmErrorCode } from "../errors.js";
import { formatCidr, parseCidr, parseInterface } from "../net/cidr.js";
import { ipProtocols, namedIpProtocol, type IpProtocol } from "../net/ip-protocol.js";
import { formatIp, parseIp } from "../net/ip.js";
import { isUnicast, parseMac } from "../net/mac.js";
import {
  copyList,
  copyOf,
  copyRecord,
  inside,
  isPlainObject,
  noneOf,
  refusal,
  unfit,
  wrongType,
  type Infer,
  type Type,
} from "./check.js";

// The types that check() takes, options() aside. See docs/adr/0010-options-are-checked-by-our-own-types.md.

// ---- Single values

const anyString: Type<string> = {
  parse(value) {
    if (typeof value === "string") return value;
    throw wrongType("string", value);
  },
};

export function string(): Type<string> {
  return anyString;
}

export function boolean(): Type<boolean> {
  return {
    parse(value) {
      if (typeof value === "boolean") return value;
      throw wrongType("boolean", value);
    },
  };
}

/** A whole number within these bounds, both included. */
export function integer(min: number, max: number): Type<number> {
  return {
    parse(value) {
      if (typeof value !== "number") throw wrongType("number", value);
      if (value >= min && value <= max && Number.isSafeInteger(value)) return value;
      if (Number.isNaN(value)) throw refusal("must be a number, not NaN");
      throw unfit(`must be a whole number from ${min} to ${max}`, value);
    },
  };
}

/** A number within these bounds, both included; fractions too. */
export function decimal(min: number, max: number): Type<number> {
  return {
    parse(value) {
      if (typeof value !== "number") throw wrongType("number", value);
      if (value >= min && value <= max) return value;
      if (Number.isNaN(value)) throw refusal("must be a number, not NaN");
      throw unfit(`must be from ${min} to ${max}`, value);
    },
  };
}

/** One of these words. */
export function oneOf<const W extends string>(...words: readonly W[]): Type<W> {
  return {
    parse(value) {
      const word = words.find((one) => one === value);
      if (word !== undefined) return word;
      throw noneOf(words, value);
    },
  };
}

/** Anything; plain objects and lists are copied. */
export function anything(): Type<unknown> {
  return { parse: (value) => copyOf(value) };
}

/** An instance of the class, the very same object. */
export function instance<T>(maker: abstract new (...args: never[]) => T): Type<T> {
  return custom((value): value is T => value instanceof maker, maker.name);
}

/** What passes the test, the very same object; `expected` names it as {@link wrongType} takes it. */
export function custom<T>(test: (value: unknown) => value is T, expected: string): Type<T> {
  return {
    parse(value) {
      if (test(value)) return value;
      throw wrongType(expected, value);
    },
  };
}

/** The caller's `AbortSignal`, the very same object. */
export function signal(): Type<AbortSignal> {
  return checked(instance(AbortSignal), (value) =>
    isRealSignal(value) ? undefined : "is not a real AbortSignal (a proxy or an imitation)",
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

// ---- Text with a meaning

/** Name of a network, endpoint or sandbox: part of paths, altnames and DNS names. */
export function name(): Type<string> {
  return checked(anyString, nameFault, "ERR_CNM_INVALID_NAME");
}

const longestName = 63; // a DNS label (RFC 1035), so that every name can be looked up

function nameFault(text: string): string | undefined {
  if (text === "") return "must not be empty";
  if (text.length > longestName) return `must have at most ${longestName} characters`;
  if (/^localhost$/i.test(text)) return "must not be localhost, which every host is to itself";
  if (/^[\d.]*\.[\d.]*$/.test(text)) return "must not look like an IP address";
  if (/^[a-zA-Z0-9][\w.-]*$/.test(text)) return undefined;
  return "must be letters, digits, '_', '.' and '-', and begin with a letter or a digit";
}

/** A name with or without dots, as DNS has them; "." is the root. Source: RFC 1035, section 2.3.4. */
export function domain(): Type<string> {
  return checked(anyString, (text) => {
    if (text.length > longestDomain) return `must have at most ${longestDomain} characters`;
    const labels = text.replace(/\.$/, "").split(".");
    return text === "." || labels.every((label) => /^\w(?:[\w-]{0,61}\w)?$/.test(label))
      ? undefined
      : "must be a domain name, such as example.org";
  });
}

const longestDomain = 253;

/** Text without blanks. */
export function word(): Type<string> {
  return checked(anyString, (text) =>
    /^\S+$/.test(text) ? undefined : "must be one word, without blanks",
  );
}

/** Name of a network interface. Source: dev_valid_name() in net/core/dev.c. */
export function ifname(): Type<string> {
  return checked(anyString, ifnameFault, "ERR_CNM_INVALID_NAME");
}

const longestIfname = 15; // IFNAMSIZ, without the zero

/** What interfaces' names begin with, to which a number is added. */
export function ifnamePrefix(): Type<string> {
  return checked(
    anyString,
    (text) =>
      text.length > longestPrefix
        ? `must have at most ${longestPrefix} characters: a number follows`
        : ifnameFault(`${text}0`),
    "ERR_CNM_INVALID_NAME",
  );
}

const longestPrefix = 12;

function ifnameFault(text: string): string | undefined {
  if (text === "all" || text === "default") return `must not be "${text}": sysctls have that name`;
  if (/^\w[\w.-]{0,14}$/.test(text)) return undefined; // nearly all are: the rest takes long
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

/** A path from the root, as the kernel takes it. */
export function absolutePath(): Type<string> {
  return checked(anyString, (text) =>
    text.startsWith("/") && !text.includes("\0") ? undefined : "must be an absolute path",
  );
}

/** A subnet, `"10.0.0.0/16"`; comes out in canonical form. */
export function cidr(): Type<string> {
  return parsed((text) => {
    const parsedCidr = parseCidr(text);
    return parsedCidr.family === "inet" ? text : formatCidr(parsedCidr);
  });
}

/** An address without a prefix length, `"10.0.0.2"`; comes out in canonical form. */
export function address(): Type<string> {
  return parsed((text) => {
    const ip = parseIp(text);
    return ip.family === "inet" ? text : formatIp(ip); // IPv4 has one form only
  });
}

/** An address with or without a prefix length, `"10.0.0.2/24"`; comes out in canonical form. */
export function interfaceAddress(): Type<string> {
  return parsed((text) => {
    if (!text.includes("/")) return formatIp(parseIp(text));
    const { ip, prefix } = parseInterface(text);
    return `${formatIp(ip)}/${prefix}`;
  });
}

/** An IP protocol by name or number; comes out as its name where it has one. */
export function ipProtocol(): Type<IpProtocol> {
  return anyIpProtocol;
}

/** A MAC address that an interface may have; comes out in lower case. */
export function mac(): Type<string> {
  return parsed((text) => {
    if (isUnicast(parseMac(text))) return text.toLowerCase();
    throw refusal(
      `${quote(text)} is a group address or all zeros; an interface needs a unicast address`,
      "ERR_CNM_INVALID_ADDRESS",
    );
  });
}

/** Text that `read` makes something of; what it throws as {@link CnmError} keeps its code. */
export function parsed<T>(read: (text: string) => T): Type<T> {
  return {
    parse(value) {
      if (typeof value !== "string") throw wrongType("string", value);
      try {
        return read(value);
      } catch (error) {
        throw error instanceof CnmError ? refusal(error.message, error.code) : error;
      }
    },
  };
}

// ---- Types made of types

/**
 * What a type lets through and a rule too: `fault` says in words what is wrong, or nothing.
 *
 * @param code Of the error. Without it, `ERR_CNM_INVALID_OPTION`, and the message has the value.
 */
export function checked<T>(
  type: Type<T>,
  fault: (value: T) => string | undefined,
  code?: CnmErrorCode,
): Type<T> {
  return {
    parse(value) {
      const good = type.parse(value);
      const text = fault(good);
      if (text === undefined) return good;
      throw code === undefined ? unfit(text, good) : refusal(text, code);
    },
  };
}

export function nullable<T>(type: Type<T>): Type<T | null> {
  return { parse: (value) => (value === null ? null : type.parse(value)) };
}

/**
 * One of several types, by what the value looks like; `choose` gives none where it is none of them.
 *
 * @param expected All of them, as {@link wrongType} takes it: `"string or number"`.
 */
export function choice<S extends Type<unknown>>(
  expected: string,
  choose: (value: unknown) => S | undefined,
): Type<Infer<S>>;
export function choice(
  expected: string,
  choose: (value: unknown) => Type<unknown> | undefined,
): Type<unknown> {
  return {
    parse(value) {
      const type = choose(value);
      if (type !== undefined) return type.parse(value);
      throw wrongType(expected, value);
    },
  };
}

export function list<T>(type: Type<T>): Type<T[]> {
  return {
    parse(value) {
      if (Array.isArray(value)) return copyList(value, type.parse);
      throw wrongType("Array", value);
    },
  };
}

/** A plain object with any keys. */
export function record<T>(type: Type<T>, key: Type<string> = anyString): Type<Record<string, T>> {
  return {
    parse(value) {
      if (!isPlainObject(value)) throw wrongType("object", value);
      for (const one of Object.keys(value)) parseKey(key, one);
      return copyRecord(value, type.parse);
    },
  };
}

function parseKey(type: Type<string>, key: string): void {
  try {
    type.parse(key);
  } catch (error) {
    throw inside(key, error);
  }
}

/** Text to text, for `labels`. */
export function labels(): Type<Record<string, string>> {
  return record(anyString);
}

const ipProtocolName = oneOf(...ipProtocols);
const ipProtocolNumbers = integer(0, 255);
const namedOrNumbered = choice("string or number", (value) => {
  if (typeof value === "string") return ipProtocolName;
  return typeof value === "number" ? ipProtocolNumbers : undefined;
});
const anyIpProtocol: Type<IpProtocol> = {
  parse: (value) => namedIpProtocol(namedOrNumbered.parse(value)),
};
