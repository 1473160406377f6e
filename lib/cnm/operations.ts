import { AsyncLocalStorage } from "node:async_hooks";
import { tracingChannel } from "node:diagnostics_channel";
import { CnmError, cnmErrorCodes } from "../errors.js";
import { Histogram, type HistogramCounts } from "./histogram.js";

/** What is counted and traced, one by one. `repair` is what `Controller.open` does too. */
export const operationNames = [
  "adoptSandbox",
  "attach",
  "attachMany",
  "check",
  "createEndpoint",
  "createNetwork",
  "createSandbox",
  "createWarmPool",
  "deleteEndpoint",
  "deleteNetwork",
  "deleteSandbox",
  "detachMany",
  "join",
  "leave",
  "prune",
  "removeLeftovers",
  "repair",
  "take",
] as const;

export type OperationName = (typeof operationNames)[number];

/** What an operation is about: the name as soon as it is known to be one, the id as soon as there is one. */
export interface TracedObject {
  readonly object: "endpoint" | "network" | "sandbox";
  readonly id: string;
  readonly name: string;
}

/**
 * What an operation waited for. `lock`: other operations on the same sandbox; `ipam`, `store`,
 * `driver`: an answer of theirs; `namespace`: one was made or opened; `host`: its routes or links
 * were read.
 */
export interface OperationStep {
  readonly step: "driver" | "host" | "ipam" | "lock" | "namespace" | "store";
  /** Microseconds from the operation's beginning. Steps may overlap. */
  readonly beganUs: number;
  /** There when it has ended. */
  tookUs?: number;
}

/**
 * What subscribers of the tracing channel `vethwork:cnm:operation` are given, one an operation: see
 * docs/tracing.md. Do not change it.
 */
export interface OperationTrace {
  readonly operation: OperationName;
  readonly controller: { readonly id: string; readonly instance: string };
  /** Grows while the operation is under way. */
  readonly objects: readonly TracedObject[];
  /** In the order in which they began; grows too. */
  readonly steps: readonly OperationStep[];
  /** The operation that this one is a part of: `leave` of `deleteSandbox`. */
  readonly parent: OperationTrace | undefined;
  /** There when it has ended. */
  tookUs?: number;
}

/** Of one operation's name, since the controller was opened. */
export interface OperationCounts {
  /** Of those that have ended, well or not. */
  readonly count: number;
  readonly running: number;
  /** Of those that rejected, by `code`; `"aborted"` by a signal, `"other"` with no code of ours. */
  readonly failures: Readonly<Record<string, number>>;
  /** How long those took that have ended, well or not. */
  readonly latency: HistogramCounts;
}

interface Tracing {
  readonly trace: OperationTrace & { objects: TracedObject[]; steps: OperationStep[] };
  readonly began: number;
}

const channel = tracingChannel<unknown, OperationTrace>("vethwork:cnm:operation");

/**
 * Counts what a controller's public operations do, and tells who traces them. While nobody does, an
 * operation costs two looks at the clock, and a step one look at a property. @internal
 */
export class Operations {
  readonly #controller: OperationTrace["controller"];
  readonly #tallies = Object.fromEntries(
    operationNames.map((name) => [name, new Tally()]),
  ) as Record<OperationName, Tally>;
  readonly #current = new AsyncLocalStorage<Tracing>();
  #traced = 0; // under way
  #follows = false; // AsyncLocalStorage costs something from its first use until disable()

  constructor(controller: OperationTrace["controller"]) {
    this.#controller = controller;
  }

  /** Begins at once; what it throws goes through as it is. */
  async run<T>(operation: OperationName, work: () => Promise<T>): Promise<T> {
    const tally = this.#tallies[operation];
    const began = performance.now();
    tally.running += 1;
    try {
      return await (channel.hasSubscribers ? this.#trace(operation, work) : this.#plainly(work));
    } catch (error) {
      tally.failed(error);
      throw error;
    } finally {
      tally.running -= 1;
      tally.latency.add((performance.now() - began) * 1000);
    }
  }

  /** Part of an operation, or of none. */
  step<T>(step: OperationStep["step"], work: () => Promise<T>): Promise<T> {
    const end = this.begin(step);
    return end === undefined ? work() : work().finally(end);
  }

  /** A step that ends when the returned function is called; undefined where nobody traces. */
  begin(step: OperationStep["step"]): (() => void) | undefined {
    const tracing = this.#follows ? this.#current.getStore() : undefined;
    if (tracing === undefined) return undefined;
    const from = performance.now();
    const entry: OperationStep = { step, beganUs: microseconds(tracing.began, from) };
    tracing.trace.steps.push(entry);
    return () => {
      entry.tookUs ??= microseconds(from, performance.now());
    };
  }

  /** What the operation under way is about, which is called where anybody traces it. */
  about(objects: () => readonly TracedObject[]): void {
    const tracing = this.#follows ? this.#current.getStore() : undefined;
    if (tracing === undefined) return;
    const known = tracing.trace.objects;
    for (const one of objects()) if (!known.some(({ id }) => id === one.id)) known.push(one);
  }

  counts(): Readonly<Record<OperationName, OperationCounts>> {
    const entries = operationNames.map((name) => [name, this.#tallies[name].counts()]);
    return Object.fromEntries(entries) as Record<OperationName, OperationCounts>;
  }

  #plainly<T>(work: () => Promise<T>): Promise<T> {
    if (this.#follows && this.#traced === 0) {
      this.#current.disable(); // who traced has gone
      this.#follows = false;
    }
    return work();
  }

  async #trace<T>(operation: OperationName, work: () => Promise<T>): Promise<T> {
    const parent = this.#current.getStore()?.trace;
    const trace: Tracing["trace"] = {
      ...{ operation, controller: this.#controller, objects: [], steps: [], parent },
    };
    const began = performance.now();
    const timed = async (): Promise<T> => {
      try {
        return await work();
      } finally {
        trace.tookUs = microseconds(began, performance.now());
      }
    };
    this.#follows = true;
    this.#traced += 1;
    try {
      return await this.#current.run({ trace, began }, () => channel.tracePromise(timed, trace));
    } finally {
      this.#traced -= 1;
    }
  }
}

/** @internal */
export function traced(
  object: TracedObject["object"],
  { id, name }: { readonly id: string; readonly name: string },
): TracedObject {
  return { object, id, name };
}

class Tally {
  running = 0;
  readonly latency = new Histogram();
  readonly #failures = new Map<string, number>();

  failed(error: unknown): void {
    const code = codeOf(error);
    this.#failures.set(code, (this.#failures.get(code) ?? 0) + 1);
  }

  counts(): OperationCounts {
    const latency = this.latency.counts();
    const failures = Object.fromEntries([...this.#failures].sort());
    return { count: this.latency.count, running: this.running, failures, latency };
  }
}

const codes: ReadonlySet<unknown> = new Set([...cnmErrorCodes, "ERR_INVALID_ARG_TYPE"]);

// A closed set: a driver of the embedder's may throw anything, and each code is a series to who
// collects them. Of several errors the first counts.
function codeOf(error: unknown): string {
  try {
    if (error instanceof CnmError) return error.code;
    if (!(error instanceof Error)) return "other";
    const { code } = error as NodeJS.ErrnoException;
    if (codes.has(code)) return String(code);
    if (error instanceof AggregateError) return codeOf(error.errors[0]);
    return error.name === "AbortError" || error.name === "TimeoutError" ? "aborted" : "other";
  } catch {
    return "other"; // a reason for an abort that throws when it is looked at
  }
}

function microseconds(fromMs: number, toMs: number): number {
  return Math.round((toMs - fromMs) * 1000);
}
