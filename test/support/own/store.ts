import {
  CnmError,
  storeKinds,
  storeSchemaVersion,
  type Json,
  type Store,
  type StoreChange,
  type StoreDump,
  type StoreEntry,
  type StoreKind,
} from "#lib/index.js";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

// As an embedder writes one: of what "vethwork" exports, and nothing else.

/** All of it in one file, which is written anew for each change and renamed into place. */
export class FileStore implements Store {
  readonly durable = true;
  readonly #path: string;
  #entries: Map<StoreKind, Map<string, Json>>;
  #closed = false;

  constructor(path: string) {
    this.#path = path;
    this.#entries = existsSync(path) ? entriesOf(readFileSync(path, "utf8")) : empty();
  }

  write(changes: readonly StoreChange[]): Promise<void> {
    return this.#attempt(() => {
      const entries = copy(this.#entries);
      for (const { kind, id, value } of changes) {
        if (value === undefined) entries.get(kind)?.delete(id);
        else entries.get(kind)?.set(id, copyOf(value));
      }
      this.#keep(entries);
    });
  }

  put(kind: StoreKind, id: string, value: Json): Promise<void> {
    return this.#attempt(() => {
      const entries = copy(this.#entries);
      entries.get(kind)?.set(id, copyOf(value));
      this.#keep(entries);
    });
  }

  delete(kind: StoreKind, id: string): Promise<void> {
    return this.write([{ kind, id, value: undefined }]);
  }

  get(kind: StoreKind, id: string): Promise<Json | undefined> {
    return this.#attempt(() => {
      const value = this.#entries.get(kind)?.get(id);
      return value === undefined ? undefined : copyOf(value);
    });
  }

  list(kind: StoreKind): Promise<readonly Json[]> {
    return this.#attempt(() => Array.from(this.#entries.get(kind)?.values() ?? [], copyOf));
  }

  export(): Promise<StoreDump> {
    return this.#attempt(() => JSON.parse(textOf(this.#entries)) as StoreDump);
  }

  import(dump: StoreDump): Promise<void> {
    return this.#attempt(() => {
      this.#keep(entriesOfDump(dump));
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #keep(entries: Map<StoreKind, Map<string, Json>>): void {
    writeFileSync(`${this.#path}.new`, textOf(entries));
    renameSync(`${this.#path}.new`, this.#path);
    this.#entries = entries;
  }

  /** Runs at once, so that calls keep their order. */
  #attempt<T>(work: () => T): Promise<T> {
    return new Promise((resolve) => {
      if (this.#closed) throw new CnmError("ERR_CNM_CLOSED", "file store: it is closed");
      resolve(work());
    });
  }
}

function empty(): Map<StoreKind, Map<string, Json>> {
  return new Map(storeKinds.map((kind) => [kind, new Map<string, Json>()]));
}

function copy(entries: Map<StoreKind, Map<string, Json>>): Map<StoreKind, Map<string, Json>> {
  return new Map(Array.from(entries, ([kind, some]) => [kind, new Map(some)]));
}

function copyOf(value: Json): Json {
  const text = JSON.stringify(value) as string | undefined;
  if (text !== undefined) return JSON.parse(text) as Json;
  throw Object.assign(new TypeError("file store: no JSON"), { code: "ERR_INVALID_ARG_TYPE" });
}

function textOf(entries: Map<StoreKind, Map<string, Json>>): string {
  const lists = Array.from(entries, ([kind, some]): [string, StoreEntry[]] => [
    kind,
    Array.from(some, ([id, value]) => ({ id, value })),
  ]);
  return JSON.stringify({ schema: storeSchemaVersion, entries: Object.fromEntries(lists) });
}

function entriesOf(text: string): Map<StoreKind, Map<string, Json>> {
  return entriesOfDump(JSON.parse(text) as StoreDump);
}

function entriesOfDump({ schema, entries }: StoreDump): Map<StoreKind, Map<string, Json>> {
  if (schema !== storeSchemaVersion) {
    const text = `import: schema: version ${String(schema)} is not known`;
    throw new CnmError("ERR_CNM_STORE", text, { field: "schema" });
  }
  const made = empty();
  for (const kind of storeKinds) {
    const given: unknown = (entries as Partial<typeof entries> | undefined)?.[kind];
    if (!Array.isArray(given)) {
      const field = `entries.${kind}`;
      throw new CnmError("ERR_CNM_STORE", `import: ${field}: must be a list`, { field });
    }
    for (const { id, value } of given as StoreEntry[]) made.get(kind)?.set(id, copyOf(value));
  }
  return made;
}
