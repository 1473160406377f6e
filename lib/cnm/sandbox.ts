import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { CnmError } from "../errors.js";
import type { Namespace, NamespaceIdentity } from "../kernel/namespace.js";
import type { Family } from "../net/ip.js";
import { Lock } from "../util/lock.js";
import { assertInternal, internal, type Core } from "./core.js";
import type { Endpoint } from "./endpoint.js";
import { collect } from "./failure.js";
import { SandboxFiles, type HostsEntry } from "./hosts.js";
import type { SandboxId } from "./ids.js";
import { traced, type Operations } from "./operations.js";
import { isRunning } from "./process.js";
import { forget, keep, type SandboxRecord, type SourceRecord } from "./records.js";
import { checkSpawn } from "./check-spawn.js";
import { spawnInside, type Spawn } from "./spawn.js";

/** How {@link Controller.createSandbox} is to make it. */
export interface SandboxOptions {
  /** Where its namespace is pinned: a file that does not exist yet. Default: in the run directory. */
  readonly path?: string;
  /** For its `/etc/hosts`. Default: its name. */
  readonly hostname?: string;
  /** Looked at between steps; the step under way finishes, then all is undone. */
  readonly signal?: AbortSignal;
}

/** A sandbox that is to be made: {@link SandboxOptions} with a name. */
export interface NewSandbox extends Omit<SandboxOptions, "signal"> {
  readonly name: string;
}

/** A sandbox as plain JSON. */
export interface SandboxInspection {
  readonly version: 1;
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  readonly path: string | null;
  readonly identity: NamespaceIdentity;
  /** Made by somebody else: deleting the sandbox leaves the namespace. */
  readonly adopted: boolean;
  readonly endpoints: readonly { readonly id: string; readonly name: string }[];
}

/** What was in a namespace before it was ours. @internal */
export interface Found {
  readonly ifnames: readonly string[];
  readonly defaultRoutes: readonly Family[];
}

interface Made {
  readonly id: SandboxId;
  readonly name: string;
  readonly order: number;
  readonly hostname: string;
  readonly namespace: Namespace;
  readonly source: SourceRecord | null;
  readonly adopted: boolean;
  readonly found: Found;
}

/**
 * One network namespace with its interfaces and files. See docs/architecture.md, "Sandbox".
 *
 * @example
 * const sandbox = await cnm.createSandbox("web");
 * sandbox.spawn("ip", ["address"], { stdio: "inherit" });
 */
export class Sandbox implements AsyncDisposable {
  readonly id: SandboxId;
  readonly name: string;
  readonly hostname: string;
  /** The kernel layer's view of it: links, addresses, routes, sysctls. */
  readonly namespace: Namespace;
  /** @internal Joins and leaves of one sandbox queue up. */
  readonly lock: Lock;
  /** @internal Of making. */
  readonly order: number;
  readonly #core: Core;
  readonly #source: SourceRecord | null;
  readonly #adopted: boolean;
  readonly #found: Found;
  readonly #endpoints = new Set<Endpoint>();
  readonly #files: SandboxFiles;
  #deleted: Promise<void> | undefined;

  /** @internal */
  static make(core: Core, made: Made): Sandbox {
    return new Sandbox(internal, core, made);
  }

  private constructor(token: symbol, core: Core, made: Made) {
    assertInternal(token, "controller.createSandbox()");
    this.#core = core;
    this.lock = new TracedLock(core.operations);
    this.id = made.id;
    this.name = made.name;
    this.hostname = made.hostname;
    this.order = made.order;
    this.namespace = made.namespace;
    this.#source = made.source;
    this.#adopted = made.adopted;
    this.#found = made.found;
    this.#files = new SandboxFiles(core.directory, this.id, () => this.#hostsEntries());
  }

  /** Where its namespace is pinned or was found; `undefined` where it was adopted by pid or fd. */
  get path(): string | undefined {
    return this.namespace.path;
  }

  /** The file that its programs see as `/etc/hosts`, for runtimes that mount it themselves. */
  get hostsPath(): string {
    this.assertAlive("sandbox.hostsPath");
    return this.#files.hostsPath;
  }

  /** The file that its programs see as `/etc/resolv.conf`. */
  get resolvConfPath(): string {
    this.assertAlive("sandbox.resolvConfPath");
    return this.#files.resolvConfPath;
  }

  /** What is joined to it, in the order of joining. */
  endpoints(): readonly Endpoint[] {
    return [...this.#endpoints];
  }

  /** As it is now, as plain JSON. */
  inspect(): SandboxInspection {
    return {
      version: 1,
      id: this.id,
      name: this.name,
      hostname: this.hostname,
      path: this.path ?? null,
      identity: this.namespace.identity,
      adopted: this.#adopted,
      endpoints: this.endpoints().map(({ id, name }) => ({ id, name })),
    };
  }

  /**
   * Starts a program inside: `child_process.spawn` in all but the place. It sees this sandbox's
   * interfaces, `/etc/hosts` and `/etc/resolv.conf`, in a mount namespace of its own; `/sys` is the
   * host's. What cannot be started is told by an `"error"` event, as there.
   *
   * @throws {TypeError} what `child_process.spawn` throws for the same words.
   * @throws {CnmError} `ERR_CNM_CLOSED` once it is deleted.
   */
  readonly spawn: Spawn = ((command: unknown, second?: unknown, third?: unknown): ChildProcess => {
    const request = checkSpawn(command, second, third);
    this.assertAlive(`spawn ${request.command}`);
    const inside = {
      namespace: this.namespace,
      path: this.path ?? this.namespace.procPath,
      binds: this.#binds(),
    };
    return spawnInside(inside, request);
  }) as Spawn;

  // A machine without a resolv.conf has no place to mount one on, and no resolver to configure.
  #binds(): readonly (readonly [string, string])[] {
    const hosts = [this.#files.hostsPath, "/etc/hosts"] as const;
    const resolver = [this.#files.resolvConfPath, "/etc/resolv.conf"] as const;
    return existsSync("/etc/resolv.conf") ? [hosts, resolver] : [hosts];
  }

  #hostsEntries(): readonly HostsEntry[] {
    return this.endpoints().flatMap((own) => [
      ...own.addresses.map((ip) => ({ ip: bare(ip), names: namesOf(own, this.hostname) })),
      ...own.network.endpoints().flatMap((peer) => {
        if (peer === own || peer.sandbox === undefined) return [];
        return peer.addresses.map((ip) => ({ ip: bare(ip), names: namesOf(peer) }));
      }),
    ]);
  }

  /**
   * Leaves all networks and removes the namespace; an adopted one stays, without our interfaces.
   * Deleting twice is no error.
   *
   * @throws {AggregateError} of all that failed; what could be removed is.
   */
  delete(): Promise<void> {
    this.#deleted ??= this.#core.operations.run("deleteSandbox", () => this.#delete());
    return this.#deleted;
  }

  async #delete(): Promise<void> {
    // After the joins that were under way when deletion was asked for.
    await this.lock.run(() => Promise.resolve());
    await this.#takeDown("deleted");
  }

  /** @internal Its namespace is no more, and nobody had deleted it: cleans up behind it. */
  async bury(): Promise<void> {
    this.#deleted ??= this.#takeDown("gone");
    await this.#deleted;
  }

  async #takeDown(change: "deleted" | "gone"): Promise<void> {
    const { store, busy, operations } = this.#core;
    operations.about(() => [traced("sandbox", this)]);
    using _ = busy.enter(this.id);
    const namespace = { gone: false };
    const ifGone = (step: () => unknown) => () => (namespace.gone ? step() : undefined);
    try {
      await collect(`delete sandbox ${this.name}`, [
        () => store.write([keep("sandbox", this.id, this.passingRecord())]),
        ...this.endpoints().map((endpoint) => () => endpoint.leave()),
        async () => {
          await operations.step("namespace", () => this.leaveNamespace());
          namespace.gone = true;
        },
        ifGone(() => {
          this.hasGone(change);
        }),
        ifGone(() => store.write([forget("sandbox", this.id)])),
      ]);
    } finally {
      if (!namespace.gone) this.stays();
    }
  }

  /** @internal It is to be deleted with others; false where somebody is at that already. */
  goes(): boolean {
    if (this.#deleted !== undefined) return false;
    this.#deleted = Promise.resolve();
    return true;
  }

  /** @internal It is there still, and can be deleted again. */
  stays(): void {
    this.#deleted = undefined;
  }

  /** @internal Ends a namespace of ours, with what is in it; one of somebody else stays. */
  leaveNamespace(): Promise<void> {
    return this.#adopted ? this.namespace.close() : this.namespace.delete();
  }

  /** @internal Its namespace is gone. */
  hasGone(change: "deleted" | "gone" = "deleted"): void {
    const { id, name } = this;
    this.#core.sandboxes.remove(this);
    this.#core.events.tell(() => ({ kind: "sandbox", change, sandbox: { id, name } }));
    this.#files.remove();
  }

  /** What the store keeps. @internal */
  record(): SandboxRecord {
    const { id, name, order, hostname } = this;
    const made = this.namespace.identity;
    const source = this.#source;
    return { id, name, order, hostname, source, adopted: this.#adopted, found: this.#found, made };
  }

  /** @internal While it is taken down. */
  passingRecord(): SandboxRecord {
    return { ...this.record(), made: null };
  }

  /** @internal Whether the process that it was adopted from is there still, if it was by one. */
  get isOrphaned(): boolean {
    return this.#source !== null && "pid" in this.#source && !isRunning(this.#source);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete();
  }

  /** @internal `field`: the argument or option that it was given as. */
  assertAlive(operation: string, field?: string): void {
    if (this.#deleted === undefined) return;
    throw new CnmError(
      "ERR_CNM_CLOSED",
      `${operation}: the sandbox ${this.name} is deleted`,
      this.#context(field),
    );
  }

  /** @internal @throws {CnmError} `ERR_CNM_CONFLICT` for one of another controller. */
  assertOf(core: Core, operation: string, field: string): void {
    if (core === this.#core) return;
    throw new CnmError(
      "ERR_CNM_CONFLICT",
      `${operation}: the sandbox ${this.name} is another controller's; adopt it by its path`,
      this.#context(field),
    );
  }

  #context(field: string | undefined) {
    return { sandbox: this.name, id: this.id, ...(field !== undefined && { field }) };
  }

  /** @internal */
  attach(endpoint: Endpoint): void {
    this.#endpoints.add(endpoint);
  }

  /** @internal */
  detach(endpoint: Endpoint): void {
    this.#endpoints.delete(endpoint);
  }

  /** @internal Its files, which an earlier process may have made. */
  findFiles(): void {
    this.#files.find();
  }

  /** @internal Somebody came to, or left, a network of ours. */
  updateFiles(): void {
    this.#files.update();
  }

  /** @internal The first `eth<n>` that is free, and not among those. */
  freeIfname(promised: readonly string[] = []): string {
    for (let n = 0; ; n++) {
      const ifname = `eth${n}`;
      if (!this.#isTaken(ifname) && !promised.includes(ifname)) return ifname;
    }
  }

  /** @internal @throws {CnmError} `ERR_CNM_CONFLICT`. */
  assertIfnameFree(ifname: string, promised: readonly string[] = []): void {
    if (!this.#isTaken(ifname) && !promised.includes(ifname)) return;
    throw new CnmError(
      "ERR_CNM_CONFLICT",
      `ifname: the sandbox ${this.name} has an interface ${ifname} already`,
      { field: "ifname", sandbox: this.name, ifname },
    );
  }

  #isTaken(ifname: string): boolean {
    return (
      this.#found.ifnames.includes(ifname) || this.endpoints().some((one) => one.ifname === ifname)
    );
  }

  /** @internal One of ours has it, or it was there when the sandbox was adopted. */
  hasDefaultRoute(family: Family): boolean {
    return (
      this.#found.defaultRoutes.includes(family) ||
      this.endpoints().some((one) => one.hasDefaultRoute(family))
    );
  }
}

/** Waiting for others is a step of an operation, as what is done then. */
class TracedLock extends Lock {
  readonly #operations: Operations;

  constructor(operations: Operations) {
    super();
    this.#operations = operations;
  }

  override run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const waited = this.#operations.begin("lock");
    if (waited === undefined) return super.run(work, signal);
    return super
      .run(() => {
        waited();
        return work();
      }, signal)
      .finally(waited); // where the wait was aborted
  }
}

function namesOf({ name, network }: Endpoint, ...more: readonly string[]): readonly string[] {
  return [...new Set([...more, name, `${name}.${network.name}`])];
}

function bare(address: string): string {
  return address.slice(0, address.indexOf("/"));
}
