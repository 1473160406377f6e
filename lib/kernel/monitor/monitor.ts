import { nativeError, newFeed, type Feed, type PlainError, type Step } from "../../native.js";
import type { Channel } from "../channel.js";
import { kernelFailure } from "../failure.js";
import type { MonitorEvent } from "./kinds.js";
import { dumpSteps, gather } from "./look.js";
import { Memory, type Told } from "./memory.js";
import type { CheckedOptions } from "./options.js";

type Entry = Told | { readonly overrun: true } | { readonly error: PlainError };

/**
 * What happens in a namespace: an `AsyncIterable`, to be gone through once. It listens from when it
 * is made; what nobody iterates over stays in the kernel, until its queue overruns, which is an event.
 * While `next()` waits, the process stays alive, as with a timer. It ends by `close()`, by leaving
 * the loop, by its signal, or when the namespace is closed or deleted here.
 */
export class Monitor<E = MonitorEvent> implements AsyncIterableIterator<E>, AsyncDisposable {
  readonly #channel: Channel;
  readonly #feed: Feed;
  readonly #memories: readonly Memory[];
  readonly #byType: ReadonlyMap<string, readonly Memory[]>;
  readonly #options: CheckedOptions;
  readonly #ready: Promise<void>;
  #events: E[] = [];
  #at = 0; // the first of #events that was not given out
  #reading = false;
  #looking = 0; // resync() that are under way
  #held: Entry[] = []; // came in meanwhile: told after what they find
  #wake: () => void = () => undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #ended = false;
  #failure: { readonly reason: unknown } | undefined;

  /** @internal */
  constructor(channel: Channel, options: CheckedOptions) {
    channel.assertOpen("monitor");
    options.signal?.throwIfAborted();
    this.#channel = channel;
    this.#options = options;
    this.#memories = options.kinds.map((kind) => new Memory(kind));
    this.#byType = memoriesByType(this.#memories);
    this.#feed = openFeed();
    channel.attach(this);
    options.signal?.addEventListener("abort", this.#onAbort);
    this.#ready = this.#start();
    this.#ready.catch((reason: unknown) => {
      this.#fail(reason);
    });
  }

  /**
   * Resolves when it listens: what happens from then on becomes an event.
   *
   * @throws {KernelError} EPERM: some groups want CAP_NET_ADMIN.
   */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /**
   * Looks at what is there now. What differs from what was seen becomes events, `"new"`, `"changed"`
   * or `"deleted"`, before all that comes later. For after an `"overrun"`. What was under way
   * meanwhile may be told twice; the last word is right. Of the monitored namespace only.
   */
  async resync(): Promise<void> {
    await this.#ready;
    this.#channel.assertOpen("resync");
    this.#looking += 1;
    try {
      const results = await this.#channel.run(dumpSteps(this.#memories));
      this.#push(await this.#compare((at) => results.at(at)));
    } catch (error) {
      throw kernelFailure("resync", error, { namespace: this.#channel.name });
    } finally {
      this.#looking -= 1;
      if (this.#looking === 0) this.#take(this.#held.splice(0));
      this.#wake();
    }
  }

  /** The next event. Calls that overlap are answered one after another. */
  next(): Promise<IteratorResult<E, undefined>> {
    const turn = this.#turn.then(() => this.#next());
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** What `break` calls. */
  async return(): Promise<IteratorResult<E, undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  /** Ends it, and the iteration. Twice is no error. */
  async close(): Promise<void> {
    this.end();
    await this.#ready.catch(() => undefined); // told by `ready` and by next()
  }

  /** @internal The namespace is gone. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events = [];
    this.#at = 0;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#channel.detach(this);
    this.#feed.close();
    this.#wake();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #onAbort = () => {
    this.#fail(this.#options.signal?.reason);
  };

  #fail(reason: unknown): void {
    if (!this.#ended) this.#failure = { reason };
    this.end();
  }

  async #start(): Promise<void> {
    const groups = new Set(this.#memories.flatMap(({ kind }) => kind.groups));
    const { allNamespaces, queueBytes, existing } = this.#options;
    const subscribe: Step = {
      do: "subscribe",
      in: 0,
      feed: this.#feed.id,
      groups: [...groups],
      all: allNamespaces,
      queue: queueBytes,
    };
    try {
      // In one job: what happens between the steps is in the queue already.
      const results = await this.#channel.run([subscribe, ...dumpSteps(this.#memories)]);
      const there = await this.#compare((at) => results.at(at + 1));
      if (existing === true) this.#push(there);
    } catch (error) {
      throw kernelFailure("monitor", error, { namespace: this.#channel.name });
    }
  }

  async #compare(result: (at: number) => unknown): Promise<readonly E[]> {
    if (this.#ended) return [];
    const dumped = await gather(this.#channel, this.#memories, result);
    return this.#memories.flatMap((memory, at) => memory.compare(dumped[at] ?? []) as readonly E[]);
  }

  async #next(): Promise<IteratorResult<E, undefined>> {
    await this.#ready.catch(() => undefined); // #failure has it
    for (;;) {
      const event = this.#shift();
      if (event !== undefined) return { done: false, value: event };
      if (this.#ended) return this.#last();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#read();
      });
    }
  }

  #last(): IteratorReturnResult<undefined> {
    const failure = this.#failure;
    this.#failure = undefined; // is told once
    if (failure !== undefined) throw failure.reason;
    return { done: true, value: undefined };
  }

  #shift(): E | undefined {
    const event = this.#events[this.#at];
    this.#at += 1;
    if (this.#at >= this.#events.length) {
      this.#events = [];
      this.#at = 0;
    }
    return event;
  }

  #push(events: readonly E[]): void {
    if (this.#ended || events.length === 0) return;
    this.#events = [...this.#events.slice(this.#at), ...events];
    this.#at = 0;
    this.#wake();
  }

  /** One batch at a time is under way, and only when somebody waits. */
  #read(): void {
    if (this.#reading || this.#looking > 0) return;
    this.#reading = true;
    const read = async () => {
      const text = await this.#feed.next();
      this.#reading = false;
      if (text !== "") this.#take(JSON.parse(text) as readonly Entry[]);
      this.#wake();
    };
    read().catch((error: unknown) => {
      this.#fail(error);
    });
  }

  #take(entries: readonly Entry[]): void {
    if (this.#looking > 0) {
      this.#held.push(...entries);
      return;
    }
    const events: (E | MonitorEvent)[] = [];
    for (const entry of entries) {
      if ("error" in entry) {
        const failure = nativeError(entry.error);
        this.#push(events as E[]);
        this.#fail(kernelFailure("monitor", failure, { namespace: this.#channel.name }));
        return;
      }
      if ("overrun" in entry) {
        for (const memory of this.#memories) memory.lost();
        events.push({ kind: "overrun" });
        continue;
      }
      for (const memory of this.#byType.get(entry.message.type) ?? []) {
        for (const event of memory.hear(entry)) events.push(event as E);
      }
    }
    this.#push(events as E[]);
  }
}

// Neighbours and forwarding databases come in messages of one type. What is asked for last hears
// first: elements of nftables are told before the end of their set, or of their transaction.
function memoriesByType(memories: readonly Memory[]): ReadonlyMap<string, readonly Memory[]> {
  const types = new Set(memories.flatMap(({ kind }) => Object.keys(kind.messages)));
  return new Map(
    [...types].map((type) => [
      type,
      memories.filter(({ kind }) => type in kind.messages).reverse(),
    ]),
  );
}

function openFeed(): Feed {
  try {
    return newFeed();
  } catch (error) {
    throw kernelFailure("monitor", error, {});
  }
}
