import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { CnmError, KernelError, type NativeError } from "../errors.js";
import { flock } from "../native.js";
import { processName } from "./process-name.js";

/**
 * A file that nobody else has locked, in this process or another, until it is released or the
 * process ends, by `kill -9` too; in a worker thread, until the worker ends. Source: flock(2).
 */
export class FileLock implements Disposable {
  readonly path: string;
  #fd: number | undefined;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /**
   * Makes the file where there is none, and writes the process id into it. It is left there: a lock
   * on a file that may be removed is none. Does not wait.
   *
   * @throws {CnmError} `ERR_CNM_CONFLICT` where somebody has it; `context.pid` says who, where the
   *   kernel or the file does.
   * @throws {KernelError} ENOLCK and the like, where the file system has no locks.
   * @throws {NodeJS.ErrnoException} ENOENT, EACCES, EROFS; ELOOP where it is a symbolic link.
   */
  static take(path: string): FileLock {
    for (;;) {
      const fd = openSync(path, flags, 0o600);
      try {
        lock(fd, path);
        if (!leadsTo(path, fd)) {
          closeSync(fd); // somebody has removed it meanwhile: the next one would lock another file
          continue;
        }
        ftruncateSync(fd);
        writeSync(fd, `${process.pid}\n`, 0);
      } catch (error) {
        closeSync(fd);
        throw error;
      }
      return new FileLock(path, fd);
    }
  }

  /** Twice is no error. */
  release(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd === undefined) return;
    try {
      ftruncateSync(fd); // the next one is not to be told of us
    } finally {
      closeSync(fd);
    }
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

// Not truncated: who opens it may not be who gets it. libuv adds O_CLOEXEC.
const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;

function lock(fd: number, path: string): void {
  try {
    flock(fd);
  } catch (error) {
    if (error instanceof CnmError) throw error;
    const { code } = error as NativeError;
    if (code !== "EAGAIN") throw new KernelError(`lock ${path}`, error as NativeError, { path });
    const pid = holderOf(fd) ?? writtenIn(path);
    throw new CnmError(
      "ERR_CNM_CONFLICT",
      `lock ${path}: ${processName(pid)} has it`,
      { path, pid },
      { cause: error },
    );
  }
}

function leadsTo(path: string, fd: number): boolean {
  const [opened, there] = [fstatSync(fd), statSync(path, { throwIfNoEntry: false })];
  return opened.ino === there?.ino && opened.dev === there.dev;
}

/** As the kernel has it, which shows no process of another pid namespace. Source: proc_locks(5). */
function holderOf(fd: number): number | undefined {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  const [major, minor] = [(dev >> 8n) & 0xfffn, (dev & 0xffn) | ((dev >> 12n) & 0xfff00n)];
  const hex = (part: bigint) => part.toString(16).padStart(2, "0");
  const file = `${hex(major)}:${hex(minor)}:${ino}`;
  for (const line of readLocks().split("\n")) {
    const [, kind, , , pid, of] = line.split(/\s+/); // "1: FLOCK ADVISORY WRITE 4711 00:19:23 0 EOF"
    if (kind === "FLOCK" && of === file) return processId(pid);
  }
  return undefined;
}

function readLocks(): string {
  try {
    return readFileSync("/proc/locks", "utf8");
  } catch {
    return ""; // no /proc: then only the file says who
  }
}

/** For who is in another pid namespace. A process that was killed has left its id, too, until the next writes. */
function writtenIn(path: string): number | undefined {
  return processId(readFileSync(path, "utf8"));
}

function processId(text: string | undefined): number | undefined {
  const pid = Number(text);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}
