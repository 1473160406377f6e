import { CnmError, invalidArgType } from "../errors.js";
import type { Json, Kind, Store } from "./contract.js";

/** A store that ends with the process. */
export function openMemoryStore(): Promise<Store> {
  return Promise.resolve(new MemoryStore());
}

// Keeps JSON text: a third of what structuredClone() costs, and exactly what a store on disk
// would give back.
class MemoryStore implements Store {
  readonly durable = false;
  readonly #texts: Record<Kind, Map<string, string>> = {
    network: new Map(),
    endpoint: new Map(),
    sandbox: new Map(),
  };
  #closed = false;

  put(kind: Kind, id: string, value: Json): Promise<void> {
    return this.#attempt(() => {
      const text = JSON.stringify(value) as string | undefined;
      if (text === undefined) throw invalidArgType("value", "a JSON value", value);
      this.#texts[kind].set(id, text);
    });
  }

  delete(kind: Kind, id: string): Promise<void> {
    return this.#attempt(() => {
      this.#texts[kind].delete(id);
    });
  }

  get(kind: Kind, id: string): Promise<Json | undefined> {
    return this.#attempt(() => {
      const text = this.#texts[kind].get(id);
      return text === undefined ? undefined : parse(text);
    });
  }

  list(kind: Kind): Promise<readonly Json[]> {
    return this.#attempt(() => Array.from(this.#texts[kind].values(), parse));
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const texts of Object.values(this.#texts)) texts.clear();
    return Promise.resolve();
  }

  /** Runs at once, but throws by rejection, as callers of a promise expect. */
  #attempt<T>(work: () => T): Promise<T> {
    return new Promise((resolve) => {
      if (this.#closed) throw new CnmError("ERR_CNM_CLOSED", "store: it is closed");
      resolve(work());
    });
  }
}

function parse(text: string): Json {
  return JSON.parse(text) as Json;
}
