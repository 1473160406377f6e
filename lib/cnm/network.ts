import type { HostLinks } from "../drivers/contract.js";
import type { CnmError } from "../errors.js";
import { check } from "../util/check.js";
import { Undo } from "../util/undo.js";
import { Addressing } from "./addressing.js";
import type { HeldOptions } from "./config-only.js";
import { assertInternal, internal, type Core } from "./core.js";
import { DrivenNetwork } from "./driven-network.js";
import type { Endpoint } from "./endpoint.js";
import type { EndpointOptions } from "./endpoint-types.js";
import { collect, operate } from "./failure.js";
import type { NetworkId } from "./ids.js";
import { Membership } from "./membership.js";
import type { PoolMetrics } from "./metrics.js";
import { recordOf, type NetworkMade } from "./network-record.js";
import {
  hasEndpoints,
  hasWarmPool,
  isAnothers,
  isBorrowed,
  isDeleted,
} from "./network-refusals.js";
import type { NetworkChanges, NetworkInspection, Subnet } from "./network-types.js";
import { traced } from "./operations.js";
import { nameSchema, updateOptions, type CheckedEndpoint } from "./options.js";
import { forget, keep, type NetworkRecord } from "./records.js";
import type { WarmPool } from "./warm-pool.js";

/**
 * Endpoints that can reach each other. See docs/architecture.md, "Network".
 *
 * @example
 * const network = await cnm.createNetwork("demo", { subnets: ["10.90.0.0/24"] });
 * const endpoint = await network.createEndpoint("web");
 */
export class Network implements AsyncDisposable {
  readonly id: NetworkId;
  readonly name: string;
  readonly driver: string;
  readonly subnets: readonly Subnet[];
  /** Reaches nothing outside. */
  readonly internal: boolean;
  /** Holds options for other networks, and has no endpoints. */
  readonly configOnly: boolean;
  /** @internal Of making. */
  readonly order: number;
  /** @internal Those that are open on it. */
  readonly warmPools = new Set<WarmPool>();
  /** @internal What its driver does for it. */
  readonly driven: DrivenNetwork;
  /** @internal Whom it has, and who is being made. */
  readonly membership: Membership;
  readonly #core: Core;
  readonly #made: NetworkMade;
  #labels: Readonly<Record<string, string>>;
  readonly #borrowers = new Set<string>(); // names of networks that are made from this one
  readonly #addressing: Addressing;
  #deleted: Promise<void> | undefined;

  /** @internal */
  static make(core: Core, made: NetworkMade): Network {
    return new Network(internal, core, made);
  }

  private constructor(token: symbol, core: Core, made: NetworkMade) {
    assertInternal(token, "controller.createNetwork()");
    this.#core = core;
    this.#made = made;
    this.id = made.spec.id;
    this.name = made.spec.name;
    this.driver = made.driver.name;
    this.subnets = Object.freeze(made.spec.subnets.map((one) => Object.freeze({ ...one })));
    this.internal = made.spec.internal;
    this.configOnly = made.held !== undefined;
    this.#labels = Object.freeze({ ...made.labels });
    this.order = made.order;
    this.driven = new DrivenNetwork(core.host, core.operations, made);
    const { ipam, spec } = made;
    const { subnets } = this;
    this.#addressing = new Addressing({ ...this.#named(), mtu: spec.mtu, subnets, ipam });
    this.membership = new Membership(core, this, this.#addressing);
  }

  /** @internal Subnets that its IPAM has kept clear of all that the host reaches otherwise. */
  get clearSubnets(): readonly string[] {
    return this.#made.ipam.name === "default" ? this.subnets.map(({ subnet }) => subnet) : [];
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#labels;
  }

  /** `undefined` where a version made it that did not say. */
  get created(): Date | undefined {
    return this.#made.created && new Date(this.#made.created);
  }

  /**
   * Makes an endpoint and reserves its addresses. When this rejects, nothing has changed.
   *
   * @throws {CnmError} `ERR_CNM_NAME_TAKEN`, `ERR_CNM_ADDRESS_TAKEN`, `ERR_CNM_ADDRESS_OUT_OF_POOL`,
   *   `ERR_CNM_POOL_EXHAUSTED`, `ERR_CNM_INVALID_ADDRESS`, `ERR_CNM_INVALID_OPTION`;
   *   `ERR_CNM_CONFLICT` where the network is config-only.
   */
  createEndpoint(name: string, options: EndpointOptions = {}): Promise<Endpoint> {
    const { operations } = this.#core;
    return operations.run("createEndpoint", () => this.#beginEndpoint(name, options));
  }

  async #beginEndpoint(name: string, options: EndpointOptions): Promise<Endpoint> {
    const checkedName = check(nameSchema, name, "create endpoint", "name");
    const operation = `create endpoint ${checkedName} on network ${this.name}`;
    const checked = check(this.driven.schemas.endpoint, options, operation);
    this.assertAlive(operation);
    checked.signal?.throwIfAborted();
    const context = { endpoint: checkedName, network: this.name };
    const birth = operate(
      operation,
      () => this.#createEndpoint(checkedName, checked, operation),
      context,
    );
    this.membership.awaitBirth(birth);
    return birth;
  }

  async #createEndpoint(
    name: string,
    options: CheckedEndpoint,
    operation: string,
  ): Promise<Endpoint> {
    const { store } = this.#core;
    const { signal } = options;
    await using undo = new Undo();
    const { endpoint, leases } = await this.membership.conceive(name, options, operation, undo);
    signal?.throwIfAborted();
    await store.write([keep("endpoint", endpoint.id, endpoint.record()), ...leases]);
    undo.defer(() => store.write([forget("endpoint", endpoint.id)]));
    signal?.throwIfAborted();
    undo.commit();
    this.membership.admit(endpoint);
    return endpoint;
  }

  /**
   * By name, by id, by a unique beginning of the id.
   *
   * @throws {CnmError} `ERR_CNM_NOT_FOUND`, `ERR_CNM_AMBIGUOUS`.
   */
  endpoint(reference: string): Endpoint {
    return this.membership.endpoints.find(reference);
  }

  /** In the order of their making. */
  endpoints(): readonly Endpoint[] {
    return this.membership.endpoints.values();
  }

  /** @internal How much of its subnets is in use. */
  pools(): readonly PoolMetrics[] {
    return this.#addressing.usage().map((usage) => ({ network: this.name, ...usage }));
  }

  /** As it is now, as plain JSON. */
  inspect(): NetworkInspection {
    return {
      version: 1,
      id: this.id,
      name: this.name,
      driver: this.driver,
      ipam: this.#made.ipam.name,
      subnets: this.subnets.map(({ subnet, gateway }, at) => ({
        subnet,
        gateway: gateway ?? null,
        auxiliaryAddresses: { ...this.#made.extras[at]?.auxiliaryAddresses },
        allocation: this.#made.extras[at]?.allocation ?? "serial",
      })),
      internal: this.internal,
      mtu: this.#made.spec.mtu ?? null,
      labels: { ...this.labels },
      created: this.#made.created?.toISOString() ?? null,
      config: structuredClone(this.held ?? null),
      configFrom: this.#made.config === undefined ? null : this.#made.config.#named(),
      endpoints: this.endpoints().map(({ id, name, addresses, sandbox }) => ({
        id,
        name,
        addresses: [...addresses],
        sandbox: sandbox?.name ?? null,
      })),
      options: structuredClone(this.#made.spec.options),
      state: structuredClone(this.driven.state),
    };
  }

  /**
   * Changes what can be changed of it, and keeps that. When this rejects, nothing has changed.
   *
   * @throws {CnmError} `ERR_CNM_CLOSED`, `ERR_CNM_STORE`.
   */
  async update(changes: NetworkChanges): Promise<void> {
    const operation = `update network ${this.name}`;
    const { labels = this.#labels } = check(updateOptions, changes, operation);
    this.assertAlive(operation);
    const before = this.#labels;
    const after = Object.freeze({ ...labels });
    // At once: whoever else writes the record from now on writes these.
    this.#labels = after;
    try {
      await operate(
        operation,
        () => this.#core.store.write([keep("network", this.id, this.record())]),
        { network: this.name, id: this.id },
      );
    } catch (error) {
      if (this.#labels === after) this.#labels = before;
      throw error;
    }
    this.#core.events.tell(() => ({ kind: "network", change: "updated", network: this.#named() }));
  }

  /** @internal What a config-only network holds. */
  get held(): HeldOptions | undefined {
    return this.#made.held;
  }

  /** @internal A network is made from this one, which stays as long as that. */
  lendTo(name: string): void {
    this.assertAlive(`create network ${name}: configFrom`);
    this.#borrowers.add(name);
  }

  /** @internal */
  takeBackFrom(name: string): void {
    this.#borrowers.delete(name);
  }

  /** @internal Nobody would miss it. One that is config-only is there to be used later. */
  get isUnused(): boolean {
    return !this.configOnly && this.#deleted === undefined && this.#inUse() === undefined;
  }

  /**
   * Removes the network. Deleting twice is no error.
   *
   * @throws {CnmError} `ERR_CNM_IN_USE` while it has endpoints, or others have its options; the
   *   message lists them.
   * @throws {KernelError} when the kernel refused; the network is still there then.
   */
  delete(): Promise<void> {
    if (this.#deleted === undefined) {
      const inUse = this.#inUse();
      const { operations } = this.#core;
      // Decided before anybody else has a turn: no endpoint begins on a network that ends.
      const deleting = operations.run("deleteNetwork", () =>
        inUse === undefined ? this.#delete() : Promise.reject(inUse),
      );
      if (inUse !== undefined) return deleting;
      this.#deleted = deleting;
    }
    return this.#deleted;
  }

  #inUse(): CnmError | undefined {
    if (this.warmPools.size > 0) return hasWarmPool(this);
    if (this.#borrowers.size > 0) return isBorrowed(this, [...this.#borrowers]);
    if (this.membership.isEmpty) return undefined;
    return hasEndpoints(
      this,
      this.endpoints().map(({ name }) => name),
    );
  }

  async #delete(): Promise<void> {
    const { store, networks, busy, events, operations } = this.#core;
    const operation = `delete network ${this.name}`;
    operations.about(() => [traced("network", this)]);
    using _ = busy.enter(this.id);
    try {
      await operate(
        operation,
        async () => {
          await store.write([keep("network", this.id, { ...this.record(), made: null })]);
          await this.driven.delete();
        },
        { network: this.name, id: this.id },
      );
    } catch (error) {
      this.#deleted = undefined; // it is there still, and can be deleted again
      throw error;
    }
    const { steps, changes } = this.#addressing.releaseAll();
    await collect(operation, [
      () => store.write([forget("network", this.id), ...changes]),
      ...steps,
      () => networks.remove(this),
      () => this.#made.config?.takeBackFrom(this.name),
    ]);
    events.tell(() => ({ kind: "network", change: "deleted", network: this.#named() }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete();
  }

  /** @internal @throws {CnmError} `ERR_CNM_CONFLICT` for a network of another controller. */
  assertOf(core: Core, operation: string, field: string): void {
    if (core !== this.#core) throw isAnothers(this, operation, field);
  }

  /** @internal @throws {CnmError} `ERR_CNM_CLOSED`. */
  assertAlive(operation: string, field?: string): void {
    this.#core.assertOpen(operation);
    if (this.#deleted !== undefined) throw isDeleted(this, operation, field);
  }

  /** @internal */
  async mend(links: HostLinks): Promise<void> {
    await this.driven.mend(links);
    await this.#core.store.write([keep("network", this.id, this.record())]);
  }

  /** What the store keeps. @internal */
  record(): NetworkRecord {
    return recordOf(this.#made, this.#labels, this.driven.state);
  }

  #named() {
    return { id: this.id, name: this.name };
  }

  /** @internal The names on this network have changed. */
  updateFiles(): void {
    for (const sandbox of this.#core.withFiles) {
      if (sandbox.endpoints().some(({ network }) => network === this)) sandbox.updateFiles();
    }
  }
}
