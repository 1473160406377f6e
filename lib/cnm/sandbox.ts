import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import type { Namespace } from "../kernel/namespace.js";
import type { Family } from "../net/ip.js";
import type { Lock } from "../util/lock.js";
import { assertInternal, internal, type Core } from "./core.js";
import type { Endpoint } from "./endpoint.js";
import { collect } from "./failure.js";
import { SandboxFiles } from "./hosts.js";
import { hostsEntriesOf } from "./hosts-entries.js";
import type { SandboxId } from "./ids.js";
import type { Naming } from "./naming.js";
import { traced } from "./operations.js";
import { isRunning } from "./process.js";
import { forget, keep, type SandboxRecord } from "./records.js";
import { recordOf, type SandboxMade } from "./sandbox-record.js";
import { hasIfname, isAnothers, isDeleted } from "./sandbox-refusals.js";
import type { SandboxInspection } from "./sandbox-types.js";
import { checkSpawn } from "./check-spawn.js";
import { spawnInside, type Spawn } from "./spawn.js";
import { statisticsOfAll, type SandboxStatistics } from "./statistics.js";
import { TracedLock } from "./traced-lock.js";

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
  #made: SandboxMade;
  readonly #endpoints = new Set<Endpoint>();
  readonly #files: SandboxFiles;
  #deleted: Promise<void> | undefined;

  /** @internal */
  static make(core: Core, made: SandboxMade): Sandbox {
    return new Sandbox(internal, core, made);
  }

  private constructor(token: symbol, core: Core, made: SandboxMade) {
    assertInternal(token, "controller.createSandbox()");
    this.#core = core;
    this.lock = new TracedLock(core.operations);
    this.id = made.id;
    this.name = made.name;
    this.hostname = made.hostname;
    this.order = made.order;
    this.namespace = made.namespace;
    this.#made = made;
    const { dns = {} } = made.files;
    this.#files = new SandboxFiles(core.directory, this.id, dns, () =>
      hostsEntriesOf(this, made.files),
    );
  }

  /** @internal The same, of which nobody knew yet, under another name. */
  renamed(name: string, hostname: string): Sandbox {
    return new Sandbox(internal, this.#core, { ...this.#made, name, hostname });
  }

  /** Where its namespace is pinned or was found; `undefined` where it was adopted by pid or fd. */
  get path(): string | undefined {
    return this.namespace.path;
  }

  /** The file that its programs see as `/etc/hosts`, for runtimes that mount it themselves. */
  get hostsPath(): string {
    this.assertAlive("sandbox.hostsPath");
    return this.#filesInUse().hostsPath;
  }

  /** The file that its programs see as `/etc/resolv.conf`. */
  get resolvConfPath(): string {
    this.assertAlive("sandbox.resolvConfPath");
    return this.#filesInUse().resolvConfPath;
  }

  /** What is joined to it, in the order of joining. */
  endpoints(): readonly Endpoint[] {
    return [...this.#endpoints];
  }

  /** As it is now, as plain JSON. */
  inspect(): SandboxInspection {
    const { adopted, files } = this.#made;
    return {
      version: 1,
      id: this.id,
      name: this.name,
      hostname: this.hostname,
      domainname: files.domainname ?? null,
      extraHosts: { ...files.extraHosts },
      dns: structuredClone(files.dns ?? {}),
      path: this.path ?? null,
      identity: this.namespace.identity,
      adopted,
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
    const files = this.#filesInUse();
    const hosts = [files.hostsPath, "/etc/hosts"] as const;
    const resolver = [files.resolvConfPath, "/etc/resolv.conf"] as const;
    return existsSync("/etc/resolv.conf") ? [hosts, resolver] : [hosts];
  }

  #filesInUse(): SandboxFiles {
    this.#core.withFiles.add(this);
    return this.#files;
  }

  /**
   * What the interfaces of its endpoints have counted, in the order of joining; see
   * {@link Endpoint.statistics}. Others, and the loopback, are not among them.
   *
   * @throws {CnmError} `ERR_CNM_CLOSED` once it is deleted.
   * @throws {KernelError} ENODEV where an interface is gone.
   */
  async statistics(): Promise<readonly SandboxStatistics[]> {
    this.assertAlive(`get statistics of sandbox ${this.name}`);
    return statisticsOfAll(this.endpoints());
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
    return this.#made.adopted ? this.namespace.close() : this.namespace.delete();
  }

  /** @internal Its namespace is gone. */
  hasGone(change: "deleted" | "gone" = "deleted"): void {
    const { id, name } = this;
    this.#core.sandboxes.remove(this);
    this.#core.events.tell(() => ({ kind: "sandbox", change, sandbox: { id, name } }));
    this.#core.withFiles.delete(this);
    this.#files.remove();
  }

  /** What the store keeps. @internal */
  record(): SandboxRecord {
    return recordOf(this.#made);
  }

  /** @internal While it is taken down. */
  passingRecord(): SandboxRecord {
    return { ...this.record(), made: null };
  }

  /** @internal Whether the process that it was adopted from is there still, if it was by one. */
  get isOrphaned(): boolean {
    const { source } = this.#made;
    return source !== null && "pid" in source && !isRunning(source);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete();
  }

  /** @internal */
  assertAlive(operation: string, field?: string): void {
    if (this.#deleted !== undefined) throw isDeleted(this, operation, field);
  }

  /** @internal @throws {CnmError} `ERR_CNM_CONFLICT` for a network of another controller. */
  assertOf(core: Core, operation: string, field: string): void {
    if (core !== this.#core) throw isAnothers(this, operation, field);
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
    if (this.#files.find()) this.#core.withFiles.add(this);
  }

  /** @internal Somebody came to, or left, a network of ours. */
  updateFiles(): void {
    this.#files.update();
  }

  /**
   * @internal The name that is wanted, or the first with that beginning that is free.
   *
   * @param promised Those of who is to come before it.
   * @throws {CnmError} `ERR_CNM_CONFLICT` where it is taken.
   */
  ifnameFor({ ifname, ifnamePrefix = "eth" }: Naming, promised: readonly string[] = []): string {
    const isTaken = (one: string) => this.#isTaken(one) || promised.includes(one);
    if (ifname !== undefined && isTaken(ifname)) throw hasIfname(this, ifname);
    if (ifname !== undefined) return ifname;
    for (let n = 0; ; n++) if (!isTaken(`${ifnamePrefix}${n}`)) return `${ifnamePrefix}${n}`;
  }

  #isTaken(ifname: string): boolean {
    const { ifnames } = this.#made.found;
    return ifnames.includes(ifname) || this.endpoints().some((one) => one.ifname === ifname);
  }

  /** @internal The host's own namespace. */
  get isHost(): boolean {
    return this.namespace.identity.cookie === this.#core.host.namespace.identity.cookie;
  }

  /** @internal One of somebody else's is there, since the sandbox was adopted or later. */
  hadDefaultRoute(family: Family): boolean {
    return this.#made.found.defaultRoutes.includes(family);
  }

  /** @internal From now on it is. */
  async findDefaultRoute(family: Family): Promise<void> {
    const { found } = this.#made;
    this.#made = {
      ...this.#made,
      found: { ...found, defaultRoutes: [...found.defaultRoutes, family] },
    };
    await this.#core.store.write([keep("sandbox", this.id, this.record())]);
  }
}
