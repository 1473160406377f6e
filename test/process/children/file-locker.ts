// Takes the lock of a file at each line with its path, releases it at each empty line; says how
// that went.
import { FileLock } from "#lib/util/file-lock.js";
import { createInterface } from "node:readline";

let lock: FileLock | undefined;
say({ ready: process.pid });
for await (const path of createInterface(process.stdin)) {
  if (path === "") release();
  else take(path);
}

function take(path: string): void {
  try {
    lock = FileLock.take(path);
    say({ taken: true });
  } catch (error) {
    const { code, context } = error as { code: string; context: object };
    say({ code, ...context });
  }
}

function release(): void {
  lock?.release();
  lock = undefined;
  say({ released: true });
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
