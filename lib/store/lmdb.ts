import { join } from "node:path";
import { CnmError } from "../errors.js";
import {
  kinds,
  type Change,
  type Json,
  type Kind,
  type Store,
  type StoreDump,
  type StorePlace,
} from "./contract.js";
import { bootFolder } from "./lmdb-boot.js";
import { keepBackup, soundFile } from "./lmdb-guard.js";
import { gone, Leases } from "./lmdb-leases.js";
import { longestId } from "./lmdb-library.js";
import { keyOf, roomFor, Tier, type Edit, type Item } from "./lmdb-tier.js";
import { currentSchema, type Schema } from "./migrations.js";
import { assertSchema } from "./schema.js";
import { byKind, textOf } from "./values.js";

/**
 * A store in two files of lmdb: `state.lmdb` in the state directory, which outlives a reboot, and one
 * in the run directory, in a folder of this boot. See docs/architecture.md, "Store". Several processes
 * of one pid namespace may have it open; both must be local file systems.
 *
 * @throws {CnmError} `ERR_CNM_STORE` where a file is damaged, of a newer version, or cannot be written;
 *   `context.path` says which.
 */
export async function openLmdbStore(
  place: StorePlace,
  schema: Schema = currentSchema,
): Promise<Store> {
  const bootPath = await bootFolder(place.runDirectory);
  const disk = await Tier.open(join(place.stateDirectory, fileName), true, schema);
  try {
    const memory = await Tier.open(join(bootPath, fileName), false, schema);
    const store = new LmdbStore(disk, memory, schema.version);
    await store.begin();
    return store;
  } catch (error) {
    await disk.close();
    throw error;
  }
}

const fileName = "state.lmdb";

class LmdbStore implements Store {
  readonly durable = true;
  readonly #disk: Tier;
  readonly #memory: Tier;
  readonly #leases: Leases;
  readonly #schema: number;
  /** What later writes wait for: one that is half done, on disk and not yet in memory. */
  #barrier: Promise<void> | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(disk: Tier, memory: Tier, schema: number) {
    this.#disk = disk;
    this.#memory = memory;
    this.#leases = new Leases(disk, memory);
    this.#schema = schema;
  }

  /** Leases that an earlier process left are moved; where there is no room, they wait. */
  async begin(): Promise<void> {
    await this.#leases.move().catch(() => {
      this.#leases.written();
    });
  }

  write(changes: readonly Change[]): Promise<void> {
    return this.#attempt(() => {
      const onDisk: Edit[] = [];
      const inMemory: Edit[] = [];
      for (const { kind, id, value } of changes) {
        const text = value === undefined ? undefined : textOf(value);
        const key = keyOf(kind, checkedId(id));
        if (outlives(kind)) onDisk.push({ key, text });
        else inMemory.push({ key, text: text ?? (kind === "lease" ? gone : undefined) });
      }
      return this.#write(onDisk, inMemory, changes.some(isLease));
    });
  }

  put(kind: Kind, id: string, value: Json): Promise<void> {
    return this.#attempt(() => {
      textOf(value); // undefined is a delete in a change, and refused here
      return this.write([{ kind, id, value }]);
    });
  }

  delete(kind: Kind, id: string): Promise<void> {
    return this.write([{ kind, id, value: undefined }]);
  }

  get(kind: Kind, id: string): Promise<Json | undefined> {
    return this.#attempt(() => {
      if (!isId(id)) return undefined;
      const tier = this.#tierOf(kind);
      const text = kind === "lease" ? this.#leases.get(id) : tier.get(keyOf(kind, id));
      return text === undefined ? undefined : tier.parse(text);
    });
  }

  list(kind: Kind): Promise<readonly Json[]> {
    return this.#attempt(() => {
      const tier = this.#tierOf(kind);
      return this.#items(kind).map(({ text }) => tier.parse(text));
    });
  }

  // Under the locks of both files: nobody writes meanwhile. A transaction without changes costs no sync.
  export(): Promise<StoreDump> {
    const read = () => ({ schema: this.#schema, entries: byKind((kind) => this.#entries(kind)) });
    return this.#attempt(() => this.#disk.commitLater(() => this.#memory.commit(read, 0), 0));
  }

  import(dump: StoreDump): Promise<void> {
    return this.#attempt(() => {
      assertSchema(dump, this.#schema);
      const edits = byKind((kind) =>
        dump.entries[kind].map(({ id, value }) => ({
          key: keyOf(kind, checkedId(id)),
          text: textOf(value),
        })),
      );
      const [lasting, passing] = [
        kinds.filter(isLasting),
        kinds.filter((kind) => !isLasting(kind)),
      ];
      const all = (some: readonly Kind[]) => some.flatMap((kind) => edits[kind]);
      return this.#inOrder(true, () =>
        this.#leases.during(async () => {
          await replaceLater(this.#disk, all(lasting));
          this.#memory.commit(
            () => {
              replace(this.#memory, all(passing));
            },
            roomFor(all(passing)),
          );
        }),
      );
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    try {
      await this.#leases.close();
    } finally {
      await this.#disk.close();
      await this.#memory.close();
    }
    const file = await soundFile(this.#disk.path);
    if (file !== undefined) await keepBackup(this.#disk.path, file);
  }

  #write(
    onDisk: readonly Edit[],
    inMemory: readonly Edit[],
    leases: boolean,
  ): Promise<void> | void {
    const writeMemory = () => {
      this.#memory.commit(() => {
        for (const edit of inMemory) this.#memory.edit(edit);
      }, roomFor(inMemory));
      if (leases) this.#leases.written();
    };
    const writeDisk = () =>
      this.#disk.commitLater(() => {
        for (const edit of onDisk) this.#disk.edit(edit);
      }, roomFor(onDisk));
    if (onDisk.length === 0) return this.#inOrder(false, writeMemory);
    if (inMemory.length === 0) return this.#inOrder(false, writeDisk);
    return this.#inOrder(true, () => writeDisk().then(writeMemory));
  }

  /** Runs it at once, or behind the last one that was half done; where it is such a one, others wait. */
  #inOrder(half: boolean, work: () => Promise<void> | void): Promise<void> | void {
    const done = this.#barrier === undefined ? work() : this.#barrier.then(work);
    if (done === undefined) return;
    const settled: Promise<void> = done
      .catch(() => undefined) // its caller has it
      .then(() => {
        this.#underWay.delete(settled);
        if (this.#barrier === settled) this.#barrier = undefined;
      });
    this.#underWay.add(settled);
    if (half) this.#barrier = settled;
    return done;
  }

  #tierOf(kind: Kind): Tier {
    return isLasting(kind) ? this.#disk : this.#memory;
  }

  #items(kind: Kind): readonly Item[] {
    return kind === "lease" ? this.#leases.items() : this.#tierOf(kind).items(kind);
  }

  #entries(kind: Kind) {
    const tier = this.#tierOf(kind);
    return this.#items(kind).map(({ id, text }) => ({ id, value: tier.parse(text) }));
  }

  /** Runs at once, but throws by rejection, as callers of a promise expect. */
  #attempt<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve) => {
      if (this.#closing !== undefined) throw new CnmError("ERR_CNM_CLOSED", "store: it is closed");
      resolve(work());
    });
  }
}

/** Written to disk before anybody goes on. */
function outlives(kind: Kind): boolean {
  return kind === "controller" || kind === "network";
}

function isLasting(kind: Kind): boolean {
  return outlives(kind) || kind === "lease";
}

function isLease({ kind }: Change): boolean {
  return kind === "lease";
}

function replace(tier: Tier, edits: readonly Edit[]): void {
  tier.clear();
  for (const edit of edits) tier.edit(edit);
}

function replaceLater(tier: Tier, edits: readonly Edit[]): Promise<void> {
  return tier.commitLater(() => {
    replace(tier, edits);
  }, roomFor(edits));
}

function isId(id: string): boolean {
  return Buffer.byteLength(id) <= longestId;
}

function checkedId(id: string): string {
  if (isId(id)) return id;
  const text = `store: id: it has more than ${longestId} bytes`;
  throw new CnmError("ERR_CNM_STORE", text, { field: "id" });
}
