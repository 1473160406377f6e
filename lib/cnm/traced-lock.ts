import { Lock } from "../util/lock.js";
import type { Operations } from "./operations.js";

/** Waiting for others is a step of an operation, as what is done then. @internal */
export class TracedLock extends Lock {
  readonly #operations: Operations;

  constructor(operations: Operations) {
    super();
    this.#operations = operations;
  }

  override run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const waited = this.#operations.begin("lock");
    if (waited === undefined) return super.run(work, signal);
    return super
      .run(() => {
        waited();
        return work();
      }, signal)
      .finally(waited); // where the wait was aborted
  }
}
