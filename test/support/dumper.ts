import type { Namespace } from "#lib/index.js";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Context } from "mocha";
import { needs } from "./needs.js";
import type { Seen } from "./other-eyes.js";
import { withoutPreload } from "./run.js";

/** ip(8) in a namespace, which looks many times: a process a look would take most of a test's time. */
export class Dumper implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(context: Context, namespace: Namespace) {
    needs(context, "program:ip", "program:nsenter", "program:stdbuf");
    const words = [`--net=${namespace.path ?? ""}`, "--", "stdbuf", "-oL"];
    this.#child = spawn("nsenter", [...words, "ip", "-j", "-d", "-batch", "-"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: withoutPreload(),
    });
    if (this.#child.stdout === null) throw new Error("no output");
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** All links. */
  async links(): Promise<readonly Seen[]> {
    this.#child.stdin?.write("link show\n");
    const { value } = (await this.#lines.next()) as { value: string };
    const list = JSON.parse(value) as readonly Seen[];
    return list.filter((entry) => Object.keys(entry).length > 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "close");
    this.#child.stdin?.end();
    await ended;
  }
}
