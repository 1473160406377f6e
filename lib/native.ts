import { tracingChannel } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CnmError, messageOf, type NativeError } from "./errors.js";

// The only file that loads the addon, and the only one that knows its types: a test compares them
// with what the addon exports.

/** Stands for one namespace in the addon; names nothing until a job creates or opens it. */
export interface Handle {
  /** A descriptor of it while it is open, else -1. */
  readonly fd: number;
}

/**
 * What the steps "subscribe" and "hold" of a job give sockets to: one monitor reads it, or it keeps
 * one name. Collected, or when the worker of JavaScript ends, it is closed.
 */
export interface Feed {
  readonly id: number;
  /** JSON, see native/ns/monitors.h: what has come in, as soon as something has; "" when closed. */
  next(): Promise<string>;
  /** Its sockets are closed when a `next()` that waits is answered. */
  close(): void;
}

/** What the addon exports. Text in and out is JSON; see native/ns/job.h and native/codec/codec.h. */
export interface Addon {
  readonly Feed: new () => Feed;
  readonly Handle: new () => Handle;
  /** `withNext`: resolves with the next job of these namespaces, if one is there when it ends. */
  run(handles: readonly Handle[], job: string, withNext: boolean): Promise<string>;
  pipe(): [read: number, write: number];
  flock(fd: number): void;
  encode(message: string): Uint8Array;
  /** `like`: any message type of the protocol and family that the bytes are of; else rtnetlink. */
  decode(bytes: Uint8Array, like?: string): string;
  locate(message: Uint8Array, offset: number, like?: string): string;
}

/** A number that an earlier answer of the same job holds: of step and message, counted from 0. */
export interface Reference {
  readonly of: readonly [step: number, message: number];
  readonly field: string;
}

export type Plain =
  | string
  | number
  | boolean
  | Reference
  | NamespaceReference
  | RowReference
  | readonly Plain[]
  | { readonly [key: string]: Plain | undefined };

/** The position of a namespace among the job's handles. */
export interface NamespaceReference {
  readonly namespace: number;
}

/** In a message, what stands at this position of each of its rows. */
export interface RowReference {
  readonly row: number;
}

/** What one of many messages has where the first says {@link RowReference}; null leaves it out. */
export type Row = readonly (Plain | null)[];

export type MessageFlag =
  "ack" | "echo" | "dump" | "create" | "excl" | "replace" | "append" | "bulk";

/** One netlink message, its fields named as the tables in native/codec name them. */
export interface Message {
  readonly type: string;
  readonly flags?: readonly MessageFlag[];
  readonly header?: Readonly<Record<string, Plain | undefined>>;
  readonly attributes?: Readonly<Record<string, Plain | undefined>>;
}

/** A message that the kernel sent. */
export interface Decoded {
  readonly type: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export type Step =
  | { readonly do: "create"; readonly in: number; readonly path?: string }
  | { readonly do: "open"; readonly in: number; readonly path: string }
  | { readonly do: "open"; readonly in: number; readonly fd: number }
  | { readonly do: "request"; readonly in: number; readonly messages: readonly Message[] }
  | {
      readonly do: "rows";
      readonly in: number;
      readonly message: Message;
      readonly rows: readonly Row[];
    }
  | {
      readonly do: "transaction";
      readonly in: number;
      readonly messages: readonly Message[];
      readonly generation?: number | undefined;
    }
  | {
      readonly do: "dump";
      readonly in: number;
      readonly message: Message;
      readonly pick?: readonly string[];
      /** Top-level attributes that nobody will look at. */
      readonly without?: readonly string[];
    }
  | { readonly do: "remove"; readonly in: number; readonly message: Message }
  | { readonly do: "sysctl"; readonly in: number; readonly path: string; readonly value?: string }
  | {
      readonly do: "socket";
      readonly in: number;
      readonly type: "udp" | "tcp";
      readonly address: string;
      readonly port: number;
    }
  | {
      readonly do: "tun";
      readonly in: number;
      readonly type: "tun" | "tap";
      readonly name?: string | undefined;
      readonly index?: number | undefined;
      readonly packetInformation?: boolean | undefined;
      readonly vnetHeader?: boolean | undefined;
      readonly multiQueue?: boolean | undefined;
      readonly blocking?: boolean | undefined;
      readonly owner?: number | undefined;
      readonly ownerGroup?: number | undefined;
      /** Show the link, which is new and stays; without them, a descriptor is handed out. */
      readonly messages?: readonly Message[];
    }
  | {
      readonly do: "hold";
      readonly in: number;
      readonly feed: number;
      /** 1 to 107 bytes. */
      readonly name: string;
    }
  | {
      readonly do: "subscribe";
      readonly in: number;
      readonly feed: number;
      /** The kernel's names: `"RTNLGRP_LINK"`. */
      readonly groups: readonly string[];
      /** Of all namespaces that have an id in this one. */
      readonly all?: boolean | undefined;
      /** Bytes of the kernel's queue. */
      readonly queue?: number | undefined;
    }
  | { readonly do: "close"; readonly in: number }
  | { readonly do: "delete"; readonly in: number; readonly path?: string };

/** What the steps of a job have answered. Parsed when first looked at: an attach is often not. */
export class JobResults {
  readonly #text: string;
  #parsed: readonly unknown[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether an independent message was refused; answers are not looked at for it. */
  get failed(): boolean {
    return this.#text.includes('{"error"');
  }

  /** Of the step with this number. */
  at(step: number): unknown {
    this.#parsed ??= (JSON.parse(this.#text) as { results: readonly unknown[] }).results;
    return this.#parsed[step];
  }
}

/**
 * What subscribers of the tracing channel `vethwork:netlink:request` are given, one a hop to the
 * kernel: see docs/netlink/tracing.md.
 */
export interface RequestTrace {
  /** What was asked. Requests made in one tick are messages of one step. */
  readonly steps: readonly Step[];
  /** There when it has ended. */
  timing?: RequestTiming;
}

/** Where the time went, in microseconds. */
export interface RequestTiming {
  /** Behind other jobs, and for a worker. */
  readonly waitedUs: number;
  /** Of each step that was begun: the kernel's time, and that of encoding and decoding. */
  readonly stepsUs: readonly number[];
}

const requests = tracingChannel<unknown, RequestTrace>("vethwork:netlink:request");

/** How the steps are run. */
export interface JobOptions {
  /** An error of one message is that message's answer, and the rest goes on. */
  readonly independent?: boolean;
  /** Answered together with the next job of these namespaces, if one is there when it ends. */
  readonly withNext?: boolean;
}

/**
 * Runs the steps in one hop to a native worker.
 *
 * @throws {NativeError} of the first step that failed; `step` and `message_index` say which.
 */
export function runJob(
  handles: readonly Handle[],
  steps: readonly Step[],
  { independent = false, withNext = false }: JobOptions = {},
): Promise<JobResults> {
  if (!requests.hasSubscribers) return hop(handles, { steps, independent }, withNext);
  const trace: RequestTrace = { steps };
  return requests.tracePromise(
    () => hop(handles, { steps, independent, timed: true }, withNext, trace),
    trace,
  );
}

interface JobText {
  readonly steps: readonly Step[];
  readonly independent: boolean;
  readonly timed?: true;
}

async function hop(
  handles: readonly Handle[],
  job: JobText,
  withNext: boolean,
  trace?: RequestTrace,
): Promise<JobResults> {
  const text = await addon().run(handles, JSON.stringify(job), withNext);
  if (trace !== undefined) trace.timing = (JSON.parse(text) as { timing: RequestTiming }).timing;
  if (text.startsWith('{"error"')) {
    const { error, made } = JSON.parse(text) as { error: PlainError; made: readonly MadeLink[] };
    throw Object.assign(nativeError(error), { made });
  }
  return new JobResults(text);
}

/** A link that a job has made before it failed: of which step and message, and its index. */
export type MadeLink = readonly [step: number, message: number, index: number];

/** An error as the addon writes it. */
export interface PlainError {
  readonly code: string;
  readonly errno: number;
  readonly meaning: string;
  readonly syscall: string;
  readonly detail?: string;
  readonly extack?: string;
  readonly attribute?: string;
  readonly holder?: number;
  readonly step?: number;
  readonly message?: number;
}

/** The one place where the addon's errors become JavaScript's. */
export function nativeError(plain: PlainError): NativeError {
  const { code, errno, meaning, syscall, detail, extack, attribute, holder, step, message } = plain;
  const about = detail === undefined ? "" : `, ${detail}`;
  const sentence = extack === undefined ? "" : ` (${extack})`;
  return Object.assign(new Error(`${code}: ${meaning}, ${syscall}${about}${sentence}`), {
    code,
    errno,
    syscall,
    ...(detail !== undefined && { detail }),
    ...(extack !== undefined && { extack }),
    ...(attribute !== undefined && { attribute }),
    ...(holder !== undefined && { holder }),
    ...(step !== undefined && { step }),
    ...(message !== undefined && { message_index: message }),
  });
}

// node-gyp-build finds build/Release of a checkout, else the prebuild for this CPU and libc.
const require = createRequire(import.meta.url);
const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)));
let loaded: Addon | undefined;

/** @throws {CnmError} `ERR_CNM_UNSUPPORTED` where there is no addon for this machine. */
export function addon(): Addon {
  loaded ??= load();
  return loaded;
}

/**
 * A pipe of which a program that is started sees nothing but what its stdio names.
 *
 * @throws {NativeError} `EMFILE` and the like.
 */
export function newPipe(): [read: number, write: number] {
  return asNative(() => addon().pipe());
}

/**
 * Locks the whole file for this descriptor alone, without waiting.
 *
 * @throws {NativeError} `EAGAIN` where another descriptor, of whichever process, has it.
 */
export function flock(fd: number): void {
  asNative(() => {
    addon().flock(fd);
  });
}

/** @throws {NativeError} `EMFILE` and the like: it wants a thread. */
export function newFeed(): Feed {
  return asNative(() => new (addon().Feed)());
}

function asNative<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof CnmError) throw error;
    throw nativeError(JSON.parse(messageOf(error)) as PlainError);
  }
}

/** The program that `sandbox.spawn` starts: it lies beside the addon. */
export function helperPath(): string {
  addon(); // says what is missing where there is none
  return join(dirname(gypBuild().path(packageRoot)), "vethwork-helper");
}

interface GypBuild {
  (root: string): Addon;
  path(root: string): string;
}

function gypBuild(): GypBuild {
  return require("node-gyp-build") as GypBuild;
}

function load(): Addon {
  if (process.platform !== "linux") {
    throw new CnmError(
      "ERR_CNM_UNSUPPORTED",
      `vethwork: needs Linux network namespaces, and this is ${process.platform}; use a Linux machine or a Linux virtual machine`,
    );
  }
  try {
    return gypBuild()(packageRoot);
  } catch (error) {
    throw new CnmError(
      "ERR_CNM_UNSUPPORTED",
      `vethwork: no addon for linux-${process.arch} with this libc: ${messageOf(error)}; build it with \`npx node-gyp rebuild\` in ${packageRoot} (needs a C++20 compiler, make and python3)`,
      {},
      { cause: error },
    );
  }
}
