import type { Attached } from "../drivers/contract.js";
import { CnmError, invalidArgType } from "../errors.js";
import type { Family } from "../net/ip.js";
import { check } from "../util/check.js";
import { Undo } from "../util/undo.js";
import { assertInternal, internal, type Core } from "./core.js";
import type { EndpointInspection, JoinOptions } from "./endpoint-types.js";
import { collect, operate } from "./failure.js";
import { electGateways, familyOf, gatewayOf, passOnGateways } from "./gateway.js";
import type { EndpointId } from "./ids.js";
import type { Network } from "./network.js";
import { traced } from "./operations.js";
import { joinOptions } from "./options.js";
import { keep, type EndpointRecord, type JoinedRecord } from "./records.js";
import { Sandbox } from "./sandbox.js";

interface Made {
  readonly id: EndpointId;
  readonly name: string;
  readonly order: number;
  readonly network: Network;
  readonly addresses: readonly string[];
  readonly mac: string;
  readonly hostIfname: string | undefined;
}

/** Where an endpoint is, or is to be. @internal */
export interface Place {
  readonly sandbox: Sandbox;
  /** `undefined` where the driver makes no interface. */
  readonly ifname: string | undefined;
  /** Of joining: who comes first inherits the default route. */
  readonly order: number;
  readonly defaultGateways: readonly string[];
}

/** Where an endpoint is, and what the driver made of it there. @internal */
export interface Joining extends Place {
  readonly attached: Attached;
}

/**
 * One attachment of a {@link Sandbox} to a {@link Network}. See docs/architecture.md, "Endpoint".
 *
 * @example
 * const endpoint = await network.createEndpoint("web");
 * await endpoint.join(sandbox);
 * console.log(endpoint.ifname, endpoint.addresses); // eth0 [ "10.90.0.2/24" ]
 * await endpoint.leave();
 */
export class Endpoint implements AsyncDisposable {
  readonly id: EndpointId;
  readonly name: string;
  readonly network: Network;
  /**
   * CIDR text such as `"172.18.0.2/16"`, IPv4 first: one a subnet of the network, or what it was given
   * where the network has none.
   */
  readonly addresses: readonly string[];
  /** Of its interface; `undefined` where the driver makes none. */
  readonly mac: string | undefined;
  /** @internal Of making. */
  readonly order: number;
  readonly #core: Core;
  readonly #mac: string;
  readonly #hostIfname: string | undefined;
  #joining: Sandbox | undefined; // from the call of join() on: the second call is told at once
  #joined: Joining | undefined;
  #leaving: Promise<void> | undefined;
  #deleted: Promise<void> | undefined;

  /** @internal */
  static make(core: Core, made: Made): Endpoint {
    return new Endpoint(internal, core, made);
  }

  private constructor(token: symbol, core: Core, made: Made) {
    assertInternal(token, "network.createEndpoint()");
    this.#core = core;
    this.id = made.id;
    this.name = made.name;
    this.network = made.network;
    this.addresses = Object.freeze([...made.addresses]);
    this.mac = made.network.makesInterfaces ? made.mac : undefined;
    this.#mac = made.mac;
    this.order = made.order;
    this.#hostIfname = made.hostIfname;
  }

  /** The sandbox that it is joined to. */
  get sandbox(): Sandbox | undefined {
    return this.#joined?.sandbox;
  }

  /** The interface's name in the sandbox, while joined; `undefined` where the driver makes none. */
  get ifname(): string | undefined {
    return this.#joined?.ifname;
  }

  /** The interface's index in the sandbox, while joined; `undefined` where the driver makes none. */
  get index(): number | undefined {
    return this.#joined?.attached.index;
  }

  /** The name of the host's end, while joined; `undefined` where the driver makes none. */
  get hostIfname(): string | undefined {
    return this.#joined?.attached.hostIfname;
  }

  /** Bytes of IP packet, without the Ethernet header; known while joined, of an interface. Source: IFLA_MTU. */
  get mtu(): number | undefined {
    return this.#joined?.attached.mtu;
  }

  /** As it is now, as plain JSON. */
  inspect(): EndpointInspection {
    const { sandbox } = this;
    return {
      version: 1,
      id: this.id,
      name: this.name,
      network: { id: this.network.id, name: this.network.name },
      addresses: [...this.addresses],
      mac: this.mac ?? null,
      mtu: this.mtu ?? null,
      sandbox: sandbox === undefined ? null : { id: sandbox.id, name: sandbox.name },
      ifname: this.ifname ?? null,
      hostIfname: this.hostIfname ?? null,
    };
  }

  /**
   * Makes the interface in `sandbox`, and sets its addresses and routes. When this rejects,
   * nothing has changed. The first endpoint of a sandbox whose network has a gateway gets the
   * default route of that family; it does not move while that endpoint stays.
   *
   * @throws {CnmError} `ERR_CNM_CONFLICT` when it is joined already, the interface's name is taken, or
   *   the network is of the driver `host` and the sandbox is not the host;
   *   `ERR_CNM_CLOSED` once it, the sandbox or the controller is no more.
   * @throws {KernelError} when the kernel refused a step; `syscall` names it.
   */
  join(sandbox: Sandbox, options: JoinOptions = {}): Promise<void> {
    return this.#core.operations.run("join", () => this.#beginJoin(sandbox, options));
  }

  async #beginJoin(sandbox: Sandbox, options: JoinOptions): Promise<void> {
    const operation = `join endpoint ${this.name}`;
    if (!(sandbox instanceof Sandbox)) {
      throw invalidArgType("sandbox", "Sandbox", sandbox, operation);
    }
    const { ifname, signal } = check(joinOptions, options, operation);
    if (ifname !== undefined) this.network.assertInterfaces("ifname", operation);
    this.#assertAlive(operation);
    sandbox.assertAlive(operation, "sandbox");
    sandbox.assertOf(this.#core, operation, "sandbox");
    this.#assertFree(operation, sandbox);
    this.#joining = sandbox;
    this.#aboutIn(sandbox);
    try {
      await operate(
        operation,
        () => sandbox.lock.run(() => this.#join(sandbox, ifname, signal), signal),
        { ...this.#names(), sandbox: sandbox.name },
      );
    } finally {
      this.#joining = undefined;
    }
  }

  async #join(
    sandbox: Sandbox,
    wanted: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.#assertAlive("join");
    sandbox.assertAlive("join", "sandbox");
    const free = wanted ?? sandbox.freeIfname();
    sandbox.assertIfnameFree(free);
    const ifname = this.network.makesInterfaces ? free : undefined;
    const { store, busy } = this.#core;
    const defaultGateways = electGateways(sandbox, this.network);
    const order = this.#core.order.next();
    using _ = busy.enter(this.id);
    await using undo = new Undo();
    const intent = { sandbox: sandbox.id, ifname: ifname ?? null, order, attached: null };
    await store.write([keep("endpoint", this.id, this.#record(intent))]);
    undo.defer(() => store.write([keep("endpoint", this.id, this.#record(null))]));
    signal?.throwIfAborted();
    const attached = await this.attachAs({ sandbox, ifname, defaultGateways });
    undo.defer(() => this.network.detach(this.id, attached.state));
    signal?.throwIfAborted();
    const joined: Joining = { sandbox, ifname, order, attached, defaultGateways };
    await store.write([keep("endpoint", this.id, this.#record(recordOf(joined)))]);
    undo.commit();
    this.hasJoined(joined);
    this.network.updateFiles();
  }

  /** @internal What the store is told when it has joined. */
  recordAt(joined: Joining): EndpointRecord {
    return this.#record(recordOf(joined));
  }

  /** @internal What the store is told before it is joined, or taken down, together with others. */
  passingRecord(place?: Omit<Place, "defaultGateways">): EndpointRecord {
    if (place === undefined) return { ...this.record(), passing: true };
    const { sandbox, ifname, order } = place;
    const joined = { sandbox: sandbox.id, ifname: ifname ?? null, order, attached: null };
    return { ...this.#record(joined), passing: true };
  }

  /** @internal The kernel's part of joining. */
  attachAs({ sandbox, ifname, defaultGateways }: Omit<Place, "order">): Promise<Attached> {
    return this.network.attach({
      id: this.id,
      mac: this.#mac,
      addresses: this.addresses,
      ifname: ifname ?? sandbox.freeIfname(), // where none is made it does not matter
      hostIfname: this.#hostIfname,
      sandbox: sandbox.namespace,
      defaultGateways,
    });
  }

  /** @internal Kernel and store have it so. */
  hasJoined(joined: Joining): void {
    this.restore(joined);
    this.#tell("joined", joined.sandbox);
  }

  /** @internal Where it is, or is on its way to. */
  get whereabouts(): Sandbox | undefined {
    return this.#joining ?? this.#joined?.sandbox;
  }

  /** @internal It is to be deleted with others; false where somebody is at that already. */
  goes(): boolean {
    if (this.#deleted !== undefined) return false;
    this.#deleted = Promise.resolve();
    return true;
  }

  /** @internal It could not be. */
  stays(): void {
    this.#deleted = undefined;
  }

  /** @internal Kernel and store have it so. Returns where it was. */
  hasLeft(): Joining | undefined {
    const joined = this.#joined;
    this.#joined = undefined;
    if (joined === undefined) return undefined;
    joined.sandbox.detach(this);
    this.#tell("left", joined.sandbox);
    return joined;
  }

  /** @internal @throws {CnmError} `ERR_CNM_CONFLICT` for an endpoint of another controller. */
  assertOf(core: Core, operation: string, field: string): void {
    if (core === this.#core) return;
    throw new CnmError(
      "ERR_CNM_CONFLICT",
      `${operation}: the endpoint ${this.name} is another controller's`,
      { field, endpoint: this.name, id: this.id },
    );
  }

  /** @throws {CnmError} `ERR_CNM_CONFLICT`. */
  #assertFree(operation: string, wanted: Sandbox): void {
    const there = this.#joining ?? this.#joined?.sandbox;
    if (there === undefined && this.#leaving === undefined) return;
    throw new CnmError(
      "ERR_CNM_CONFLICT",
      this.#leaving === undefined
        ? `${operation}: it is joined to the sandbox ${there?.name ?? ""} already; leave it first`
        : `${operation}: it is leaving just now`,
      { endpoint: this.name, sandbox: wanted.name, joined: there?.name },
    );
  }

  /**
   * Takes the interface out of the sandbox. Resolves when it is gone and its names are free.
   * Leaving when it is not joined is no error.
   *
   * @throws {KernelError} when the kernel refused to remove it; or, when it is gone, to give its
   *   default route to the next endpoint of the sandbox.
   */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave().finally(() => (this.#leaving = undefined));
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    const sandbox = this.whereabouts;
    if (sandbox === undefined) return;
    await this.#core.operations.run("leave", () => {
      this.#aboutIn(sandbox);
      return operate(`leave endpoint ${this.name}`, () =>
        sandbox.lock.run(async () => {
          const joined = this.#joined;
          if (joined === undefined) return; // the join that we waited for has failed
          await this.#depart(joined);
        }),
      );
    });
  }

  /** @internal As {@link Endpoint.leave}, for who has the sandbox's lock already. */
  async leaveBehind(): Promise<void> {
    if (this.#joined !== undefined) await this.#depart(this.#joined);
  }

  async #depart(joined: Joining): Promise<void> {
    using _ = this.#core.busy.enter(this.id);
    await this.network.detach(this.id, joined.attached.state);
    await this.#hasLeft(joined);
    await passOnGateways(joined.sandbox, joined.defaultGateways);
  }

  async #hasLeft({ sandbox }: Joining): Promise<void> {
    this.#joined = undefined;
    sandbox.detach(this);
    await this.#core.store.write([keep("endpoint", this.id, this.#record(null))]);
    this.network.updateFiles();
    sandbox.updateFiles();
    this.#tell("left", sandbox);
  }

  /**
   * Leaves, gives its addresses back, and is gone. Deleting twice is no error.
   *
   * @throws {AggregateError} when more than one step failed.
   */
  delete(): Promise<void> {
    const { operations } = this.#core;
    this.#deleted ??= operations
      .run("deleteEndpoint", () => this.#delete())
      .catch((error: unknown) => {
        if (this.#joined !== undefined) this.#deleted = undefined; // it is there still: try again
        throw error;
      });
    return this.#deleted;
  }

  async #delete(): Promise<void> {
    this.#core.operations.about(() => [traced("endpoint", this), traced("network", this.network)]);
    await collect(`delete endpoint ${this.name}`, [
      () => this.leave(),
      // What could not leave is there still, and keeps its name and its addresses.
      () => (this.#joined === undefined ? this.network.forget(this) : undefined),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete();
  }

  #tell(change: "joined" | "left", sandbox: Sandbox): void {
    this.#core.events.tell(() => ({
      kind: "endpoint",
      change,
      endpoint: { id: this.id, name: this.name },
      network: { id: this.network.id, name: this.network.name },
      sandbox: { id: sandbox.id, name: sandbox.name },
    }));
  }

  /** @internal Where it was when the last process ended, and is still. */
  restore(joined: Joining): void {
    this.#joined = joined;
    joined.sandbox.attach(this);
  }

  /** @internal What the driver needs to know of it, while joined. */
  get joining(): Joining | undefined {
    return this.#joined;
  }

  /** @internal Whether the sandbox's default route of the family goes through this one. */
  hasDefaultRoute(family: Family): boolean {
    return this.#joined?.defaultGateways.some((one) => familyOf(one) === family) ?? false;
  }

  /** @internal The one that had it has left. */
  async takeDefaultRoute(family: Family): Promise<void> {
    const gateway = gatewayOf(this.network, family);
    if (this.#joined === undefined || gateway === undefined) return;
    const { sandbox, attached, defaultGateways } = this.#joined;
    const link = attached.index;
    if (link === undefined) return;
    await sandbox.namespace.routes.add({ destination: "default", family, gateway, link });
    this.#joined = { ...this.#joined, defaultGateways: [...defaultGateways, gateway] };
    const record = this.#record(recordOf(this.#joined));
    await this.#core.store.write([keep("endpoint", this.id, record)]);
  }

  /** What the store keeps. @internal */
  record(): EndpointRecord {
    return this.#record(this.#joined === undefined ? null : recordOf(this.#joined));
  }

  #aboutIn(sandbox: Sandbox): void {
    const { operations } = this.#core;
    operations.about(() => [
      traced("endpoint", this),
      traced("network", this.network),
      traced("sandbox", sandbox),
    ]);
  }

  #names() {
    return { endpoint: this.name, id: this.id, network: this.network.name };
  }

  #record(joined: JoinedRecord | null): EndpointRecord {
    const { id, name, order, network, addresses } = this;
    const hostIfname = this.#hostIfname ?? null;
    const mac = this.#mac;
    return { id, name, order, network: network.id, addresses, mac, hostIfname, joined };
  }

  #assertAlive(operation: string): void {
    this.#core.assertOpen(operation);
    if (this.#deleted === undefined) return;
    throw new CnmError("ERR_CNM_CLOSED", `${operation}: the endpoint ${this.name} is deleted`, {
      endpoint: this.name,
      id: this.id,
    });
  }
}

function recordOf({ sandbox, ifname, order, attached, defaultGateways }: Joining): JoinedRecord {
  const { index = null, mtu = null, hostIfname = null, state } = attached;
  return {
    sandbox: sandbox.id,
    ifname: ifname ?? null,
    order,
    attached: { index, mtu, hostIfname, state, defaultGateways },
  };
}
