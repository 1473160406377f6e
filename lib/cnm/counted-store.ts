import type { Change, Json, Kind, Store } from "../store/contract.js";
import type { Operations } from "./operations.js";

/** What was asked of the store since the controller was opened. */
export interface StoreCounts {
  /** Calls, each of which is one transaction. */
  readonly writes: number;
  /** Values kept or forgotten by them. */
  readonly changes: number;
  readonly failures: number;
}

/** The store as the controller uses it: each write is counted, and a step of its operation. @internal */
export class CountedStore {
  readonly durable: boolean;
  readonly #store: Store;
  readonly #operations: Operations;
  #writes = 0;
  #changes = 0;
  #failures = 0;

  constructor(store: Store, operations: Operations) {
    this.durable = store.durable;
    this.#store = store;
    this.#operations = operations;
  }

  counts(): StoreCounts {
    return { writes: this.#writes, changes: this.#changes, failures: this.#failures };
  }

  write(changes: readonly Change[]): Promise<void> {
    this.#writes += 1;
    this.#changes += changes.length;
    return this.#operations.step("store", () => this.#written(changes));
  }

  async #written(changes: readonly Change[]): Promise<void> {
    try {
      await this.#store.write(changes);
    } catch (error) {
      this.#failures += 1;
      throw error;
    }
  }

  get(kind: Kind, id: string): Promise<Json | undefined> {
    return this.#store.get(kind, id);
  }

  list(kind: Kind): Promise<readonly Json[]> {
    return this.#store.list(kind);
  }
}
