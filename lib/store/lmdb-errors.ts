import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { constants } from "node:os";
import { CnmError, messageOf } from "../errors.js";

const { errno } = constants;

/** Where the copy is that was made when the file at `path` was last found sound. */
export function backupOf(path: string): string {
  return `${path}.backup`;
}

/**
 * `ERR_CNM_STORE` with what to do, from an error of node:fs or of lmdb.
 * @internal
 */
export function storeError(operation: string, path: string, cause: unknown): CnmError {
  if (cause instanceof CnmError) return cause;
  const number = numberOf(cause);
  if (number <= mdb.first && damages.has(number)) {
    return damaged(path, messageOf(cause), cause);
  }
  const advice = adviceFor(number, path);
  const text = `${operation}: ${path}: ${messageOf(cause)}${advice === "" ? "" : `; ${advice}`}`;
  return new CnmError("ERR_CNM_STORE", text, { path }, { cause });
}

/** What lies at `path` cannot be used, and what to do about it. */
export function damaged(path: string, what: string, cause?: unknown): CnmError {
  return new CnmError(
    "ERR_CNM_STORE",
    `open store: ${path}: it is damaged: ${what}; end what uses it, then put the copy of when it was last sound in its place (cp ${backupOf(path)} ${path}) where there is one, or move it away to begin with nothing`,
    { path },
    cause === undefined ? undefined : { cause },
  );
}

/** How many bytes this user may still write where the file is. */
export function freeBytes(path: string): number {
  const { bavail, bfree, bsize } = statfsSync(dirname(path));
  return (process.geteuid?.() === 0 ? bfree : bavail) * bsize;
}

/** As the system would say it. */
export function noRoom(path: string): CnmError {
  const cause = Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
  return storeError("write store", path, cause);
}

// Source: lmdb.h. The numbers are of a file format and a library, not of the kernel.
const mdb = { first: -30_780, pageNotFound: -30_797, corrupted: -30_796, panic: -30_795 } as const;
const [versionMismatch, invalid, mapFull, badTxn] = [-30_794, -30_793, -30_792, -30_782];
const damages = new Set<number>([
  ...[mdb.pageNotFound, mdb.corrupted, mdb.panic],
  ...[versionMismatch, invalid, badTxn],
]);

function adviceFor(number: number, path: string): string {
  switch (number) {
    case errno.ENOSPC:
    case errno.EDQUOT:
      return "there is no room: make some, and try again; what was stored before is still there";
    case mapFull:
      return "it has reached the size that it may have; delete what is not needed";
    case errno.EROFS:
      return "the file system is read-only: mount it for writing, or give another folder";
    case errno.EACCES:
    case errno.EPERM:
      return "give a folder that this user may write";
    case errno.EEXIST:
    case errno.EISDIR:
    case errno.ENOTDIR:
      return "something else is in its place: move it away, or give another folder";
    case errno.EIO:
      // A write that found room for its first half only is reported so by lmdb.
      return freeBytes(path) < smallestRoom ? adviceFor(errno.ENOSPC, path) : "look at the disk";
    default:
      return "";
  }
}

const smallestRoom = 1 << 16;

/** A positive errno, or a negative number of lmdb; 0 for what has none. */
function numberOf(cause: unknown): number {
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (typeof code === "number") return code;
  const known = Object.entries(errno).find(([name]) => name === code);
  return known?.[1] ?? 0;
}
