// One contender at work: a process in a network and a mount namespace of its own, prepared as its
// host (bridge br0 10.1.0.1/16 with a fixed MAC and one port that stays, lo up, /run its own).
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { KernelError, Namespace } from "vethwork/netlink";

export const root = path.join(import.meta.dirname, "../..");

/** Makes namespaces and becomes the program that the rest of the command names. */
export const privately = [
  path.join(root, "build/Release/vethwork-helper"),
  "private",
  "--run-tmpfs",
  "--",
] as const;

export interface Contender {
  readonly name: string;
  readonly command: readonly string[];
}

export class Session implements AsyncDisposable {
  readonly contender: Contender;
  readonly #child: ChildProcess;
  readonly #input: Writable;
  readonly #answers: AsyncIterator<string, undefined>;
  /** Where it works. */
  readonly host: Namespace;
  /** The same for other programs. */
  readonly pid: number;

  private constructor(
    contender: Contender,
    child: ChildProcess,
    input: Writable,
    answers: AsyncIterator<string, undefined>,
    host: Namespace,
    pid: number,
  ) {
    this.contender = contender;
    this.#child = child;
    this.#input = input;
    this.#answers = answers;
    this.host = host;
    this.pid = pid;
  }

  static async start(contender: Contender): Promise<Session> {
    const [program, ...args] = [...privately, ...contender.command] as [string, ...string[]];
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    const { stdin, stdout, pid } = child as ChildProcess & { stdin: Writable; stdout: Readable };
    const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
    // Whoever does not know a verb says so, and is inside its namespaces by then.
    stdin.write("prepared\n");
    await answers.next();
    if (pid === undefined) throw new Error(`${contender.name}: did not start`);
    const host = await Namespace.open({ pid });
    await prepare(host);
    mkdirSync(`/proc/${pid}/root/run/netns`);
    const session = new Session(contender, child, stdin, answers, host, pid);
    await session.call("hello");
    return session;
  }

  /** @returns Nanoseconds, as the contender measured them. */
  async call(request: string): Promise<number> {
    this.#input.write(`${request}\n`);
    const { value: answer = "it has ended" } = await this.#answers.next();
    const [word, elapsed] = answer.split(" ");
    if (word === "OK") return Number(elapsed);
    throw new Error(`${this.contender.name}: ${request}: ${answer}`);
  }

  /**
   * Resolves when the kernel has destroyed the namespaces that were dropped before: one worker does
   * that in order, so a namespace that is dropped now goes last.
   */
  async fence(): Promise<void> {
    const last = await Namespace.create();
    const peer = { name: "eth0", namespace: last };
    const { index } = await this.host.links.add({ kind: "veth", name: "fence", peer });
    await last.close();
    while (await isThere(this.host, index)) await sleep(1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.close();
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#input.end();
    await ended;
  }
}

async function prepare(host: Namespace): Promise<void> {
  await host.links.set("lo", { up: true });
  await host.sysctl.set("net.ipv4.ip_forward", 1);
  const address = "02:42:00:00:00:01";
  await host.links.add({ kind: "bridge", name: "br0", address, up: true });
  await host.addresses.add({ link: "br0", address: "10.1.0.1/16" });
  const peer = { name: "keep1" };
  await host.links.add({ kind: "veth", name: "keep0", master: "br0", up: true, peer });
  await host.links.set("keep1", { up: true });
}

async function isThere(host: Namespace, index: number): Promise<boolean> {
  try {
    await host.links.get(index);
    return true;
  } catch (error) {
    if (error instanceof KernelError && error.errnoName === "ENODEV") return false;
    throw error;
  }
}

/** Those of the `at`-th endpoint, as a request has them. */
export function argumentsOf(at: number): string {
  const [third, fourth] = [1 + Math.floor(at / 250), 1 + (at % 250)];
  const hex = [third, fourth].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  return [
    `ns=/run/netns/c${at}`,
    "br=br0",
    `hif=vc${at}`,
    "cif=eth0",
    `mac=02:42:0a:01:${hex}`,
    `ip=10.1.${third}.${fourth}/16`,
    "gw=10.1.0.1",
  ].join(" ");
}

/** In an order drawn anew. */
export function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
