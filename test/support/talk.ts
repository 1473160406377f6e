import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program that answers by lines of JSON; disposed of, its input ends, and it is waited for. */
export class Talk implements AsyncDisposable {
  readonly pid: number;
  readonly #child;
  readonly #lines;
  readonly #closed: Promise<unknown>;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.pid = this.#child.pid ?? 0;
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
    this.#closed = once(this.#child, "close");
  }

  say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  async answer(): Promise<Readonly<Record<string, unknown>>> {
    const next: IteratorResult<string, unknown> = await this.#lines.next();
    if (next.done === true) throw new Error("it ended without an answer");
    return JSON.parse(next.value) as Record<string, unknown>;
  }

  /** By SIGKILL, to its end. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
  }
}
