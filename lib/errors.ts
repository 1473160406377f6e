import { getSystemErrorMap, inspect } from "node:util";
import { errnoAdvice } from "./errno-advice.js";

/** Every `code` of a {@link CnmError}; docs/errors.md says of each what it means and what to do. */
export const cnmErrorCodes = [
  "ERR_CNM_ADDRESS_OUT_OF_POOL",
  "ERR_CNM_ADDRESS_TAKEN",
  "ERR_CNM_AMBIGUOUS",
  "ERR_CNM_CLOSED",
  "ERR_CNM_CONFLICT",
  "ERR_CNM_INVALID_ADDRESS",
  "ERR_CNM_INVALID_NAME",
  "ERR_CNM_INVALID_OPTION",
  "ERR_CNM_IN_USE",
  "ERR_CNM_KERNEL",
  "ERR_CNM_NAME_TAKEN",
  "ERR_CNM_NETWORK_FULL",
  "ERR_CNM_NOT_FOUND",
  "ERR_CNM_POOL_EXHAUSTED",
  "ERR_CNM_STORE",
  "ERR_CNM_SUBNET_OVERLAP",
  "ERR_CNM_UNSUPPORTED",
] as const;

/** The closed set of codes; match on these, never on a message. */
export type CnmErrorCode = (typeof cnmErrorCodes)[number];

/** Ids and names around an error. `field` is the dotted path of the option that is wrong. */
export type Context = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** What the addon throws: the errno of one system call or netlink message. */
export interface NativeError extends Error {
  /** The errno's name: `"EEXIST"`. */
  code: string;
  /** Negative, as in `NodeJS.ErrnoException`: -17 is EEXIST. */
  errno: number;
  /** The system call or netlink message: `"setns"`, `"RTM_NEWLINK"`. */
  syscall: string;
  /** What the call was about, such as a path. */
  detail?: string;
  /** The kernel's own sentence. Source: NLMSGERR_ATTR_MSG. */
  extack?: string;
  /** Dotted name of the attribute at fault. Source: NLMSGERR_ATTR_OFFS. */
  attribute?: string;
  /** Who has what was asked for, by process id; 0 is one of a pid namespace that is not seen. */
  holder?: number;
  /** Which step of a job failed, from 0. */
  step?: number;
  /** Which message of a batch failed, from 0. */
  message_index?: number;
  /** The links that a job has made before it failed: step, message, index. */
  made?: readonly (readonly [step: number, message: number, index: number])[];
}

/** The library refused or failed. `code` says which way, `context` names what it was about. */
export class CnmError extends Error {
  static {
    this.prototype.name = "CnmError";
  }
  readonly code: CnmErrorCode;
  readonly context: Context;

  constructor(
    code: CnmErrorCode,
    message: string,
    context: Context = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.code = code;
    this.context = context;
  }
}

/** The kernel refused a request. `cause` is the addon's own error, untouched. */
export class KernelError extends CnmError {
  static {
    this.prototype.name = "KernelError";
  }
  /** Negative, as in `NodeJS.ErrnoException`: -17 is EEXIST. */
  readonly errno: number;
  /** `"EEXIST"`. */
  readonly errnoName: string;
  /** The system call or netlink message: `"setns"`, `"RTM_NEWLINK"`. */
  readonly syscall: string;
  /** The kernel's own sentence, where it gave one. */
  readonly extack: string | undefined;
  /** Dotted name of the attribute that the kernel objects to: `"linkinfo.kind"`. */
  readonly attribute: string | undefined;

  constructor(operation: string, cause: NativeError, context: Context = {}) {
    super("ERR_CNM_KERNEL", `${operation}: ${kernelMessage(cause)}`, context, { cause });
    this.errno = cause.errno;
    this.errnoName = cause.code;
    this.syscall = cause.syscall;
    this.extack = cause.extack;
    this.attribute = cause.attribute;
  }
}

/**
 * A `TypeError` with code `ERR_INVALID_ARG_TYPE` in Node's wording; `context.field` is `field`.
 *
 * @param expected A type (`"string"`), a class (`"AbortSignal"`), several (`"string or Array"`), or
 *   any other words that follow "must be".
 * @param operation Goes before the message, when given.
 */
export function invalidArgType(
  field: string,
  expected: string,
  value: unknown,
  operation?: string,
): TypeError {
  const noun = field.includes(".") ? "property" : "argument";
  const text = `The "${field}" ${noun} must be ${expectation(expected)}. Received ${received(value)}`;
  const error = new TypeError(operation === undefined ? text : `${operation}: ${text}`);
  return Object.assign(error, { code: "ERR_INVALID_ARG_TYPE", context: { field } });
}

/**
 * The error with `operation: ` before its message; call it once a level, where the error passes.
 * A {@link CnmError} is copied with its class, code, context, cause and stack; any other error
 * (`TypeError`, `AbortError`, `AggregateError`) comes back as it is.
 *
 * @param context Ids and names that the error does not know itself.
 */
export function phrase<E>(operation: string, error: E, context: Context = {}): E {
  if (!(error instanceof CnmError)) return error;
  return copyOf(error, `${operation}: ${error.message}`, { ...context, ...error.context });
}

/** The error without the phrase that {@link phrase} has put before it; any other as it is. */
export function unphrase<E>(operation: string, error: E): E {
  if (!(error instanceof CnmError) || !error.message.startsWith(`${operation}: `)) return error;
  return copyOf(error, error.message.slice(operation.length + 2), error.context);
}

/**
 * The error as seen from the object that holds `field`: `gateway: …` becomes `subnets.0.gateway: …`,
 * in the message and in `context.field`. Errors other than {@link CnmError} come back as they are.
 *
 * @param whole The inner field that `field` itself stands for: it is left out.
 */
export function within<E>(field: string, error: E, whole?: string): E {
  if (!(error instanceof CnmError)) return error;
  const inner = error.context["field"];
  if (whole !== undefined && inner === whole) {
    const text = error.message.startsWith(`${inner}: `)
      ? error.message.slice(inner.length + 2)
      : error.message;
    return copyOf(error, `${field}: ${text}`, { ...error.context, field });
  }
  const nested = typeof inner === "string" && error.message.startsWith(`${inner}: `);
  return copyOf(error, nested ? `${field}.${error.message}` : `${field}: ${error.message}`, {
    ...error.context,
    field: typeof inner === "string" ? `${field}.${inner}` : field,
  });
}

/** Text from outside, in quotes and short enough for a message. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

/** The message of anything that was thrown, even of what throws when it is looked at. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return "an error that cannot be read"; // a revoked proxy, a hostile toString()
  }
}

// Goes by the prototype, not by the constructor: subclasses may want other arguments.
function copyOf<E extends CnmError>(error: E, message: string, context: Context): E {
  const base = new CnmError(
    error.code,
    message,
    context,
    "cause" in error ? { cause: error.cause } : undefined,
  );
  const copy = Object.assign(base, error, { context });
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object);
  // The first stack says where it happened; this one would say where it passed.
  if (error.stack !== undefined) copy.stack = error.stack.replace(error.message, () => message);
  return copy;
}

function kernelMessage(cause: NativeError): string {
  const extack = cause.extack === undefined ? "" : `: ${cause.extack.replace(/\.$/, "")}`;
  const attribute = cause.attribute === undefined ? "" : ` [attribute ${cause.attribute}]`;
  const about = cause.detail === undefined ? "" : ` ${cause.detail}`;
  const advice = errnoAdvice(cause.code, cause.syscall, cause.detail);
  return (
    `${cause.code}: ${errnoSentence(cause)} (${cause.syscall}${about})${extack}${attribute}` +
    (advice === undefined ? "" : `; ${advice}`)
  );
}

// The addon writes "EEXIST: File exists, RTM_NEWLINK …"; strerror's part is what is wanted here.
function errnoSentence({ code, errno, message, syscall }: NativeError): string {
  if (message.startsWith(`${code}: `)) {
    const rest = message.slice(code.length + 2);
    const end = rest.indexOf(`, ${syscall}`);
    return end < 0 ? rest : rest.slice(0, end);
  }
  return getSystemErrorMap().get(errno)?.[1] ?? message;
}

const primitives = /^(?:string|number|boolean|bigint|symbol|function|object)$/;
const classWord = /^[A-Z]\w*$/;

function expectation(expected: string): string {
  const words = expected.split(" or ");
  const types = words.filter((word) => primitives.test(word));
  const classes = words.filter((word) => classWord.test(word));
  if (types.length + classes.length !== words.length) return expected;
  return [
    ...(types.length > 0 ? [`of type ${types.join(" or ")}`] : []),
    ...(classes.length > 0 ? [`an instance of ${classes.join(" or ")}`] : []),
  ].join(" or ");
}

// Node's determineSpecificType(), made safe for what throws when it is looked at.
function received(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  try {
    if (typeof value === "function") return `function ${value.name.slice(0, 64)}`;
    if (typeof value === "object") {
      const maker: unknown = value.constructor;
      const className = typeof maker === "function" ? maker.name : "";
      return `an instance of ${className === "" ? "Object" : className.slice(0, 64)}`;
    }
  } catch {
    return "a value that cannot be read";
  }
  const head = typeof value === "string" ? value.slice(0, 29) : value;
  const text = inspect(head, { colors: false });
  return `type ${typeof value} (${text.length > 28 ? `${text.slice(0, 25)}...` : text})`;
}
