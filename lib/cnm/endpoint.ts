import type { Attached, InterfaceStatistics } from "../drivers/contract.js";
import { CnmError, invalidArgType } from "../errors.js";
import type { Family } from "../net/ip.js";
import { check } from "../util/check.js";
import { Undo } from "../util/undo.js";
import { assertInternal, internal, type Core } from "./core.js";
import { extrasOf, noSettings, type EndpointSettings } from "./endpoint-settings.js";
import type { EndpointInspection, JoinOptions } from "./endpoint-types.js";
import { collect, operate } from "./failure.js";
import {
  electGateways,
  familyOf,
  gatewayOf,
  giveBackGateways,
  lossesOf,
  moveGateways,
  passOnGateways,
  wonBy,
} from "./gateway.js";
import type { EndpointId } from "./ids.js";
import type { Network } from "./network.js";
import { joinOptions } from "./options.js";
import { keep, type EndpointRecord, type JoinedRecord } from "./records.js";
import { Sandbox } from "./sandbox.js";
import { statisticsOf } from "./statistics.js";

interface Made {
  readonly id: EndpointId;
  readonly name: string;
  readonly order: number;
  readonly network: Network;
  readonly addresses: readonly string[];
  readonly mac: string;
  readonly hostIfname: string | undefined;
  readonly settings: EndpointSettings;
}

/** Where an endpoint is, or is to be. @internal */
export interface Place {
  readonly sandbox: Sandbox;
  /** `undefined` where the driver makes no interface. */
  readonly ifname: string | undefined;
  /** Of joining: who comes first inherits the default route. */
  readonly order: number;
  readonly defaultGateways: readonly string[];
  /** Families whose default route was another endpoint's when it came. */
  readonly takesOver: readonly Family[];
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
   * CIDR text such as `"172.18.0.2/16"`, IPv4 first: of each subnet of the network, or what it was
   * given where the network has none.
   */
  readonly addresses: readonly string[];
  /** Other names that the sandboxes of its network know it by. */
  readonly aliases: readonly string[];
  /** The higher, the sooner it has the sandbox's default route. */
  readonly gatewayPriority: number;
  /** Of its interface; `undefined` where the driver makes none. */
  readonly mac: string | undefined;
  /** @internal Of making. */
  readonly order: number;
  readonly #core: Core;
  readonly #made: Made;
  readonly #mac: string;
  readonly #hostIfname: string | undefined;
  readonly #settings: EndpointSettings;
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
    this.#made = made;
    this.id = made.id;
    this.name = made.name;
    this.network = made.network;
    this.addresses = Object.freeze([...made.addresses]);
    this.mac = made.network.driven.makesInterfaces ? made.mac : undefined;
    this.#mac = made.mac;
    this.order = made.order;
    this.#hostIfname = made.hostIfname;
    this.#settings = made.settings;
    this.aliases = Object.freeze([...made.settings.aliases]);
    this.gatewayPriority = made.settings.gatewayPriority;
  }

  /** @internal The same, of which nobody knew yet, under another name. */
  renamed(name: string): Endpoint {
    return new Endpoint(internal, this.#core, { ...this.#made, name });
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
    const { aliases, linkLocalAddresses, routes, sysctls } = structuredClone(this.#settings);
    return {
      version: 1,
      id: this.id,
      name: this.name,
      network: { id: this.network.id, name: this.network.name },
      addresses: [...this.addresses],
      aliases,
      linkLocalAddresses,
      routes,
      sysctls,
      gatewayPriority: this.gatewayPriority,
      options: structuredClone(this.#settings.driver),
      defaultRoutes: this.#joined?.defaultGateways.map(familyOf) ?? [],
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
   * default route of that family; it moves when one with a higher `gatewayPriority` joins, and when
   * that endpoint leaves.
   *
   * @throws {CnmError} `ERR_CNM_CONFLICT` when it is joined already, the interface's name is taken, or
   *   the network is of the driver `host` and the sandbox is not the host;
   *   `ERR_CNM_CLOSED` once it, the sandbox or the controller is no more.
   * @throws {KernelError} when the kernel refused a step; `syscall` names it.
   */
  async join(sandbox: Sandbox, options: JoinOptions = {}): Promise<void> {
    const operation = `join endpoint ${this.name}`;
    if (!(sandbox instanceof Sandbox)) {
      throw invalidArgType("sandbox", "Sandbox", sandbox, operation);
    }
    const { ifname, signal } = check(joinOptions, options, operation);
    if (ifname !== undefined) this.network.driven.assertInterfaces("ifname", operation);
    this.#assertAlive(operation);
    sandbox.assertAlive(operation);
    sandbox.assertOf(this.#core, operation);
    this.#assertFree(operation, sandbox);
    this.#joining = sandbox;
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
    sandbox.assertAlive("join");
    const free = wanted ?? sandbox.freeIfname();
    sandbox.assertIfnameFree(free);
    const ifname = this.network.driven.makesInterfaces ? free : undefined;
    const { store, busy } = this.#core;
    const elected = electGateways(sandbox, [this]);
    const order = this.#core.order.next();
    const place: Place = { sandbox, ifname, order, ...wonBy(this, elected) };
    using _ = busy.enter(this.id);
    await using undo = new Undo();
    await store.write([keep("endpoint", this.id, this.#record(intentOf(place)))]);
    undo.defer(() => store.write([keep("endpoint", this.id, this.#record(null))]));
    signal?.throwIfAborted();
    undo.defer(() => giveBackGateways(elected));
    const attached = await this.attachAs(place);
    undo.defer(() => this.network.driven.detach(this.id, attached.state));
    signal?.throwIfAborted();
    const joined: Joining = { ...place, attached };
    await store.write([keep("endpoint", this.id, this.recordAt(joined)), ...lossesOf(elected)]);
    undo.commit();
    this.hasJoined(joined);
    moveGateways(elected);
    this.network.updateFiles();
  }

  /** @internal What the store is told when it has joined. */
  recordAt(joined: Joining): EndpointRecord {
    return this.#record(recordOf(joined));
  }

  /** @internal What the store is told before it is joined, or taken down, together with others. */
  passingRecord(place?: Place): EndpointRecord {
    if (place === undefined) return { ...this.record(), passing: true };
    return { ...this.#record(intentOf(place)), passing: true };
  }

  /** @internal The kernel's part of joining. */
  attachAs({ sandbox, ifname, defaultGateways, takesOver }: Place): Promise<Attached> {
    return this.network.driven.attach({
      id: this.id,
      mac: this.#mac,
      addresses: this.addresses,
      ifname: ifname ?? sandbox.freeIfname(), // where none is made it does not matter
      hostIfname: this.#hostIfname,
      sandbox: sandbox.namespace,
      defaultGateways,
      ...(takesOver.length > 0 && { takesOver }),
      ...extrasOf(this.#settings, this.addresses),
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
    this.network.driven.hasLeft(this.id);
    joined.sandbox.detach(this);
    this.#tell("left", joined.sandbox);
    return joined;
  }

  /** @internal @throws {CnmError} `ERR_CNM_CONFLICT` for an endpoint of another controller. */
  assertOf(core: Core, operation: string): void {
    if (core === this.#core) return;
    throw new CnmError(
      "ERR_CNM_CONFLICT",
      `${operation}: the endpoint ${this.name} is another controller's`,
      { endpoint: this.name, id: this.id },
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
    await operate(`leave endpoint ${this.name}`, () =>
      sandbox.lock.run(async () => {
        const joined = this.#joined;
        if (joined === undefined) return; // the join that we waited for has failed
        await this.#depart(joined);
      }),
    );
  }

  /**
   * What its interface has counted since it joined: `rx` is what came into the sandbox. Counted at the
   * host's end where the driver makes one, so that nobody inside has a say in it.
   *
   * @throws {CnmError} `ERR_CNM_CONFLICT` while it is joined to no sandbox.
   * @throws {KernelError} ENODEV where the interface is gone.
   */
  statistics(): Promise<InterfaceStatistics> {
    return statisticsOf(this);
  }

  /** @internal As {@link Endpoint.leave}, for who has the sandbox's lock already. */
  async leaveBehind(): Promise<void> {
    if (this.#joined !== undefined) await this.#depart(this.#joined);
  }

  async #depart(joined: Joining): Promise<void> {
    using _ = this.#core.busy.enter(this.id);
    await this.network.driven.detach(this.id, joined.attached.state);
    await this.#hasLeft(joined);
    await passOnGateways(joined.sandbox, this, joined.defaultGateways);
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
    this.#deleted ??= this.#delete().catch((error: unknown) => {
      if (this.#joined !== undefined) this.#deleted = undefined; // it is there still: try again
      throw error;
    });
    return this.#deleted;
  }

  async #delete(): Promise<void> {
    await collect(`delete endpoint ${this.name}`, [
      () => this.leave(),
      // What could not leave is there still, and keeps its name and its addresses.
      () => (this.#joined === undefined ? this.network.membership.forget(this) : undefined),
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

  /** @internal Its sandbox's default route went through `from` before. */
  tellGateway(from: Endpoint | undefined, family: Family, gateway: string): void {
    const sandbox = this.#joined?.sandbox;
    if (from === undefined || sandbox === undefined) return;
    this.#core.events.tell(() => ({
      kind: "gateway",
      family,
      gateway,
      sandbox: { id: sandbox.id, name: sandbox.name },
      from: { id: from.id, name: from.name },
      to: { id: this.id, name: this.name },
    }));
  }

  /** @internal Where it was when the last process ended, and is still. */
  restore(joined: Joining): void {
    this.#joined = joined;
    joined.sandbox.attach(this);
    this.network.driven.restoreJoined(this.id);
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
  async takeDefaultRoute(family: Family, from: Endpoint): Promise<void> {
    const gateway = gatewayOf(this.network, family);
    if (this.#joined === undefined || gateway === undefined) return;
    const { sandbox, attached, defaultGateways } = this.#joined;
    const link = attached.index;
    if (link === undefined) return;
    await sandbox.namespace.routes.add({ destination: "default", family, gateway, link });
    this.#joined = { ...this.#joined, defaultGateways: [...defaultGateways, gateway] };
    await this.#core.store.write([keep("endpoint", this.id, this.record())]);
    this.tellGateway(from, family, gateway);
  }

  /** @internal Sets the one that it has once more: somebody else's was in its place. */
  async keepDefaultRoute(family: Family): Promise<void> {
    const gateway = this.#joined?.defaultGateways.find((one) => familyOf(one) === family);
    if (this.#joined === undefined || gateway === undefined) return;
    const { sandbox, attached } = this.#joined;
    const { index: link } = attached;
    if (link === undefined) return;
    await sandbox.namespace.routes.replace({ destination: "default", family, gateway, link });
  }

  /** @internal It is not in the kernel, and cannot be. */
  async dropDefaultRoute(family: Family): Promise<void> {
    this.loseDefaultRoutes([family]);
    await this.#core.store.write([keep("endpoint", this.id, this.record())]);
  }

  /** @internal Another one has them now. */
  loseDefaultRoutes(families: readonly Family[]): void {
    if (this.#joined !== undefined) this.#joined = without(this.#joined, families);
  }

  /** @internal What the store keeps once it has lost these. */
  recordWithout(families: readonly Family[]): EndpointRecord {
    const joined = this.#joined;
    return this.#record(joined === undefined ? null : recordOf(without(joined, families)));
  }

  /** What the store keeps. @internal */
  record(): EndpointRecord {
    return this.#record(this.#joined === undefined ? null : recordOf(this.#joined));
  }

  #names() {
    return { endpoint: this.name, id: this.id, network: this.network.name };
  }

  #record(joined: JoinedRecord | null): EndpointRecord {
    const { id, name, order, network, addresses } = this;
    const hostIfname = this.#hostIfname ?? null;
    const settings = this.#settings === noSettings ? {} : { settings: this.#settings };
    const mac = this.#mac;
    return {
      id,
      name,
      order,
      network: network.id,
      addresses,
      mac,
      hostIfname,
      ...settings,
      joined,
    };
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

function without(joined: Joining, families: readonly Family[]): Joining {
  const kept = joined.defaultGateways.filter((one) => !families.includes(familyOf(one)));
  return { ...joined, defaultGateways: kept };
}

function intentOf({ sandbox, ifname, order, takesOver }: Place): JoinedRecord {
  const taking = takesOver.length === 0 ? {} : { takesOver };
  return { sandbox: sandbox.id, ifname: ifname ?? null, order, attached: null, ...taking };
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
