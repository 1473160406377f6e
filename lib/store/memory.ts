import { CnmError } from "../errors.js";
import {
  kinds,
  type Change,
  type Json,
  type Kind,
  type Store,
  type StoreDump,
} from "./contract.js";
import { assertSchema, schemaVersion } from "./schema.js";
import { byKind, textOf } from "./values.js";

/** A store that ends with the process. */
export function openMemoryStore(): Promise<Store> {
  return Promise.resolve(new MemoryStore());
}

// Keeps JSON text: a third of what structuredClone() costs, and exactly what a store on disk
// would give back.
class MemoryStore implements Store {
  readonly durable = false;
  readonly #texts = byKind(() => new Map<string, string>());
  #closed = false;

  write(changes: readonly Change[]): Promise<void> {
    return this.#attempt(() => {
      const texts = changes.map(({ value }) => (value === undefined ? undefined : textOf(value)));
      for (const [at, { kind, id }] of changes.entries()) {
        const text = texts[at];
        if (text === undefined) this.#texts[kind].delete(id);
        else this.#texts[kind].set(id, text);
      }
    });
  }

  put(kind: Kind, id: string, value: Json): Promise<void> {
    return this.#attempt(() => {
      this.#texts[kind].set(id, textOf(value));
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

  export(): Promise<StoreDump> {
    return this.#attempt(() => ({
      schema: schemaVersion,
      entries: byKind((kind) =>
        Array.from(this.#texts[kind], ([id, text]) => ({ id, value: parse(text) })),
      ),
    }));
  }

  import(dump: StoreDump): Promise<void> {
    return this.#attempt(() => {
      assertSchema(dump);
      const texts = byKind((kind) => dump.entries[kind].map((one) => textOf(one.value)));
      for (const kind of kinds) {
        this.#texts[kind].clear();
        for (const [at, { id }] of dump.entries[kind].entries()) {
          this.#texts[kind].set(id, texts[kind][at] ?? "null");
        }
      }
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const kind of kinds) this.#texts[kind].clear();
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
