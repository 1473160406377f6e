import type { Host } from "../drivers/contract.js";
import { drivers } from "../drivers/index.js";
import { CnmError, phrase } from "../errors.js";
import type { Ipam, IpamOptions, PoolSource } from "../ipam/contract.js";
import { ipams } from "../ipam/index.js";
import { Namespace, type NamespaceSource } from "../kernel/namespace.js";
import type { Store } from "../store/contract.js";
import { openDefaultStore } from "../store/index.js";
import { check } from "../util/check.js";
import { nearMiss } from "../util/near-miss.js";
import { assertInternal, internal, type Core } from "./core.js";
import { createNetwork, type NetworkOptions } from "./create-network.js";
import { adoptSandbox, createSandbox } from "./create-sandbox.js";
import { collect } from "./failure.js";
import { newId, type ControllerId } from "./ids.js";
import { Network } from "./network.js";
import { controllerOptions } from "./options.js";
import { Registry } from "./registry.js";
import { RunDirectory } from "./run-directory.js";
import { Sandbox, type SandboxOptions } from "./sandbox.js";

/** How {@link Controller.open} is to open. */
export interface ControllerOptions {
  /** Names its run directory and marks its links. Up to 16 of a-z, 0-9, `-`. Default: `vethwork`. */
  readonly instance?: string;
  /**
   * Where namespaces are pinned. Default: `/run/<instance>` if it can be made, else
   * `$XDG_RUNTIME_DIR/<instance>`, else a temporary folder.
   */
  readonly runDirectory?: string;
  /**
   * The network namespace that is "the host": bridges and the host's ends of pairs live there. It
   * stays the caller's to close. Default: the one that this process is in.
   */
  readonly host?: Namespace;
  /** Where subnets come from that nobody asked for by name, in the order to try. */
  readonly pools?: readonly PoolSource[];
  readonly signal?: AbortSignal;
}

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
  readonly #ownsHost: boolean;
  readonly #births = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  private constructor(
    token: symbol,
    core: Omit<Core, "assertOpen">,
    instance: string,
    ownsHost: boolean,
  ) {
    assertInternal(token, "Controller.open()");
    this.id = core.id;
    this.instance = instance;
    this.#ownsHost = ownsHost;
    this.#core = { ...core, assertOpen: (operation) => this.#assertOpen(operation) };
  }

  /**
   * Opens a controller with its state in memory: nothing that it makes outlives it.
   *
   * @throws {CnmError} `ERR_CNM_UNSUPPORTED` where there is no addon, or no run directory.
   * @throws {KernelError} when the host's namespace cannot be opened.
   */
  static async open(options: ControllerOptions = {}): Promise<Controller> {
    const checked = check(controllerOptions, options, "open controller");
    checked.signal?.throwIfAborted();
    const instance = checked.instance ?? "vethwork";
    const id = newId() as ControllerId;
    const given = checked.host;
    assertHostOpen(given);
    const made = makeIpams({ controllerId: id, pools: checked.pools });
    const namespace = given ?? (await Namespace.own());
    try {
      checked.signal?.throwIfAborted();
      const host: Host = { namespace, mark: (object) => `${instance}.${id}.${object}` };
      const directory = new RunDirectory(checked.runDirectory, instance);
      const store = await openDefaultStore();
      const core = coreOf({ id, host, store, directory }, made);
      return new Controller(internal, core, instance, given === undefined);
    } catch (error) {
      if (given === undefined) await namespace.close();
      throw error;
    }
  }

  /**
   * Makes a network. When this rejects, nothing has changed.
   *
   * @throws {CnmError} `ERR_CNM_NAME_TAKEN`, `ERR_CNM_SUBNET_OVERLAP`, `ERR_CNM_POOL_EXHAUSTED`,
   *   `ERR_CNM_INVALID_ADDRESS`, `ERR_CNM_CONFLICT` (the bridge's name is another link's).
   * @throws {KernelError} when the kernel refused a step.
   */
  createNetwork(name: string, options: NetworkOptions = {}): Promise<Network> {
    return this.#born(() => createNetwork(this.#core, name, options));
  }

  /**
   * Makes a sandbox: a new network namespace with its loopback up.
   *
   * @throws {CnmError} `ERR_CNM_NAME_TAKEN`.
   * @throws {KernelError} EEXIST where `path` is there already; EPERM without the rights.
   */
  createSandbox(name: string, options: SandboxOptions = {}): Promise<Sandbox> {
    return this.#born(() => createSandbox(this.#core, name, options));
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
    return this.#born(() => adoptSandbox(this.#core, name, from, options));
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
   * Ends. State in memory ends with it, so all that it made is taken down; what is under way is
   * waited for. Closing twice is no error.
   *
   * @throws {AggregateError} of all that failed; what could be removed is.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#births);
    const { networks, sandboxes, store, directory, host } = this.#core;
    await Promise.all(networks.values().map((network) => network.settle()));
    const endpoints = networks.values().flatMap((network) => network.endpoints());
    await collect("close controller", [
      ...sandboxes.values().map((sandbox) => () => sandbox.delete()),
      ...endpoints.map((endpoint) => () => endpoint.delete()),
      ...networks.values().map((network) => () => network.delete()),
      () => store.close(),
      () => directory.close(),
      () => (this.#ownsHost ? host.namespace.close() : undefined),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #born<T>(birth: () => Promise<T>): Promise<T> {
    const promise = birth();
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

// Now, and not with the first network that needs one: pools that make no sense are refused here.
function makeIpams(options: IpamOptions): readonly Ipam[] {
  try {
    return ipams.map((factory) => factory.create(options));
  } catch (error) {
    throw phrase("open controller", error);
  }
}

interface Parts {
  readonly id: ControllerId;
  readonly host: Host;
  readonly store: Store;
  readonly directory: RunDirectory;
}

function coreOf(parts: Parts, made: readonly Ipam[]): Omit<Core, "assertOpen"> {
  const byName = <T extends { name: string }>(
    field: string,
    all: readonly T[],
    name: string,
  ): T => {
    const found = all.find((one) => one.name === name);
    if (found !== undefined) return found;
    const names = all.map((one) => one.name);
    const meant = nearMiss(name, names);
    throw new CnmError(
      "ERR_CNM_INVALID_OPTION",
      `create network: ${field}: there is no ${JSON.stringify(name.slice(0, 64))}; ${
        meant === undefined ? `known are ${names.join(", ")}` : `did you mean ${meant}?`
      }`,
      { field },
    );
  };
  return {
    ...parts,
    networks: new Registry("network"),
    sandboxes: new Registry("sandbox"),
    driver: (name) => byName("driver", drivers, name),
    ipam: (name) => byName("ipam", made, name),
  };
}
