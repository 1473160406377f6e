import type {
  Attached,
  Attachment,
  Condition,
  Driver,
  DriverState,
  HostLinks,
  Joined,
  Leaving,
  NetworkSpec,
} from "../drivers/contract.js";
import { CnmError } from "../errors.js";
import type { Ipam } from "../ipam/contract.js";
import { formatMac, macFromBytes } from "../net/mac.js";
import type { Change } from "../store/contract.js";
import { check } from "../util/check.js";
import { Undo } from "../util/undo.js";
import { Addressing } from "./addressing.js";
import { assertInternal, internal, type Core } from "./core.js";
import { checkAttached, refuseForInterface, refuseUnmade } from "./driver-limits.js";
import { Endpoint } from "./endpoint.js";
import type { EndpointOptions } from "./endpoint-types.js";
import { allOf, collect, operate } from "./failure.js";
import { newId, type EndpointId, type NetworkId } from "./ids.js";
import type { PoolMetrics } from "./metrics.js";
import type { NetworkInspection, Subnet } from "./network-types.js";
import { traced } from "./operations.js";
import { endpointOptions, nameSchema, type CheckedEndpoint } from "./options.js";
import {
  forget,
  keep,
  type EndpointRecord,
  type LeaseRecord,
  type NetworkRecord,
} from "./records.js";
import { Registry } from "./registry.js";

/** What a subnet has that drivers do not need to know. @internal */
export interface SubnetExtras {
  readonly range: string | null;
  readonly auxiliaryAddresses: Readonly<Record<string, string>>;
}

/** What a network is, fixed at its birth. @internal */
export interface NetworkMade {
  readonly spec: NetworkSpec & { readonly id: NetworkId };
  readonly order: number;
  readonly driver: Driver;
  readonly ipam: Ipam;
  /** Of each subnet. */
  readonly extras: readonly SubnetExtras[];
  readonly labels: Readonly<Record<string, string>>;
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
  readonly labels: Readonly<Record<string, string>>;
  /** @internal Of making. */
  readonly order: number;
  readonly #core: Core;
  readonly #made: NetworkMade;
  #state: DriverState;
  readonly #addressing: Addressing;
  readonly #endpoints = new Registry<Endpoint>("endpoint");
  readonly #births = new Set<Promise<unknown>>();
  readonly #conceived = new Set<Endpoint>(); // until they are there
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
    this.labels = Object.freeze({ ...made.labels });
    this.order = made.order;
    this.#state = made.state;
    const { ipam, spec } = made;
    const { subnets } = this;
    this.#addressing = new Addressing({ ...this.#named(), mtu: spec.mtu, subnets, ipam });
  }

  /**
   * Makes an endpoint and reserves its addresses. When this rejects, nothing has changed.
   *
   * @throws {CnmError} `ERR_CNM_NAME_TAKEN`, `ERR_CNM_ADDRESS_TAKEN`, `ERR_CNM_ADDRESS_OUT_OF_POOL`,
   *   `ERR_CNM_POOL_EXHAUSTED`, `ERR_CNM_INVALID_ADDRESS`.
   */
  createEndpoint(name: string, options: EndpointOptions = {}): Promise<Endpoint> {
    const { operations } = this.#core;
    return operations.run("createEndpoint", () => this.#beginEndpoint(name, options));
  }

  async #beginEndpoint(name: string, options: EndpointOptions): Promise<Endpoint> {
    const checkedName = check(nameSchema, name, "create endpoint", "name");
    const operation = `create endpoint ${checkedName} on network ${this.name}`;
    const checked = check(endpointOptions, options, operation);
    this.assertAlive(operation);
    checked.signal?.throwIfAborted();
    const context = { endpoint: checkedName, network: this.name };
    const birth = operate(
      operation,
      () => this.#createEndpoint(checkedName, checked, operation),
      context,
    );
    this.awaitBirth(birth);
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
    const { endpoint, leases } = await this.conceive(name, options, operation, undo);
    signal?.throwIfAborted();
    await store.write([keep("endpoint", endpoint.id, endpoint.record()), ...leases]);
    undo.defer(() => store.write([forget("endpoint", endpoint.id)]));
    signal?.throwIfAborted();
    undo.commit();
    this.admit(endpoint);
    return endpoint;
  }

  /**
   * @internal An endpoint with a name and addresses, of which neither the store nor anybody else
   * knows yet; and what the store is to be told besides.
   */
  async conceive(
    name: string,
    options: CheckedEndpoint,
    operation: string,
    undo: Undo,
  ): Promise<{ readonly endpoint: Endpoint; readonly leases: readonly Change[] }> {
    this.assertAlive(operation);
    refuseUnmade(this.#made.driver, options, operation);
    const { addresses: given = [], mac, hostIfname } = options;
    const wanted = this.#addressing.sort(given, operation);
    this.#assertMacFree(mac, operation);
    this.#endpoints.reserve(name, operation);
    undo.defer(() => {
      this.#endpoints.release(name);
    });
    const id = newId() as EndpointId;
    const { operations } = this.#core;
    operations.about(() => [traced("network", this), traced("endpoint", { id, name })]);
    const addresses = await operations.step("ipam", () =>
      this.#addressing.take({ id, name }, wanted, undo),
    );
    const endpoint = Endpoint.make(this.#core, {
      id,
      name,
      order: this.#core.order.next(),
      network: this,
      addresses,
      mac: mac ?? formatMac(macFromBytes(Buffer.from(id.slice(0, 12), "hex"))),
      hostIfname,
    });
    this.#conceived.add(endpoint);
    undo.defer(() => {
      this.#conceived.delete(endpoint);
    });
    return { endpoint, leases: this.#addressing.lease(name, addresses) };
  }

  /** @internal The store knows it. */
  admit(endpoint: Endpoint): void {
    this.#conceived.delete(endpoint);
    this.#endpoints.add(endpoint);
    this.#tell("created", endpoint);
  }

  /** @internal As long as it is under way, the network is not deleted. */
  awaitBirth(birth: Promise<unknown>): void {
    const ended = () => {
      this.#births.delete(birth);
    };
    this.#births.add(birth);
    birth.then(ended, ended);
  }

  #assertMacFree(mac: string | undefined, operation: string): void {
    if (mac === undefined) return;
    const holder = [...this.#conceived, ...this.endpoints()].find((one) => one.mac === mac);
    if (holder === undefined) return;
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
      })),
      internal: this.internal,
      mtu: this.#made.spec.mtu ?? null,
      labels: { ...this.labels },
      endpoints: this.endpoints().map(({ id, name, addresses, sandbox }) => ({
        id,
        name,
        addresses: [...addresses],
        sandbox: sandbox?.name ?? null,
      })),
      state: structuredClone(this.#state),
    };
  }

  /**
   * Removes the network. Deleting twice is no error.
   *
   * @throws {CnmError} `ERR_CNM_IN_USE` while it has endpoints; the message lists them.
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
    const names = this.endpoints().map(({ name }) => name);
    if (names.length === 0 && this.#births.size === 0) return undefined;
    const list = names.length > 8 ? `${names.slice(0, 8).join(", ")} ...` : names.join(", ");
    return new CnmError(
      "ERR_CNM_IN_USE",
      names.length === 0
        ? `delete network ${this.name}: an endpoint is being made just now`
        : `delete network ${this.name}: it has ${names.length} endpoint(s): ${list}; delete them first`,
      { network: this.name, id: this.id, endpoints: names },
    );
  }

  async #delete(): Promise<void> {
    const { driver, spec } = this.#made;
    const { store, host, networks, busy, events, operations } = this.#core;
    const operation = `delete network ${this.name}`;
    operations.about(() => [traced("network", this)]);
    using _ = busy.enter(this.id);
    try {
      await operate(
        operation,
        async () => {
          await store.write([keep("network", this.id, { ...this.record(), made: null })]);
          await operations.step("driver", () => driver.deleteNetwork(host, spec, this.#state));
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
    ]);
    events.tell(() => ({ kind: "network", change: "deleted", network: this.#named() }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete();
  }

  /** @internal `field`: the argument or option that it was given as. */
  assertAlive(operation: string, field?: string): void {
    this.#core.assertOpen(operation);
    if (this.#deleted === undefined) return;
    throw new CnmError("ERR_CNM_CLOSED", `${operation}: the network is deleted`, {
      network: this.name,
      id: this.id,
      ...(field !== undefined && { field }),
    });
  }

  /** @internal @throws {CnmError} `ERR_CNM_CONFLICT` for one of another controller. */
  assertOf(core: Core, operation: string, field: string): void {
    if (core === this.#core) return;
    throw new CnmError(
      "ERR_CNM_CONFLICT",
      `${operation}: the network ${this.name} is another controller's`,
      { field, network: this.name, id: this.id },
    );
  }

  /** @internal Waits for the endpoints that are being made. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#births);
  }

  /** @internal Whether its endpoints have an interface in their sandbox. */
  get makesInterfaces(): boolean {
    return this.#made.driver.interfaces !== "none";
  }

  /** @internal */
  assertInterfaces(field: string, operation: string): void {
    refuseForInterface(this.#made.driver, field, operation);
  }

  /** @internal */
  async attach(attachment: Attachment): Promise<Attached> {
    const { driver, spec } = this.#made;
    await using undo = new Undo();
    const { host, operations } = this.#core;
    const attached = await operations.step("driver", () =>
      driver.join(host, spec, this.#state, attachment),
    );
    undo.defer(() => this.detach(attachment.id, undefined));
    const checked = checkAttached(driver, attached);
    undo.commit();
    return checked;
  }

  /** @internal */
  detach(endpointId: string, state: DriverState | undefined): Promise<void> {
    const { host, operations } = this.#core;
    return operations.step("driver", () => this.#made.driver.leave(host, endpointId, state));
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

  /** @internal All of them leave in one go, where the driver knows how. */
  async leaveTogether(endpoints: readonly Leaving[]): Promise<void> {
    const { driver } = this.#made;
    const { host, operations } = this.#core;
    const leaveMany = driver.leaveMany?.bind(driver);
    if (leaveMany !== undefined) return operations.step("driver", () => leaveMany(host, endpoints));
    await allOf(
      `leave network ${this.name}`,
      endpoints.map(({ id, state }) => this.detach(id, state)),
    );
  }

  /** @internal The endpoint has left and is to be no more. */
  async forget(endpoint: Endpoint): Promise<void> {
    await collect(`delete endpoint ${endpoint.name}`, [
      () => this.#core.store.write([forget("endpoint", endpoint.id)]),
      () => this.dismiss(endpoint),
    ]);
  }

  /** @internal The store has forgotten it. */
  async dismiss(endpoint: Endpoint): Promise<void> {
    await collect(`delete endpoint ${endpoint.name}`, [
      ...this.#addressing.release(endpoint.addresses),
      () => this.#endpoints.remove(endpoint),
    ]);
    this.#tell("deleted", endpoint);
  }

  /** @internal An endpoint of an earlier process, not joined yet. */
  async restoreEndpoint(record: EndpointRecord): Promise<Endpoint> {
    const { id, name, order, addresses, mac, hostIfname } = record;
    await this.#addressing.restore(record);
    const endpoint = Endpoint.make(this.#core, {
      id: id as EndpointId,
      name,
      order,
      network: this,
      addresses,
      mac,
      hostIfname: hostIfname ?? undefined,
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
    const { spec, driver, ipam, labels, order, extras } = this.#made;
    return {
      id: this.id,
      name: this.name,
      order,
      driver: driver.name,
      ipam: ipam.name,
      subnets: spec.subnets.map(({ subnet, gateway }, at) => ({
        subnet,
        gateway: gateway ?? null,
        range: extras[at]?.range ?? null,
        auxiliaryAddresses: extras[at]?.auxiliaryAddresses ?? {},
      })),
      internal: spec.internal,
      mtu: spec.mtu ?? null,
      labels,
      options: spec.options,
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
