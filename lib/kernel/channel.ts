import { CnmError, type NativeError } from "../errors.js";
import {
  addon,
  nativeError,
  runJob,
  type Decoded,
  type Handle,
  type JobResults,
  type Message,
  type PlainError,
  type Step,
} from "../native.js";
import { folded, type Picked } from "./rows.js";

interface Waiting {
  readonly message: Message;
  readonly resolve: (replies: readonly Decoded[]) => void;
  readonly reject: (error: NativeError) => void;
}

// A job of 500 takes a worker about 1 ms.
const mostOfJob = 500;

type Answer = readonly Decoded[] | { readonly error: PlainError };

/** What lives no longer than the channel that it was made on: a monitor. */
interface Dependant {
  end(): void;
}

/**
 * The way to one namespace. Requests that are made in one tick go out together, in one hop to a
 * worker and as few `sendmsg` as fit; everything keeps the order in which it was asked.
 * @internal
 */
export class Channel {
  readonly handle: Handle;
  #name: () => string;
  #closed: string | undefined = "not open yet";
  #waiting: Waiting[] = [];
  #dependants: Set<Dependant> | undefined; // most have none

  constructor(name: string) {
    this.handle = new (addon().Handle)();
    this.#name = () => name;
  }

  /** For messages; worked out when one is written. */
  get name(): string {
    return this.#name();
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  opened(name: () => string): void {
    this.#name = name;
    this.#closed = undefined;
  }

  close(reason: string): void {
    this.#flush();
    this.#closed = reason;
    for (const dependant of [...(this.#dependants ?? [])]) dependant.end();
  }

  /** Ends with the channel. */
  attach(dependant: Dependant): void {
    (this.#dependants ??= new Set()).add(dependant);
  }

  detach(dependant: Dependant): void {
    this.#dependants?.delete(dependant);
  }

  /** @throws {CnmError} `ERR_CNM_CLOSED`. */
  assertOpen(operation: string): void {
    if (this.#closed === undefined) return;
    throw new CnmError(
      "ERR_CNM_CLOSED",
      `${operation}: the namespace ${this.name} is ${this.#closed}`,
      { namespace: this.name },
    );
  }

  /** Pipelined: goes out with all that is requested in this tick. */
  request(message: Message): Promise<readonly Decoded[]> {
    const promise = new Promise<readonly Decoded[]>((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject });
    });
    if (this.#waiting.length === 1) queueMicrotask(() => this.#flush());
    return promise;
  }

  /**
   * Messages of one protocol, one an entry, in order and each with an answer of its own: in jobs of
   * so many that the next is written while a worker has the last.
   *
   * @returns What was refused, by its position.
   */
  async requestMany<T>(
    entries: readonly T[],
    message: (entry: T) => Message,
  ): Promise<ReadonlyMap<number, NativeError>> {
    this.#flush();
    const jobs: Promise<JobResults>[] = [];
    for (let at = 0; at < entries.length; at += mostOfJob) {
      const step = folded(entries.slice(at, at + mostOfJob).map(message));
      jobs.push(runJob([this.handle], [step], { independent: true }));
    }
    const refused = new Map<number, NativeError>();
    const results = await Promise.all(jobs);
    for (const [job, result] of results.entries()) {
      if (!result.failed) continue;
      for (const [at, answer] of (result.at(0) as readonly Answer[]).entries()) {
        if ("error" in answer) refused.set(job * mostOfJob + at, nativeError(answer.error));
      }
    }
    return refused;
  }

  /** A job of its own, after what was requested before. `others` are handles 1, 2, ... */
  async run(steps: readonly Step[], others: readonly Channel[] = []): Promise<JobResults> {
    this.#flush();
    for (const other of others) other.#flush();
    return runJob([this.handle, ...others.map(({ handle }) => handle)], steps);
  }

  /**
   * @param signal Looked at before anything is sent; later it ends the waiting, not the dump.
   * @param without Top-level attributes that are left out.
   */
  async dump(
    message: Message,
    signal?: AbortSignal,
    without: readonly string[] = [],
  ): Promise<readonly Decoded[]> {
    signal?.throwIfAborted();
    const asked = this.run([{ do: "dump", in: 0, message, without }]);
    const results = await (signal === undefined ? asked : unlessAborted(asked, signal));
    return results.at(0) as readonly Decoded[];
  }

  /**
   * Of each message of the dump a few values alone: of long tables, a third of the time.
   *
   * @param pick Fields of the header and top-level attributes; null in the row of a message that
   *   has none.
   */
  async dumpRows(
    message: Message,
    pick: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly Picked[]> {
    signal?.throwIfAborted();
    const asked = this.run([{ do: "dump", in: 0, message, pick }]);
    const results = await (signal === undefined ? asked : unlessAborted(asked, signal));
    return (results.at(0) as readonly (Picked | null)[]).filter((row) => row !== null);
  }

  /** What waits for the end of the tick goes out now. */
  #flush(): void {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    const steps = stepsOf(batch.map(({ message }) => message));
    runJob([this.handle], steps, { independent: true }).then(
      (results) => {
        const answers = steps.flatMap((_, step) => results.at(step) as readonly Answer[]);
        answers.forEach((answer, at) => {
          if ("error" in answer) batch[at]?.reject(nativeError(answer.error));
          else batch[at]?.resolve(answer);
        });
      },
      (error: unknown) => {
        for (const { reject } of batch) reject(error as NativeError);
      },
    );
  }

  /** For a job that names this channel: what was asked before goes out before it. */
  flush(): void {
    this.#flush();
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", stop, { once: true });
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", stop);
    });
  });
}

interface RequestStep {
  readonly do: "request";
  readonly in: 0;
  readonly messages: Message[];
}

// In order, and one step for each run of messages of one protocol: each has a socket of its own.
function stepsOf(messages: readonly Message[]): readonly RequestStep[] {
  const steps: RequestStep[] = [];
  let last: string | undefined;
  for (const message of messages) {
    const protocol = protocolOf(message.type);
    if (protocol !== last) steps.push({ do: "request", in: 0, messages: [] });
    steps.at(-1)?.messages.push(message);
    last = protocol;
  }
  return steps;
}

type Protocol = "route" | "netfilter" | "generic";

// By how the kernel names its messages.
function protocolOf(type: string): Protocol {
  if (type.startsWith("RTM_")) return "route";
  return /^(?:NFT_MSG|IPCTNL_MSG)_/.test(type) ? "netfilter" : "generic";
}
