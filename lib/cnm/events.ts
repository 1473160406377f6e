import { check, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { signal } from "../util/schemas.js";
import type { Family } from "../net/ip.js";
import type { Finding } from "./finding.js";

interface Named {
  readonly id: string;
  readonly name: string;
}

/** A network was made, changed or deleted. */
export interface NetworkEvent {
  readonly kind: "network";
  readonly change: "created" | "updated" | "deleted";
  readonly network: Named;
}

/** An endpoint was made or deleted, or came to or left a sandbox. */
export interface EndpointEvent {
  readonly kind: "endpoint";
  readonly change: "created" | "joined" | "left" | "deleted";
  readonly endpoint: Named;
  readonly network: Named;
  /** Of `"joined"` and `"left"`. */
  readonly sandbox?: Named;
}

/** The default route of a sandbox has moved: one with a higher priority has joined, or one has left. */
export interface GatewayEvent {
  readonly kind: "gateway";
  readonly family: Family;
  /** The address of the gateway that it leads to now. */
  readonly gateway: string;
  readonly sandbox: Named;
  /** The endpoint that it went through before, and the one that it goes through now. */
  readonly from: Named;
  readonly to: Named;
}

/** A sandbox was made or deleted; `"gone"`: its namespace is no more, and nobody had deleted it. */
export interface SandboxEvent {
  readonly kind: "sandbox";
  readonly change: "created" | "deleted" | "gone";
  readonly sandbox: Named;
}

/** Kernel and store do not agree: see {@link Controller.check}. */
export interface DriftEvent {
  readonly kind: "drift";
  readonly finding: Finding;
}

/** Drift was mended, or could not be: see {@link Controller.repair}. */
export interface RepairEvent {
  readonly kind: "repair";
  readonly finding: Finding;
  readonly error: Error | undefined;
}

/** Whoever listens was too slow: events have been lost after those that came before this one. */
export interface LostEvent {
  readonly kind: "overrun";
}

/** What {@link Controller.watch} yields; `kind` tells them apart. */
export type CnmEvent =
  DriftEvent | EndpointEvent | GatewayEvent | LostEvent | NetworkEvent | RepairEvent | SandboxEvent;

export interface WatchOptions {
  /** Ends it: who waits for an event is told its reason. */
  readonly signal?: AbortSignal;
}

const watchOptions: Type<WatchOptions> = options({ signal: optional(signal()) });

const mostQueued = 10_000;

/** Tells everybody who listens. Costs nothing while nobody does. @internal */
export class Events {
  readonly #watches = new Set<Watch>();
  #closed = false;

  /** `make` is called once, where anybody listens. */
  tell(make: () => CnmEvent): void {
    if (this.#watches.size === 0) return;
    const event = make();
    for (const watch of this.#watches) watch.push(event);
  }

  watch(given: WatchOptions): Watch {
    const { signal } = check(watchOptions, given, "watch");
    signal?.throwIfAborted();
    const watch = new Watch(signal, () => this.#watches.delete(watch));
    if (this.#closed) watch.close();
    else this.#watches.add(watch);
    return watch;
  }

  close(): void {
    this.#closed = true;
    for (const watch of this.#watches) watch.close();
  }
}

/** Events from when it was made on. Leaving the loop ends it, and so does the controller's end. */
export class Watch implements AsyncIterableIterator<CnmEvent>, Disposable {
  readonly #queue: CnmEvent[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #forget: () => void;
  #waiting: (() => void)[] = [];
  #lost = false;
  #closed = false;
  readonly #wake = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  };

  /** @internal */
  constructor(signal: AbortSignal | undefined, forget: () => void) {
    this.#signal = signal;
    this.#forget = forget;
    signal?.addEventListener("abort", this.#wake, { once: true });
  }

  /** @internal */
  push(event: CnmEvent): void {
    if (this.#queue.length < mostQueued) this.#queue.push(event);
    else this.#lost = true;
    this.#wake();
  }

  async next(): Promise<IteratorResult<CnmEvent, undefined>> {
    for (;;) {
      if (this.#signal?.aborted === true) {
        this.close();
        throw this.#signal.reason as Error;
      }
      const value = this.#queue.shift() ?? this.#overrun();
      if (value !== undefined) return { done: false, value };
      if (this.#closed) return { done: true, value: undefined };
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #overrun(): LostEvent | undefined {
    if (!this.#lost) return undefined;
    this.#lost = false;
    return { kind: "overrun" };
  }

  /** What has come already is still given. */
  close(): void {
    this.#closed = true;
    this.#forget();
    this.#signal?.removeEventListener("abort", this.#wake);
    this.#wake();
  }

  return(): Promise<IteratorResult<CnmEvent, undefined>> {
    this.#queue.length = 0;
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
