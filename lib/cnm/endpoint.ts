import type { Attached, InterfaceStatistics } from "../drivers/contract.js";
import { invalidArgType } from "../errors.js";
import { check } from "../util/check.js";
import { assertInternal, internal, type Core } from "./core.js";
import { DefaultRoutes } from "./default-routes.js";
import { intentOf, joinedRecordOf, recordOf, type EndpointMade } from "./endpoint-record.js";
import { isAnothers, isDeleted, isJoined, isLeaving } from "./endpoint-refusals.js";
import { extrasOf } from "./endpoint-settings.js";
import type { EndpointInspection, JoinOptions } from "./endpoint-types.js";
import { collect, operate } from "./failure.js";
import type { EndpointId } from "./ids.js";
import { join, leave, type Joining, type Place } from "./joining.js";
import { assertNaming } from "./naming.js";
import type { Network } from "./network.js";
import { traced } from "./operations.js";
import { joinOptions } from "./options.js";
import type { EndpointRecord } from "./records.js";
import { Sandbox } from "./sandbox.js";
import { statisticsOf } from "./statistics.js";

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
  /** @internal Those of its sandbox that it has. */
  readonly defaultRoutes: DefaultRoutes;
  readonly #core: Core;
  readonly #made: EndpointMade;
  #joining: Sandbox | undefined; // from the call of join() on: the second call is told at once
  #joined: Joining | undefined;
  #leaving: Promise<void> | undefined;
  #deleted: Promise<void> | undefined;

  /** @internal */
  static make(core: Core, made: EndpointMade): Endpoint {
    return new Endpoint(internal, core, made);
  }

  private constructor(token: symbol, core: Core, made: EndpointMade) {
    assertInternal(token, "network.createEndpoint()");
    this.#core = core;
    this.#made = made;
    this.id = made.id;
    this.name = made.name;
    this.network = made.network;
    this.addresses = Object.freeze([...made.addresses]);
    this.mac = made.network.driven.makesInterfaces ? made.mac : undefined;
    this.order = made.order;
    this.aliases = Object.freeze([...made.settings.aliases]);
    this.gatewayPriority = made.settings.gatewayPriority;
    this.defaultRoutes = new DefaultRoutes(core, this);
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
    const { settings } = this.#made;
    const { aliases, linkLocalAddresses, routes, sysctls } = structuredClone(settings);
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
      options: structuredClone(settings.driver),
      defaultRoutes: this.defaultRoutes.families,
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
  join(sandbox: Sandbox, options: JoinOptions = {}): Promise<void> {
    return this.#core.operations.run("join", () => this.#beginJoin(sandbox, options));
  }

  async #beginJoin(sandbox: Sandbox, options: JoinOptions): Promise<void> {
    const operation = `join endpoint ${this.name}`;
    if (!(sandbox instanceof Sandbox)) {
      throw invalidArgType("sandbox", "Sandbox", sandbox, operation);
    }
    const { signal, ...naming } = check(joinOptions, options, operation);
    assertNaming(this.network.driven, naming, operation);
    this.assertAlive(operation);
    sandbox.assertAlive(operation, "sandbox");
    sandbox.assertOf(this.#core, operation, "sandbox");
    this.#assertFree(operation, sandbox);
    this.#joining = sandbox;
    this.#aboutIn(sandbox);
    try {
      await operate(
        operation,
        () => sandbox.lock.run(() => join(this.#core, this, sandbox, naming, signal), signal),
        { ...this.#names(), sandbox: sandbox.name },
      );
    } finally {
      this.#joining = undefined;
    }
  }

  /** @internal What the store is told before it joins. */
  intentAt(place: Place): EndpointRecord {
    return recordOf(this.#made, intentOf(place));
  }

  /** @internal What the store is told when it has joined, or is nowhere. */
  recordAt(joined: Joining | undefined): EndpointRecord {
    return recordOf(this.#made, joined === undefined ? null : joinedRecordOf(joined));
  }

  /** @internal What the store is told before it is joined, or taken down, together with others. */
  passingRecord(place?: Place): EndpointRecord {
    return { ...(place === undefined ? this.record() : this.intentAt(place)), passing: true };
  }

  /** @internal The kernel's part of joining. */
  attachAs({ sandbox, ifname, defaultGateways, takesOver }: Place): Promise<Attached> {
    return this.network.driven.attach({
      id: this.id,
      mac: this.#made.mac,
      addresses: this.addresses,
      ifname: ifname ?? sandbox.ifnameFor({}), // where none is made it does not matter
      hostIfname: this.#made.hostIfname,
      sandbox: sandbox.namespace,
      defaultGateways,
      ...(takesOver.length > 0 && { takesOver }),
      ...extrasOf(this.#made.settings, this.addresses),
    });
  }

  /** @internal Kernel and store have it so. */
  hasJoined(joined: Joining): void {
    this.restore(joined);
    this.tell("joined", joined.sandbox);
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
    if (joined === undefined) return undefined;
    this.network.driven.hasLeft(this.id);
    this.isNowhere();
    this.tell("left", joined.sandbox);
    return joined;
  }

  /** @internal The kernel has it so; the store is to be told. */
  isNowhere(): void {
    this.#joined?.sandbox.detach(this);
    this.#joined = undefined;
  }

  /** @internal @throws {CnmError} `ERR_CNM_CONFLICT` for an endpoint of another controller. */
  assertOf(core: Core, operation: string, field: string): void {
    if (core !== this.#core) throw isAnothers(this, operation, field);
  }

  /** @throws {CnmError} `ERR_CNM_CONFLICT`. */
  #assertFree(operation: string, wanted: Sandbox): void {
    const there = this.whereabouts;
    if (this.#leaving !== undefined) throw isLeaving(this, operation, wanted, there);
    if (there !== undefined) throw isJoined(this, operation, wanted, there);
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
        sandbox.lock.run(() => leave(this.#core, this)),
      );
    });
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
    await leave(this.#core, this);
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
      () => (this.#joined === undefined ? this.network.membership.forget(this) : undefined),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete();
  }

  /** @internal */
  tell(change: "joined" | "left", sandbox: Sandbox): void {
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
    this.network.driven.restoreJoined(this.id);
  }

  /** @internal What the driver needs to know of it, while joined. */
  get joining(): Joining | undefined {
    return this.#joined;
  }

  /** @internal Its default routes go there from now on. */
  hasGateways(defaultGateways: readonly string[]): void {
    if (this.#joined !== undefined) this.#joined = { ...this.#joined, defaultGateways };
  }

  /** What the store keeps. @internal */
  record(): EndpointRecord {
    return this.recordAt(this.#joined);
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

  /** @internal @throws {CnmError} `ERR_CNM_CLOSED`. */
  assertAlive(operation: string): void {
    this.#core.assertOpen(operation);
    if (this.#deleted !== undefined) throw isDeleted(this, operation);
  }
}
