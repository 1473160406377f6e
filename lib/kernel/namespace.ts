import { existsSync, readFileSync, rmSync } from "node:fs";
import { CnmError } from "../errors.js";
import type { JobResults, Message, Step } from "../native.js";
import { check, isPlainObject, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { absolutePath, address, boolean, choice, integer, oneOf } from "../util/schemas.js";
import { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { takeHold, type Hold } from "./hold.js";
import { Nouns } from "./nouns.js";
import { openTun, type OpenTun, type TunQueueSpec } from "./tun-queue.js";

/** Names a namespace for good: inodes and paths are used again, this pair is not. */
export interface NamespaceIdentity {
  /** Decimal. Source: SO_NETNS_COOKIE, socket(7). */
  readonly cookie: string;
  /** Cookies begin anew with each boot. Source: /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
}

/** Where a namespace is to be found. */
export type NamespaceSource =
  { readonly path: string } | { readonly pid: number } | { readonly fd: number };

export interface CreateNamespaceOptions {
  /** Where it is pinned (bind-mounted): a file that does not exist yet. Without one, it lives as long as it is open. */
  readonly path?: string;
  /** Sets `lo` up. Default: true. */
  readonly loopback?: boolean;
}

/** A UDP or TCP socket to open inside a namespace. */
export interface SocketSpec {
  readonly type: "udp" | "tcp";
  /** The address to bind to; decides the family. IPv6 sockets take IPv6 only. */
  readonly address: string;
  /** 0 lets the kernel choose. Default: 0. */
  readonly port?: number;
}

/** A socket that the caller owns: for `dgram`'s `bind({ fd })` or `net`'s `listen({ fd })`. */
export interface OpenSocket {
  readonly fd: number;
  readonly port: number;
}

/** @internal */
export const createOptions: Type<CreateNamespaceOptions> = options({
  path: optional(absolutePath()),
  loopback: optional(boolean()),
});

const byPath = options({ path: absolutePath() });
const byPid = options({ pid: integer(1, 0x7fff_ffff) });
const byFd = options({ fd: integer(0, 0x7fff_ffff) });

/** @internal */
export const source: Type<NamespaceSource> = choice("object", (value) => {
  if (!isPlainObject(value)) return undefined;
  if ("pid" in value) return byPid;
  return "fd" in value ? byFd : byPath;
});

const socketSpec: Type<SocketSpec> = options({
  type: oneOf("udp", "tcp"),
  address: address(),
  port: optional(integer(0, 65535)),
});

const key = Symbol("made by the kernel layer only");

/**
 * One network namespace, open: links, addresses, routes, sysctls, sockets. No thread of JavaScript
 * ever enters it; native workers do. Requests made in one tick go to the kernel together and keep
 * their order.
 *
 * @example
 * await using lab = await Namespace.create({ path: "/run/netns/lab" });
 * await lab.links.add({ kind: "bridge", name: "br0", up: true });
 * console.log((await lab.links.list()).map(({ name }) => name)); // [ "lo", "br0" ]
 */
export class Namespace extends Nouns implements AsyncDisposable {
  readonly #channel: Channel;
  readonly #made: boolean;
  #begun = false;
  #pinned: boolean;
  #path: string | undefined;
  #born: { readonly results: JobResults; readonly step: number } | undefined;
  #identity: NamespaceIdentity | undefined;

  private constructor(token: symbol, channel: Channel, path: string | undefined, made: boolean) {
    super(channel);
    if (token !== key) throw new TypeError("use Namespace.create(), open() or own()");
    this.#channel = channel;
    this.#path = path;
    this.#made = made;
    this.#pinned = made && path !== undefined;
  }

  /** @internal Leads to it from any process that may look at this one's, for as long as it is open. */
  get procPath(): string {
    return `/proc/${process.pid}/fd/${this.#channel.handle.fd}`;
  }

  /**
   * Makes a new, empty namespace.
   *
   * @throws {KernelError} EEXIST where `path` is there already; EPERM without CAP_SYS_ADMIN.
   */
  static async create(options: CreateNamespaceOptions = {}): Promise<Namespace> {
    const { path, loopback } = check(createOptions, options, "create namespace");
    const namespace = Namespace.pending(path, true);
    const steps: Step[] = [createStep(path, 0)];
    if (loopback !== false) steps.push({ do: "request", in: 0, messages: [loopbackUp] });
    try {
      namespace.settle(await namespace.#channel.run(steps), 0);
    } catch (error) {
      throw kernelFailure(`create namespace ${path ?? ""}`.trimEnd(), error, { path });
    }
    return namespace;
  }

  /**
   * Opens a namespace by its path, by a process in it, or by a descriptor, which is duplicated.
   *
   * @throws {KernelError} ENOENT, EACCES, EPERM; EINVAL where it is no network namespace.
   */
  static async open(from: NamespaceSource): Promise<Namespace> {
    const { namespace } = await Namespace.openAnd(from, []);
    return namespace;
  }

  /** @internal Opens, and takes more steps in the same hop: their results are those from 1 on. */
  static async openAnd(
    from: NamespaceSource,
    more: readonly Step[],
  ): Promise<{ readonly namespace: Namespace; readonly results: JobResults }> {
    const checked = check(source, from, "open namespace", "from");
    const path = "path" in checked ? checked.path : undefined;
    const namespace = Namespace.pending(path, false);
    try {
      const results = await namespace.#channel.run([openStep(checked, 0), ...more]);
      namespace.settle(results, 0);
      return { namespace, results };
    } catch (error) {
      throw kernelFailure(`open namespace ${describeSource(checked)}`, error, { ...checked });
    }
  }

  /**
   * @internal Opens one that an earlier process pinned there: deleting it undoes the pin.
   * `undefined` where the path leads to nothing, to no namespace, or to another one by now.
   */
  static restore(path: string, cookie: string): Promise<Namespace | undefined> {
    return Namespace.pending(path, true).#openAs(path, cookie);
  }

  /** @internal As {@link Namespace.restore}, for one that somebody else has made. */
  static reopen(path: string, cookie: string): Promise<Namespace | undefined> {
    return Namespace.pending(path, false).#openAs(path, cookie);
  }

  async #openAs(path: string, cookie: string): Promise<Namespace | undefined> {
    try {
      this.settle(await this.#channel.run([openStep({ path }, 0)]), 0);
    } catch (error) {
      if (isNowhere(error)) return undefined;
      throw kernelFailure(`open namespace path ${path}`, error, { path });
    }
    if (this.identity.cookie === cookie) return this;
    await this.close();
    return undefined;
  }

  /** @internal Takes a pin away, whatever namespace is pinned there, or none: the path is free then. */
  static async unpin(path: string): Promise<void> {
    const namespace = Namespace.pending(path, true);
    try {
      namespace.settle(await namespace.#channel.run([openStep({ path }, 0)]), 0);
    } catch (error) {
      if (!isNowhere(error)) throw kernelFailure(`open namespace path ${path}`, error, { path });
      rmSync(path, { force: true }); // a process ended between making the file and mounting on it
      return;
    }
    await namespace.delete();
  }

  /** The namespace that this process is in. Needs no rights, as long as nothing is changed. */
  static own(): Promise<Namespace> {
    return Namespace.open({ path: "/proc/self/ns/net" });
  }

  /** @internal One that a job is about to fill. */
  static pending(path: string | undefined, made: boolean): Namespace {
    return new Namespace(key, new Channel(path ?? "(without a name)"), path, made);
  }

  /** @internal The job that fills it is under way: what is asked of it from now on waits for that. */
  begin(): void {
    this.#begun = true; // whoever closes it from now on has closed it for good
    this.#channel.opened(() => this.#path ?? this.#cookieName());
  }

  /** @internal The job has filled it, in this step. */
  settle(results: JobResults, step: number): void {
    this.#born = { results, step };
    if (!this.#begun) this.begin();
  }

  /** @internal The job has failed. */
  fail(): void {
    this.#channel.close("not open: the job that was to open it has failed");
  }

  #cookieName(): string {
    const known = this.#identity !== undefined || this.#born !== undefined;
    return known ? `(cookie ${this.identity.cookie})` : "(being made)";
  }

  /** @throws {CnmError} `ERR_CNM_CLOSED` before the job that makes it has run. */
  get identity(): NamespaceIdentity {
    this.#identity ??= this.#identify();
    return this.#identity;
  }

  #identify(): NamespaceIdentity {
    if (this.#born === undefined) {
      throw new CnmError("ERR_CNM_CLOSED", "namespace: its job has not run yet");
    }
    const { results, step } = this.#born;
    const { cookie } = results.at(step) as { cookie: string };
    this.#born = undefined; // lets the other answers go
    return { cookie, bootId: bootId() };
  }

  /** Where it is pinned, or where it was opened. */
  get path(): string | undefined {
    return this.#path;
  }

  /** Whether it was closed or deleted, or its job has not run yet. */
  get closed(): boolean {
    return this.#channel.closed;
  }

  /**
   * Opens a socket inside the namespace, bound and non-blocking; it works there from any thread.
   * Sockets of `"tcp"` do not listen yet. The caller closes the descriptor.
   *
   * @throws {KernelError} EADDRINUSE, EADDRNOTAVAIL, EACCES.
   */
  async openSocket(spec: SocketSpec): Promise<OpenSocket> {
    const { type, address, port = 0 } = check(socketSpec, spec, "open socket");
    const operation = `open ${type} socket ${address} port ${port}`;
    this.#channel.assertOpen(operation);
    try {
      const step: Step = { do: "socket", in: 0, type, address, port };
      return (await this.#channel.run([step])).at(0) as OpenSocket;
    } catch (error) {
      throw kernelFailure(operation, error, { address, port, namespace: this.#channel.name });
    }
  }

  /**
   * Opens a queue of a tun or tap inside the namespace, to read and write its packets. A link that
   * is not there yet is made, and is gone when the caller closes the descriptor.
   *
   * @throws {KernelError} with `syscall` `"open"`: ENOENT, EPERM of `/dev/net/tun`; `"ioctl"`: EBUSY
   *   where somebody has it open, EINVAL where the name is another link's.
   */
  openTun(spec: TunQueueSpec): Promise<OpenTun> {
    return openTun(this.#channel, spec);
  }

  /**
   * Takes a name that one holder at a time has in the namespace, whoever asks, of all processes.
   *
   * @param name 1 to 107 printable ASCII characters; those of abstract unix sockets.
   * @throws {KernelError} EADDRINUSE where somebody has it; `context.pid` says who, 0 where that
   *   process is of a pid namespace that is not seen from here.
   */
  hold(name: string): Promise<Hold> {
    return takeHold(this.#channel, name);
  }

  /** Lets go of it, after what was asked before. What is pinned stays. Closing twice is no error. */
  async close(): Promise<void> {
    await this.#end("close");
  }

  /**
   * Lets go of it and undoes the pin that {@link Namespace.create} made. The kernel removes the
   * namespace, and every link in it, when no process, socket or mount holds it any more.
   *
   * @throws {KernelError} ESTALE where the path names something else by now; it is left alone.
   */
  async delete(): Promise<void> {
    await this.#end("delete");
  }

  async #end(verb: "close" | "delete"): Promise<void> {
    const { closed, name } = this.#channel;
    const pinned = this.#pinned;
    if (closed && (verb === "close" || !pinned)) return;
    if (verb === "delete") this.#pinned = false;
    this.#channel.close(verb === "close" ? "closed" : "deleted");
    try {
      if (closed) await this.#unpinClosed();
      else await this.#channel.run([this.#lastStep(verb)]);
    } catch (error) {
      this.#pinned = pinned; // another delete() tries again
      throw kernelFailure(`${verb} namespace ${name}`, error, { namespace: name });
    }
  }

  // One that was restored has its pin from an earlier process: the addon has not heard of it.
  #lastStep(verb: "close" | "delete"): Step {
    const path = this.#path;
    if (verb === "close" || !this.#made || path === undefined) return { do: verb, in: 0 };
    return { do: verb, in: 0, path };
  }

  /** What was closed before has only its pin left; the path may be another namespace's by now. */
  async #unpinClosed(): Promise<void> {
    const path = this.#path;
    if (path === undefined || !existsSync(path)) return;
    const again = new Channel(path);
    const opened = await again.run([openStep({ path }, 0)]);
    const { cookie } = opened.at(0) as { cookie: string };
    const ours = cookie === this.identity.cookie;
    await again.run([ours ? { do: "delete", in: 0, path } : { do: "close", in: 0 }]);
  }

  /** Deletes what {@link Namespace.create} made, closes what was opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#made ? this.delete() : this.close());
  }
}

/** @internal */
export function createStep(path: string | undefined, at: number): Extract<Step, { do: "create" }> {
  return path === undefined ? { do: "create", in: at } : { do: "create", in: at, path };
}

/** @internal */
export function openStep(from: NamespaceSource, at: number): Extract<Step, { do: "open" }> {
  if ("fd" in from) return { do: "open", in: at, fd: from.fd };
  return { do: "open", in: at, path: "path" in from ? from.path : `/proc/${from.pid}/ns/net` };
}

/** @internal "path /run/netns/web" or "pid 4711", for messages. */
export function describeSource(from: NamespaceSource): string {
  return Object.entries(from).join(" ").replace(",", " ");
}

/** lo is 1 in every namespace: LOOPBACK_IFINDEX. @internal */
export const loopbackUp: Message = {
  type: "RTM_SETLINK",
  header: { index: 1, flags: ["up"], change: ["up"] },
};

function isNowhere(error: unknown): boolean {
  const code = (error as { readonly code?: unknown }).code;
  return code === "ENOENT" || code === "ENOTDIR" || code === "EINVAL";
}

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return knownBootId;
}
