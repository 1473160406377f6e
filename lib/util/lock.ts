import { FifoSet } from "./fifo-set.js";

/**
 * Lets one piece of work run at a time, in the order of asking. Not re-entrant: work that runs the
 * same lock again and awaits it waits for itself.
 */
export class Lock {
  readonly #waiting = new FifoSet<() => void>();
  #held = false;

  /** Whether somebody is at work. */
  get held(): boolean {
    return this.#held;
  }

  /**
   * Runs `work` when all work asked for before has ended, at once when there is none.
   *
   * @param signal Ends the wait at once, with `signal.reason`. Work that has begun is not told.
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#held) await this.#turn(signal);
    else this.#held = true;
    try {
      signal?.throwIfAborted(); // it may have come between the hand-over and now
      return await work();
    } finally {
      this.#handOver();
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const start = (): void => {
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      const stop = (): void => {
        this.#waiting.delete(start);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason
        reject(signal?.reason);
      };
      this.#waiting.add(start);
      signal?.addEventListener("abort", stop, { once: true });
    });
  }

  // The lock stays held in between, so that nobody who asks later gets ahead.
  #handOver(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#held = false;
    else next();
  }
}
