import type {
  Attached,
  Attachment,
  Condition,
  Driver,
  DriverState,
  HostLinks,
  InterfaceStatistics,
  Joined,
  NetworkSpec,
} from "../drivers/contract.js";
import { CnmError } from "../errors.js";
import type { Ipam } from "../ipam/contract.js";
import { formatMac, macFromBytes } from "../net/mac.js";
import { check } from "../util/check.js";
import { Undo } from "../util/undo.js";
import { Addressing, type Wanted } from "./addressing.js";
import type { HeldOptions } from "./config-only.js";
import { assertInternal, internal, type Core } from "./core.js";
import { Endpoint } from "./endpoint.js";
import { noSettings, settingsOf, type EndpointSettings } from "./endpoint-settings.js";
import type { EndpointOptions } from "./endpoint-types.js";
import { collect, operate } from "./failure.js";
import { newId, type EndpointId, type NetworkId } from "./ids.js";
import { isBorrowed, isConfigOnly, isFull, listed } from "./network-refusals.js";
import type { NetworkChanges, NetworkInspection, Subnet } from "./network-types.js";
import { endpointSchemasOf, nameSchema, updateOptions } from "./options.js";
import {
  forget,
  keep,
  type EndpointRecord,
  type LeaseRecord,
  type NetworkRecord,
} from "./records.js";
import { Registry } from "./registry.js";

/** What a network is, fixed at its birth. @internal */
export interface NetworkMade {
  readonly spec: NetworkSpec & { readonly id: NetworkId };
  readonly order: number;
  readonly driver: Driver;
  readonly ipam: Ipam;
  readonly ranges: readonly (string | null)[];
  readonly labels: Readonly<Record<string, string>>;
  readonly created: Date | undefined;
  /** What a config-only network holds. */
  readonly held: HeldOptions | undefined;
  /** The config-only network that its options come from. */
  readonly config: Network | undefined;
  readonly state: DriverState;
}

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
  readonly #core: Core;
  readonly #made: NetworkMade;
  #state: DriverState;
  #labels: Readonly<Record<string, string>>;
  readonly #borrowers = new Set<string>(); // names of networks that are made from this one
  readonly #addressing: Addressing;
  readonly #endpoints = new Registry<Endpoint>("endpoint");
  readonly #births = new Set<Promise<unknown>>();
  readonly #present = new Set<string>(); // ids of endpoints that are joined, coming or going
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
    this.#state = made.state;
    this.#addressing = new Addressing({ ...this.#named(), subnets: this.subnets, ipam: made.ipam });
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
  async createEndpoint(name: string, options: EndpointOptions = {}): Promise<Endpoint> {
    const checkedName = check(nameSchema, name, "create endpoint", "name");
    const operation = `create endpoint ${checkedName} on network ${this.name}`;
    const checked = check(this.schemas.endpoint, options, operation);
    this.#assertAlive(operation);
    if (this.configOnly) throw isConfigOnly(this, operation);
    checked.signal?.throwIfAborted();
    const settings = settingsOf(
      checked,
      this.#driverOptions(checked),
      () => this.#judged(),
      operation,
    );
    const wanted = this.#addressing.sort(checked.addresses ?? [], operation);
    this.#assertMacFree(checked.mac, operation);
    this.#endpoints.reserve(checkedName, operation);
    const birth = operate(
      operation,
      () => this.#createEndpoint(checkedName, wanted, settings, checked),
      { endpoint: checkedName, network: this.name },
    );
    this.#births.add(birth);
    try {
      return await birth;
    } catch (error) {
      this.#endpoints.release(checkedName);
      throw error;
    } finally {
      this.#births.delete(birth);
    }
  }

  async #createEndpoint(
    name: string,
    wanted: readonly (readonly Wanted[])[],
    settings: EndpointSettings,
    {
      mac,
      hostIfname,
      signal,
    }: { readonly [K in "mac" | "hostIfname" | "signal"]?: EndpointOptions[K] | undefined },
  ): Promise<Endpoint> {
    const id = newId() as EndpointId;
    await using undo = new Undo();
    const addresses = await this.#addressing.take({ id, name }, wanted, undo);
    const endpoint = Endpoint.make(this.#core, {
      id,
      name,
      order: this.#core.order.next(),
      network: this,
      addresses,
      mac: mac ?? formatMac(macFromBytes(Buffer.from(id.slice(0, 12), "hex"))),
      hostIfname,
      settings,
    });
    signal?.throwIfAborted();
    await this.#core.store.write([
      keep("endpoint", id, endpoint.record()),
      ...this.#addressing.lease(name, addresses),
    ]);
    undo.defer(() => this.#core.store.write([forget("endpoint", id)]));
    signal?.throwIfAborted();
    undo.commit();
    this.#endpoints.add(endpoint);
    this.#tell("created", endpoint);
    return endpoint;
  }

  /** @internal What its endpoints may be given. */
  get schemas() {
    return endpointSchemasOf(this.#made.driver);
  }

  #driverOptions(checked: Readonly<Record<string, unknown>>): DriverState {
    const { driver, spec } = this.#made;
    const given = driver.endpointOptionNames?.filter((key) => key in checked) ?? [];
    if (given.length === 0) return null;
    const own = Object.fromEntries(given.map((key) => [key, checked[key]]));
    return driver.checkEndpointOptions?.(own, spec, this.#state) ?? null;
  }

  #judged() {
    const { driver, spec } = this.#made;
    const mtu = driver.mtuOf?.(spec, this.#state) ?? spec.mtu ?? 1500;
    return { name: this.name, subnets: this.subnets, mtu };
  }

  #assertMacFree(mac: string | undefined, operation: string): void {
    const holder = this.endpoints().find((one) => one.mac === mac);
    if (mac === undefined || holder === undefined) return;
    throw new CnmError(
      "ERR_CNM_ADDRESS_TAKEN",
      `${operation}: mac: ${mac} is endpoint ${holder.name}'s (id ${holder.id})`,
      { field: "mac", network: this.name },
    );
  }

  /**
   * By name, by id, by a unique beginning of the id.
   *
   * @throws {CnmError} `ERR_CNM_NOT_FOUND`, `ERR_CNM_AMBIGUOUS`.
   */
  endpoint(reference: string): Endpoint {
    return this.#endpoints.find(reference);
  }

  /** In the order of their making. */
  endpoints(): readonly Endpoint[] {
    return this.#endpoints.values();
  }

  /** As it is now, as plain JSON. */
  inspect(): NetworkInspection {
    return {
      version: 1,
      id: this.id,
      name: this.name,
      driver: this.driver,
      ipam: this.#made.ipam.name,
      subnets: this.subnets.map(({ subnet, gateway }) => ({ subnet, gateway: gateway ?? null })),
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
      state: structuredClone(this.#state),
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
    this.#assertAlive(operation);
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
    this.#assertAlive(`create network ${name}: configFrom`);
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
    const inUse = this.#deleted === undefined ? this.#inUse() : undefined;
    if (inUse !== undefined) return Promise.reject(inUse);
    this.#deleted ??= this.#delete();
    return this.#deleted;
  }

  #inUse(): CnmError | undefined {
    if (this.#borrowers.size > 0) return isBorrowed(this, [...this.#borrowers]);
    const names = this.endpoints().map(({ name }) => name);
    if (names.length === 0 && this.#births.size === 0) return undefined;
    return new CnmError(
      "ERR_CNM_IN_USE",
      names.length === 0
        ? `delete network ${this.name}: an endpoint is being made just now`
        : `delete network ${this.name}: it has ${names.length} endpoint(s): ${listed(names)}; delete them first`,
      { network: this.name, id: this.id, endpoints: names },
    );
  }

  async #delete(): Promise<void> {
    const { driver, spec, config } = this.#made;
    const { store, host, networks, busy, events } = this.#core;
    const operation = `delete network ${this.name}`;
    using _ = busy.enter(this.id);
    try {
      await operate(
        operation,
        async () => {
          await store.write([keep("network", this.id, { ...this.record(), made: null })]);
          await driver.deleteNetwork(host, spec, this.#state);
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
      () => config?.takeBackFrom(this.name),
    ]);
    events.tell(() => ({ kind: "network", change: "deleted", network: this.#named() }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete();
  }

  #assertAlive(operation: string): void {
    this.#core.assertOpen(operation);
    if (this.#deleted === undefined) return;
    throw new CnmError("ERR_CNM_CLOSED", `${operation}: the network is deleted`, {
      network: this.name,
      id: this.id,
    });
  }

  /** @internal Waits for the endpoints that are being made. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#births);
  }

  /** @internal */
  async attach(attachment: Attachment): Promise<Attached> {
    const { driver, spec } = this.#made;
    // Before the kernel hears of it, and of what would have to be undone then.
    const { mostJoined = Infinity } = driver;
    if (this.#present.size >= mostJoined) throw isFull(this, mostJoined);
    this.#present.add(attachment.id);
    try {
      return await driver.join(this.#core.host, spec, this.#state, attachment);
    } catch (error) {
      this.#present.delete(attachment.id);
      throw error;
    }
  }

  /** @internal */
  async detach(endpointId: string, state: DriverState | undefined): Promise<void> {
    await this.#made.driver.leave(this.#core.host, endpointId, state);
    this.#present.delete(endpointId);
  }

  /** @internal An endpoint of an earlier process was joined, and is. */
  restoreJoined(endpointId: string): void {
    this.#present.add(endpointId);
  }

  /** @internal `undefined` where the host sees nothing of the interface. */
  async statistics(
    endpointId: string,
    state: DriverState,
  ): Promise<InterfaceStatistics | undefined> {
    return this.#made.driver.statistics?.(this.#core.host, endpointId, state);
  }

  /** @internal */
  check(links: HostLinks): Promise<Condition> {
    const { driver, spec } = this.#made;
    return driver.checkNetwork(this.#core.host, spec, this.#state, links);
  }

  /** @internal */
  async mend(links: HostLinks): Promise<void> {
    const { driver, spec } = this.#made;
    this.#state = await driver.mendNetwork(this.#core.host, spec, this.#state, links);
    await this.#core.store.write([keep("network", this.id, this.record())]);
  }

  /** @internal */
  checkEndpoint(joined: Joined, links: HostLinks): Condition {
    const { driver, spec } = this.#made;
    return driver.checkEndpoint(this.#core.host, spec, this.#state, joined, links);
  }

  /** @internal */
  mendEndpoint(joined: Joined, links: HostLinks): Promise<void> {
    const { driver, spec } = this.#made;
    return driver.mendEndpoint(this.#core.host, spec, this.#state, joined, links);
  }

  /** @internal The endpoint has left and is to be no more. */
  async forget(endpoint: Endpoint): Promise<void> {
    await collect(`delete endpoint ${endpoint.name}`, [
      () => this.#core.store.write([forget("endpoint", endpoint.id)]),
      ...this.#addressing.release(endpoint.addresses),
      () => this.#endpoints.remove(endpoint),
    ]);
    this.#tell("deleted", endpoint);
  }

  /** @internal An endpoint of an earlier process, not joined yet. */
  async restoreEndpoint(record: EndpointRecord): Promise<Endpoint> {
    const { id, name, order, addresses, mac, hostIfname, settings } = record;
    await this.#addressing.restore(record);
    const endpoint = Endpoint.make(this.#core, {
      id: id as EndpointId,
      name,
      order,
      network: this,
      addresses,
      mac,
      hostIfname: hostIfname ?? undefined,
      settings: settings === undefined ? noSettings : { ...noSettings, ...settings },
    });
    this.#endpoints.reserve(name, `open controller: endpoint ${name}`);
    this.#endpoints.add(endpoint);
    return endpoint;
  }

  /** @internal */
  restoreLeases(leases: readonly LeaseRecord[]): Promise<void> {
    return this.#addressing.restoreLeases(leases);
  }

  /** What the store keeps. @internal */
  record(): NetworkRecord {
    const { spec, driver, ipam, order, ranges, created, held, config } = this.#made;
    return {
      id: this.id,
      name: this.name,
      order,
      driver: driver.name,
      ipam: ipam.name,
      subnets: spec.subnets.map(({ subnet, gateway }, at) => ({
        subnet,
        gateway: gateway ?? null,
        range: ranges[at] ?? null,
      })),
      internal: spec.internal,
      mtu: spec.mtu ?? null,
      labels: this.#labels,
      options: spec.options,
      ...(created !== undefined && { created: created.toISOString() }),
      ...(held !== undefined && { held }),
      ...(config !== undefined && { configFrom: config.id }),
      made: { state: this.#state },
    };
  }

  #named() {
    return { id: this.id, name: this.name };
  }

  #tell(change: "created" | "deleted", { id, name }: Endpoint): void {
    this.#core.events.tell(() => ({
      kind: "endpoint",
      change,
      endpoint: { id, name },
      network: this.#named(),
    }));
  }

  /** @internal The names on this network have changed. */
  updateFiles(): void {
    for (const { sandbox } of this.endpoints()) sandbox?.updateFiles();
  }
}
