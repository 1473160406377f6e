import { CnmError } from "../errors.js";

/**
 * The reverses of the steps taken so far, run when the block ends without {@link Undo.commit}.
 *
 *     await using undo = new Undo();
 *     await step();
 *     undo.defer(() => reverseOfStep());
 *     ...
 *     undo.commit();
 */
export class Undo implements AsyncDisposable {
  #reverses: (() => void | Promise<void>)[] = [];
  #closed = false;

  /** Remembers the reverse of a step that has just been done. */
  defer(reverse: () => void | Promise<void>): void {
    // Nobody would run it any more: better an error than a step that stays.
    if (this.#closed) throw new CnmError("ERR_CNM_CLOSED", "undo: it has been run already");
    this.#reverses.push(reverse);
  }

  /** Everything worked: forgets the reverses. */
  commit(): void {
    this.#reverses = [];
  }

  /**
   * Runs the reverses one by one, newest first, each whether or not the one before it failed.
   * Throws one `AggregateError` with all failures, the newest step's first.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const reverses = this.#reverses;
    this.#reverses = [];
    const failures: unknown[] = [];
    for (const reverse of reverses.reverse()) {
      try {
        await reverse();
      } catch (error) {
        if (error instanceof AggregateError) failures.push(...(error.errors as unknown[]));
        else failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, summary(failures));
  }
}

function summary(failures: readonly unknown[]): string {
  const [first] = failures;
  const text = first instanceof Error ? `: ${first.message}` : "";
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : "";
  return `undo failed${text}${more}`;
}
