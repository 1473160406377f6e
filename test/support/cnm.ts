import {
  Controller,
  type ControllerOptions,
  type Endpoint,
  type Namespace,
  type NetworkOptions,
  type Sandbox,
} from "#lib/index.js";
import { expect } from "chai";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Context } from "mocha";
import { needs } from "./needs.js";
import { newNetns } from "./netns.js";
import { ip, ipLinkNames } from "./other-eyes.js";
import type { Ended } from "./run.js";

/** A host of a test's own: a namespace, and a controller that works on it. */
export class TestHost implements AsyncDisposable {
  readonly cnm: Controller;
  readonly host: Namespace;
  readonly #foreign = new Set<unknown>(["lo"]);

  /** Use {@link newHost}. */
  constructor(cnm: Controller, host: Namespace) {
    this.cnm = cnm;
    this.host = host;
  }

  /** A link that somebody else makes, with ip(8): it is to outlive the controller. */
  async addForeignLink(name: string, ...kind: readonly string[]): Promise<void> {
    await ip(this.host, "link", "add", "name", name, "up", "type", ...kind);
    this.#foreign.add(name);
  }

  /** Names of the links that are neither the loopback nor somebody else's. */
  async links(): Promise<readonly unknown[]> {
    return (await ipLinkNames(this.host)).filter((name) => !this.#foreign.has(name));
  }

  /** Closes the controller, and looks whether everything that it made is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    await using host = this.host;
    await this.cnm.close();
    if (!host.closed) expect(await this.links(), "links that are left").to.deep.equal([]);
  }
}

/** A new host. Skips the test on a machine that cannot have one, or cannot look into it. */
export async function newHost(
  context: Context,
  options: Omit<ControllerOptions, "host"> = {},
): Promise<TestHost> {
  needs(context, "program:ip", "program:nsenter");
  const host = await newNetns(context, "link:bridge", "link:veth");
  try {
    return new TestHost(await Controller.open({ host, ...options }), host);
  } catch (error) {
    await host.delete();
    throw error;
  }
}

/** Runs a program inside to its end; rejects with what its `"error"` event brings. */
export function runInside(
  sandbox: Sandbox,
  command: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<Ended> {
  return endOf(sandbox.spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options }));
}

/** How the program ends, with all that it prints; rejects with what its `"error"` event brings. */
export async function endOf(child: ChildProcess): Promise<Ended> {
  const ended = new Promise<Pick<Ended, "code" | "signal">>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ code, signal });
    });
  });
  const all = (stream: ChildProcess["stdout"]) => (stream === null ? "" : text(stream));
  const [end, stdout, stderr] = await Promise.all([ended, all(child.stdout), all(child.stderr)]);
  return { ...end, stdout, stderr };
}

/** Endpoint `a` on network `net`, dual-stack on the bridge `br0`. */
export async function newEndpoint(
  { cnm }: TestHost,
  options: NetworkOptions & { readonly driver?: "bridge" } = {},
): Promise<Endpoint> {
  const network = await cnm.createNetwork("net", {
    bridge: "br0",
    subnets: ["10.1.0.0/24", "fd00::/64"],
    ...options,
  });
  return network.createEndpoint("a");
}

/** What `spawn` is given. */
export type SpawnWords = [command: string, args: readonly string[], options: SpawnOptions];

/** The `"error"` event of a program that cannot be started. */
export async function failure(child: ChildProcess): Promise<NodeJS.ErrnoException> {
  const closed = new Promise((resolve) => child.on("close", resolve));
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => child.on("error", resolve));
  await closed;
  return error;
}
