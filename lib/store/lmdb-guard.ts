import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { backupOf, damaged } from "./lmdb-errors.js";
import { faultOf, metaBytes, transactionOf } from "./lmdb-pages.js";

/**
 * What is in the file at `path`, found sound; undefined where there is nothing yet, or where another
 * process writes so often that it never holds still.
 *
 * @throws {CnmError} `ERR_CNM_STORE` for a file on which lmdb would crash.
 * @internal
 */
export async function soundFile(path: string): Promise<Buffer | undefined> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const file = await contents(path);
    if (file === undefined) return undefined;
    if (file.length === 0) {
      // Killed before its first page was written, or emptied.
      if ((await contents(backupOf(path))) === undefined) return undefined;
      throw damaged(path, "it is empty");
    }
    const fault = faultOf(file);
    if (fault === undefined) return file;
    // Pages of an old transaction are written anew by the next but one: perhaps under our eyes.
    const again = await contents(path);
    if (again === undefined || transactionOf(again) === transactionOf(file)) {
      throw damaged(path, fault);
    }
  }
  return undefined;
}

const attempts = 8;

/**
 * Keeps a copy beside the file that soundFile() read, unless the one there is of the same moment. It is
 * whole or not there, after a power cut too. Where there is no room for it, the older one stays.
 * @internal
 */
export async function keepBackup(path: string, file: Buffer): Promise<void> {
  const backup = backupOf(path);
  if (transactionOf(await beginning(backup)) === transactionOf(file)) return;
  const temporary = `${backup}.${randomUUID()}`;
  try {
    await writeFile(temporary, file, { mode: 0o600, flush: true });
    await rename(temporary, backup);
    await syncFolder(dirname(path));
  } catch (error) {
    const code = codeOf(error);
    if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Makes lmdb's lock file, with all of its blocks. lmdb itself makes one without: on a full disk the
 * first touch of its map would be a SIGBUS.
 * @internal
 */
export async function reserveLock(path: string): Promise<void> {
  const lock = `${path}-lock`;
  if (await isThere(lock)) return;
  const temporary = `${lock}.${randomUUID()}`;
  try {
    await writeFile(temporary, Buffer.alloc(lockBytes), { mode: 0o600 });
    // Never over one that another process has just made and uses.
    await link(temporary, lock).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Room for lmdb's 126 readers of 64 bytes, in whole pages. */
const lockBytes = 1 << 14;

/** After it, a power cut does not undo that a file was made or renamed here. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function contents(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function beginning(path: string): Promise<Buffer> {
  const bytes = Buffer.alloc(metaBytes);
  try {
    const file = await open(path);
    try {
      const { bytesRead } = await file.read(bytes, 0, metaBytes, 0);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
