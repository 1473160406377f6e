import { CnmError } from "../errors.js";
import { Namespace, type NamespaceSource } from "../kernel/namespace.js";
import { check } from "../util/check.js";
import { Undo } from "../util/undo.js";
import { attach, attachMany, type AttachOptions, type AttachRequest } from "./attach.js";
import { controllerOptions } from "./controller-options.js";
import type { ControllerOptions } from "./controller-types.js";
import { assertInternal, internal, type Core } from "./core.js";
import { createNetwork, type NetworkOptions } from "./create-network.js";
import { adoptSandbox, createSandbox } from "./create-sandbox.js";
import { detachMany, takeDown } from "./detach.js";
import type { Endpoint } from "./endpoint.js";
import type { Watch, WatchOptions } from "./events.js";
import { collect } from "./failure.js";
import { holdInstance } from "./hold-instance.js";
import type { Finding, Repair } from "./finding.js";
import type { ControllerId } from "./ids.js";
import { listLeftovers, removeLeftovers, type Leftovers } from "./leftovers.js";
import { metrics, type MetricsSnapshot } from "./metrics.js";
import type { Network } from "./network.js";
import { openCore } from "./open-core.js";
import type { OperationName } from "./operations.js";
import { prune, type Pruned, type PruneOptions } from "./prune.js";
import { restore } from "./restore.js";
import type { Sandbox } from "./sandbox.js";
import type { NewSandbox, SandboxOptions } from "./sandbox-types.js";
import { survey, type Found } from "./survey.js";
import { WarmPool, type WarmPoolOptions } from "./warm-pool.js";

/**
 * One host's view: owns the networks and the sandboxes. See docs/architecture.md, "Controller".
 *
 * @example
 * await using cnm = await Controller.open();
 * const network = await cnm.createNetwork("demo", { subnets: ["10.90.0.0/24"] });
 * const web = await cnm.createSandbox("web");
 * const endpoint = await network.createEndpoint("web");
 * await endpoint.join(web);
 */
export class Controller implements AsyncDisposable {
  readonly id: ControllerId;
  readonly instance: string;
  readonly #core: Core;
  /** What lets go of all that it was opened with, in this order. */
  readonly #closers: Closers;
  readonly #births = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  private constructor(
    token: symbol,
    core: Omit<Core, "assertOpen">,
    instance: string,
    closers: Closers,
  ) {
    assertInternal(token, "Controller.open()");
    this.id = core.id;
    this.instance = instance;
    this.#closers = closers;
    this.#core = { ...core, assertOpen: (operation) => this.#assertOpen(operation) };
  }

  /**
   * Opens a controller. With a `stateDirectory` it goes on where the last process ended, however it
   * ended: what that one was in the middle of is undone, what has gone from the kernel meanwhile is
   * made again, what is left over is removed, and sandboxes that run are not touched.
   *
   * @throws {CnmError} `ERR_CNM_UNSUPPORTED` where there is no addon, or no run directory;
   *   `ERR_CNM_STORE` where the state cannot be read; `ERR_CNM_CONFLICT` where another controller
   *   holds the state directory, or is open as this instance in the host's namespace (`context.pid`),
   *   or where a network in the state is of a driver or IPAM that is not given;
   *   `ERR_CNM_NAME_TAKEN` where one that is given has the name of another.
   * @throws {KernelError} when the host's namespace cannot be opened.
   */
  static async open(options: ControllerOptions = {}): Promise<Controller> {
    const checked = check(controllerOptions, options, "open controller");
    checked.signal?.throwIfAborted();
    const instance = checked.instance ?? "vethwork";
    const given = checked.host;
    assertHostOpen(given);
    const closers: (() => unknown)[] = [];
    await using undo = new Undo();
    undo.defer(() => collect("open controller", closers));
    const namespace = given ?? (await Namespace.own());
    if (given === undefined) closers.unshift(() => namespace.close());
    checked.signal?.throwIfAborted();
    const hold = await holdInstance(namespace, instance);
    closers.push(() => hold.release());
    checked.signal?.throwIfAborted();
    const core = await openCore(instance, namespace, checked, closers);
    const controller = new Controller(internal, core, instance, closers);
    if (core.store.durable) {
      undo.defer(() => controller.#letGo());
      await restore(controller.#core);
      checked.signal?.throwIfAborted();
      await controller.repair();
    }
    undo.commit();
    return controller;
  }

  /**
   * Makes a network. When this rejects, nothing has changed.
   *
   * @throws {CnmError} `ERR_CNM_NAME_TAKEN`, `ERR_CNM_SUBNET_OVERLAP`, `ERR_CNM_POOL_EXHAUSTED`,
   *   `ERR_CNM_INVALID_ADDRESS`, `ERR_CNM_CONFLICT` (the bridge's name is another link's).
   * @throws {KernelError} when the kernel refused a step.
   */
  createNetwork(name: string, options: NetworkOptions = {}): Promise<Network> {
    return this.#born("createNetwork", () => createNetwork(this.#core, name, options));
  }

  /**
   * Makes a sandbox: a new network namespace with its loopback up.
   *
   * @throws {CnmError} `ERR_CNM_NAME_TAKEN`.
   * @throws {KernelError} EEXIST where `path` is there already; EPERM without the rights.
   */
  createSandbox(name: string, options: SandboxOptions = {}): Promise<Sandbox> {
    return this.#born("createSandbox", () => createSandbox(this.#core, name, options));
  }

  /**
   * Takes a namespace that somebody else made as a sandbox and sets its loopback up; what is in it
   * stays, also when the sandbox is deleted.
   *
   * @throws {KernelError} ENOENT, EPERM; EINVAL where it is no network namespace.
   */
  adoptSandbox(
    name: string,
    from: NamespaceSource,
    options: Omit<SandboxOptions, "path"> = {},
  ): Promise<Sandbox> {
    return this.#born("adoptSandbox", () => adoptSandbox(this.#core, name, from, options));
  }

  /**
   * Makes an endpoint of the sandbox's name on the network, and joins it; a sandbox that is to be made
   * is made too, in less time than one after the other takes. When this rejects, nothing has changed.
   *
   * @throws {CnmError} what {@link Controller.createSandbox}, {@link Network.createEndpoint} and
   *   {@link Endpoint.join} throw.
   * @throws {KernelError} when the kernel refused a step.
   */
  attach(
    sandbox: Sandbox | NewSandbox,
    network: Network,
    options: AttachOptions = {},
  ): Promise<Endpoint> {
    return this.#born("attach", () => attach(this.#core, sandbox, network, options));
  }

  /**
   * Removes the networks that have no endpoints, or those of them that the options fit. One that is
   * config-only stays. What cannot be removed keeps no other from being removed.
   *
   * @returns What was removed.
   * @throws {AggregateError} of all that failed; what was removed is told by events.
   */
  prune(options: PruneOptions = {}): Promise<readonly Pruned[]> {
    return this.#born("prune", () => prune(this.#core, options));
  }

  /**
   * As {@link Controller.attach} for each, all or none: when this rejects, or the process ends
   * meanwhile, nothing has changed. Resolves to the endpoints, in the order of the requests.
   *
   * @throws {CnmError} as there; `context.field` says of which request: `"requests.3.ifname"`.
   * @throws {AggregateError} where more than one failed.
   */
  attachMany(
    requests: readonly AttachRequest[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly Endpoint[]> {
    return this.#born("attachMany", () => attachMany(this.#core, requests, options));
  }

  /**
   * Deletes endpoints, and sandboxes with all that is in them, in one go: a thousand in the time that
   * the kernel takes for some twenty, one by one. What could not be taken down stays as it was.
   *
   * @param options.signal Looked at before anything is touched.
   * @throws {AggregateError} of all that failed, where it is more than one.
   */
  detachMany(
    objects: readonly (Endpoint | Sandbox)[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    return this.#born("detachMany", () => detachMany(this.#core, objects, options));
  }

  /**
   * Makes sandboxes ahead, attached to the network, for whoever cannot wait for one.
   *
   * @throws {CnmError} `ERR_CNM_POOL_EXHAUSTED` where the network has not so many addresses, and
   *   whatever else {@link Controller.attach} throws; nothing is left then.
   */
  createWarmPool(network: Network, options: WarmPoolOptions): Promise<WarmPool> {
    return this.#born("createWarmPool", () => WarmPool.make(this.#core, network, options));
  }

  /**
   * By name, by id, by a unique beginning of the id.
   *
   * @throws {CnmError} `ERR_CNM_NOT_FOUND`, `ERR_CNM_AMBIGUOUS`.
   */
  network(reference: string): Network {
    this.#assertOpen("network");
    return this.#core.networks.find(reference);
  }

  /** As {@link Controller.network}. */
  sandbox(reference: string): Sandbox {
    this.#assertOpen("sandbox");
    return this.#core.sandboxes.find(reference);
  }

  /** In the order of their making. */
  networks(): readonly Network[] {
    return this.#core.networks.values();
  }

  /** In the order of their making. */
  sandboxes(): readonly Sandbox[] {
    return this.#core.sandboxes.values();
  }

  /**
   * What happens to networks, endpoints and sandboxes from now on, as it happens.
   *
   * @example
   * for await (const event of cnm.watch({ signal })) if (event.kind === "drift") ...
   */
  watch(options: WatchOptions = {}): Watch {
    this.#assertOpen("watch");
    return this.#core.events.watch(options);
  }

  /**
   * In what the kernel and the state do not agree; empty: in nothing. Changes nothing. Each finding
   * is told as a `drift` event too.
   *
   * @throws {KernelError} when the host cannot be looked at.
   */
  async check(): Promise<readonly Finding[]> {
    const found = await this.#core.operations.run("check", () => this.#survey("check"));
    return found.map(({ finding }) => finding);
  }

  /**
   * Mends what {@link Controller.check} finds: what is gone is made again, or taken for left; what is
   * left over is removed, as long as it carries this controller's mark. What cannot be mended is told
   * with its error, and keeps nothing else from being mended.
   *
   * @throws {KernelError} when the host cannot be looked at.
   */
  repair(): Promise<readonly Repair[]> {
    return this.#core.operations.run("repair", () => this.#repair());
  }

  async #repair(): Promise<readonly Repair[]> {
    const repairs: Repair[] = [];
    for (const found of await this.#survey("repair")) {
      const repair = { finding: found.finding, error: await failureOf(() => found.mend()) };
      repairs.push(repair);
      this.#core.drift.ended(repair);
      this.#core.events.tell(() => ({ kind: "repair", ...repair }));
    }
    return repairs;
  }

  /**
   * What earlier controllers of this instance, whose state is lost, have left on the host. Nothing of
   * it is ever touched unasked.
   *
   * @throws {KernelError} when the host cannot be looked at.
   */
  leftovers(): Promise<readonly Leftovers[]> {
    this.#assertOpen("leftovers");
    return listLeftovers(this.#core);
  }

  /**
   * Removes all links on the host that carry the mark of that controller, and its pins and files in
   * this controller's run directory.
   *
   * @throws {CnmError} `ERR_CNM_NOT_FOUND` where nothing carries it; `ERR_CNM_CONFLICT` for this one's own.
   * @throws {AggregateError} of all that failed, where it is more than one.
   */
  removeLeftovers(controllerId: string): Promise<void> {
    this.#assertOpen("remove leftovers");
    return this.#born("removeLeftovers", () => removeLeftovers(this.#core, controllerId));
  }

  async #survey(operation: string): Promise<readonly Found[]> {
    this.#assertOpen(operation);
    const found = await survey(this.#core);
    for (const { finding } of found) {
      this.#core.drift.found(finding);
      this.#core.events.tell(() => ({ kind: "drift", finding }));
    }
    return found;
  }

  /**
   * What there is, what was done since it was opened, and how long it took, as plain JSON. Costs as
   * much as there are endpoints. {@link formatMetrics} makes Prometheus' text of it.
   *
   * @throws {CnmError} `ERR_CNM_CLOSED`.
   */
  metrics(): MetricsSnapshot {
    this.#assertOpen("metrics");
    return metrics(this.#core, this.instance);
  }

  /**
   * Ends; what is under way is waited for. With a `stateDirectory` or a durable `store`, all that runs
   * goes on, and whoever opens it next has it again. Without one, nobody could find it again: all that
   * this controller made is taken down, as {@link Controller.destroy} does. Closing twice is no error.
   *
   * @throws {AggregateError} of all that failed; what could be removed is.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close(this.#core.store.durable ? [] : this.#takeDown());
    return this.#closed;
  }

  /**
   * Takes down all sandboxes, endpoints and networks, and ends.
   *
   * @throws {CnmError} `ERR_CNM_CLOSED` where it is closed already, and left everything as it was.
   * @throws {AggregateError} of all that failed; what could be removed is.
   */
  async destroy(): Promise<void> {
    this.#assertOpen("destroy");
    this.#closed = this.#close(this.#takeDown());
    await this.#closed;
  }

  async #close(before: readonly (() => Promise<void>)[]): Promise<void> {
    const { networks, sandboxes, events } = this.#core;
    await Promise.allSettled(this.#births);
    await Promise.all(networks.values().map((network) => network.membership.settle()));
    const pools = networks.values().flatMap((network) => [...network.warmPools]);
    await Promise.all(sandboxes.values().map(({ lock }) => lock.run(() => Promise.resolve())));
    events.close();
    await collect("close controller", [
      ...pools.map((pool) => () => pool.close()),
      ...before,
      () => this.#letGo(),
      ...this.#closers,
    ]);
  }

  /** One after the other: an endpoint leaves its sandbox before its network goes. */
  #takeDown(): readonly (() => Promise<void>)[] {
    const { networks, sandboxes } = this.#core;
    const all = () => [
      ...sandboxes.values(),
      ...networks.values().flatMap((network) => network.endpoints()),
    ];
    return [
      () => takeDown(this.#core, all(), "close controller", undefined),
      () => {
        const all = networks.values();
        const inOrder = [
          ...all.filter(({ configOnly }) => !configOnly), // some have the options of the others
          ...all.filter(({ configOnly }) => configOnly),
        ];
        return collect(
          "close controller",
          inOrder.map((network) => () => network.delete()),
        );
      },
    ];
  }

  /** Of the descriptors; what runs goes on. */
  async #letGo(): Promise<void> {
    await Promise.all(this.#core.sandboxes.values().map((sandbox) => sandbox.namespace.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #born<T>(operation: OperationName, birth: () => Promise<T>): Promise<T> {
    const promise = this.#core.operations.run(operation, birth);
    this.#births.add(promise);
    try {
      return await promise;
    } finally {
      this.#births.delete(promise);
    }
  }

  #assertOpen(operation: string): void {
    if (this.#closed === undefined) return;
    throw new CnmError("ERR_CNM_CLOSED", `${operation}: the controller is closed`, { id: this.id });
  }
}

function assertHostOpen(host: Namespace | undefined): void {
  if (host?.closed !== true) return;
  throw new CnmError("ERR_CNM_CLOSED", "open controller: host: the namespace is closed", {
    field: "host",
  });
}

async function failureOf(work: () => Promise<void>): Promise<Error | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

type Closers = readonly (() => unknown)[];
