import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { CnmError } from "../errors.js";
import { makeFolder } from "../util/make-folder.js";
import { kinds, type Json, type Kind } from "./contract.js";
import { damaged, freeBytes, noRoom, storeError } from "./lmdb-errors.js";
import { keepBackup, reserveLock, soundFile, syncFolder } from "./lmdb-guard.js";
import { openDatabase, type Database } from "./lmdb-library.js";
import { migrated, type Schema } from "./migrations.js";

/** A value as text, or, with `text` undefined, one to forget. */
export interface Edit {
  readonly key: string;
  readonly text: string | undefined;
}

export interface Item {
  readonly id: string;
  readonly text: string;
}

export function keyOf(kind: Kind, id: string): string {
  return `${kind}/${id}`;
}

/** Bytes that a transaction may need: each text on pages of its own, and some for the tree. */
export function roomFor(texts: readonly { readonly text: string | undefined }[]): number {
  return texts.reduce((sum, { text }) => sum + 3 * page + 2 * (text?.length ?? 0), 16 * page);
}

const page = 4096;

/**
 * One file of lmdb: texts by kind and id, and the version of their schema.
 * @internal
 */
export class Tier {
  readonly path: string;
  readonly #database: Database;
  /** Bytes that may be written before the file system is asked again, and until when. */
  #credit = { bytes: 0, until: 0 };

  /**
   * Makes the folder and the file where they are not there, and brings the values to `schema`.
   *
   * @param synced Whether it has to survive a power cut.
   * @throws {CnmError} `ERR_CNM_STORE` for a damaged file, one of a newer schema, a place that cannot be
   *   written.
   */
  static async open(path: string, synced: boolean, schema: Schema): Promise<Tier> {
    return attempting("open store", path, async () => {
      const folder = dirname(path);
      makeFolder(folder, 0o700);
      await access(folder, constants.W_OK);
      const before = await soundFile(path);
      await reserveLock(path);
      const tier = new Tier(path, await openDatabase(path, synced));
      try {
        tier.#adopt(schema);
        if (synced && before === undefined) await syncFolder(folder);
        if (synced && before !== undefined) await keepBackup(path, before);
        return tier;
      } catch (error) {
        await tier.close();
        throw error;
      }
    });
  }

  private constructor(path: string, database: Database) {
    this.path = path;
    this.#database = database;
  }

  get(key: string): string | undefined {
    return attempt("read store", this.path, () => this.#database.get(key));
  }

  /** @param limit Of how many at most. */
  items(kind: Kind, limit?: number): readonly Item[] {
    return attempt("read store", this.path, () => {
      const range = { start: keyOf(kind, ""), end: `${kind}0` }; // "0" comes after "/"
      const found = this.#database.getRange(limit === undefined ? range : { ...range, limit });
      return Array.from(found, ({ key, value }) => ({ id: idOf(kind, key), text: value }));
    });
  }

  /** Reads see what others have committed by now, not what they had when this turn began. */
  refresh(): void {
    this.#database.resetReadTxn();
  }

  /** What `work` edits is there when this returns: all of it, or, where it throws, nothing. */
  commit<T>(work: () => T, room: number): T {
    return attempt("write store", this.path, () => {
      this.#ensureRoom(room);
      return this.#database.transactionSync(work);
    });
  }

  /** As commit(), off this thread, and resolves when the disk has it. In the order of the calls. */
  commitLater<T>(work: () => T, room: number): Promise<T> {
    return attempting("write store", this.path, async () => {
      this.#ensureRoom(room);
      try {
        return await this.#database.childTransaction(work);
      } catch (error) {
        throw await reasonOf(error);
      }
    });
  }

  /** Within commit() or commitLater(). */
  edit({ key, text }: Edit): void {
    if (text === undefined) this.#database.remove(key);
    else this.#database.put(key, text);
  }

  /** Forgets all values. Within commit() or commitLater(). */
  clear(): void {
    for (const kind of kinds) {
      for (const { id } of this.items(kind)) this.edit({ key: keyOf(kind, id), text: undefined });
    }
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  // Asked before, because a commit that fails makes lmdb write to the console; but not each time, as
  // it costs a fifth of a write.
  #ensureRoom(bytes: number): void {
    if (bytes === 0) return;
    const now = performance.now();
    if (bytes > this.#credit.bytes || now > this.#credit.until) {
      const free = freeBytes(this.path);
      if (free < bytes) throw noRoom(this.path);
      this.#credit = { bytes: free / 4, until: now + creditMs };
    }
    this.#credit.bytes -= bytes;
  }

  #adopt(schema: Schema): void {
    const found = this.#version();
    if (found === schema.version) return;
    if (found > schema.version) {
      throw new CnmError(
        "ERR_CNM_STORE",
        `open store: ${this.path}: its schema has version ${found}, and this library knows ${schema.version}: update the library, or give another folder`,
        { path: this.path },
      );
    }
    this.#database.transactionSync(() => {
      for (const kind of kinds) {
        for (const { id, text } of this.items(kind)) {
          // A lease that is to be deleted has no value.
          if (text !== "") this.#migrate(schema, found, kind, id, text);
        }
      }
      this.#database.put(schemaKey, String(schema.version));
    });
  }

  #migrate(schema: Schema, from: number, kind: Kind, id: string, text: string): void {
    const value = migrated(schema, from, kind, id, this.parse(text));
    const changed = value === undefined ? undefined : JSON.stringify(value);
    if (changed !== text) this.edit({ key: keyOf(kind, id), text: changed });
  }

  /** The value of a text that was read here. */
  parse(text: string): Json {
    try {
      return JSON.parse(text) as Json;
    } catch (error) {
      throw damaged(this.path, "a value is no JSON", error);
    }
  }

  /** 0 for a file that has just been made. */
  #version(): number {
    const text = this.#database.get(schemaKey);
    const version = Number(text ?? "0");
    if (Number.isSafeInteger(version) && version >= 0) return version;
    throw damaged(this.path, "the version of its schema is no number");
  }
}

const creditMs = 100;

const schemaKey = "schema";

function idOf(kind: Kind, key: string): string {
  return key.slice(kind.length + 1);
}

/** What made a commit fail: lmdb rejects with a promise of it. */
async function reasonOf(error: unknown): Promise<unknown> {
  const reason = (error as { commitError?: Promise<never> } | undefined)?.commitError;
  if (reason === undefined) return error;
  return reason.catch((cause: unknown) => cause);
}

function attempt<T>(operation: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(operation, path, error);
  }
}

async function attempting<T>(operation: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeError(operation, path, error);
  }
}
