import type {
  Attached,
  Attachment,
  Condition,
  Driver,
  DriverState,
  Host,
  HostLinks,
  InterfaceStatistics,
  Joined,
  Leaving,
  NetworkSpec,
} from "../drivers/contract.js";
import { unphrase } from "../errors.js";
import { Undo } from "../util/undo.js";
import { checkAttached, refuseForInterface, refuseUnmade } from "./driver-limits.js";
import { allOf } from "./failure.js";
import { isFull } from "./network-refusals.js";
import type { Operations } from "./operations.js";
import { endpointSchemasOf, type CheckedEndpoint } from "./options.js";

interface Made {
  readonly spec: NetworkSpec;
  readonly driver: Driver;
  readonly state: DriverState;
}
/** One network as its driver has it: what is asked of the driver, and what it has answered. @internal */
export class DrivenNetwork {
  readonly #host: Host;
  readonly #operations: Operations;
  readonly #driver: Driver;
  readonly #spec: NetworkSpec;
  #state: DriverState;
  readonly #present = new Set<string>(); // ids of endpoints that are joined, coming or going

  constructor(host: Host, operations: Operations, { driver, spec, state }: Made) {
    this.#host = host;
    this.#operations = operations;
    this.#driver = driver;
    this.#spec = spec;
    this.#state = state;
  }

  /** What the driver has returned. */
  get state(): DriverState {
    return this.#state;
  }

  /** Links of the host that others have made and it stands on, by name. */
  get ownLinks(): readonly string[] {
    return this.#driver.ownLinks(this.#spec.options);
  }

  /** What its endpoints may be given. */
  get schemas() {
    return endpointSchemasOf(this.#driver);
  }

  /** Whether its endpoints have an interface in their sandbox. */
  get makesInterfaces(): boolean {
    return this.#driver.interfaces !== "none";
  }

  /** Bytes of IP packet that the network carries. */
  get mtu(): number {
    return this.#driver.mtuOf?.(this.#spec, this.#state) ?? this.#spec.mtu ?? 1500;
  }

  /** @throws {CnmError} `ERR_CNM_INVALID_OPTION`. */
  assertInterfaces(field: string, operation: string): void {
    refuseForInterface(this.#driver, field, operation);
  }

  /** @throws {CnmError} `ERR_CNM_INVALID_OPTION`. */
  assertMade(options: CheckedEndpoint, operation: string): void {
    refuseUnmade(this.#driver, options, operation);
  }

  /** What the driver makes of those options of an endpoint that are its own. */
  ownOptions(checked: Readonly<Record<string, unknown>>): DriverState {
    const given = this.#driver.endpointOptionNames?.filter((key) => key in checked) ?? [];
    if (given.length === 0) return null;
    const own = Object.fromEntries(given.map((key) => [key, checked[key]]));
    try {
      return this.#driver.checkEndpointOptions?.(own, this.#spec, this.#state) ?? null;
    } catch (error) {
      throw unphrase("create endpoint", error); // it is named once, by who knows the endpoint
    }
  }

  async attach(attachment: Attachment): Promise<Attached> {
    // Before the kernel hears of it, and of what would have to be undone then.
    const { mostJoined = Infinity } = this.#driver;
    if (this.#present.size >= mostJoined) throw isFull(this.#spec, mostJoined);
    await using undo = new Undo();
    this.#present.add(attachment.id);
    undo.defer(() => {
      this.#present.delete(attachment.id);
    });
    const attached = await this.#operations.step("driver", () =>
      this.#driver.join(this.#host, this.#spec, this.#state, attachment),
    );
    undo.defer(() => this.detach(attachment.id, undefined));
    const checked = checkAttached(this.#driver, attached);
    undo.commit();
    return checked;
  }

  async detach(endpointId: string, state: DriverState | undefined): Promise<void> {
    await this.#operations.step("driver", () => this.#driver.leave(this.#host, endpointId, state));
    this.#present.delete(endpointId);
  }

  /** All of them leave in one go, where the driver knows how. */
  async leaveTogether(endpoints: readonly Leaving[]): Promise<void> {
    const leaveMany = this.#driver.leaveMany?.bind(this.#driver);
    if (leaveMany !== undefined) {
      return this.#operations.step("driver", () => leaveMany(this.#host, endpoints));
    }
    await allOf(
      `leave network ${this.#spec.name}`,
      endpoints.map(({ id, state }) => this.detach(id, state)),
    );
  }

  /** With others, or with its sandbox. */
  hasLeft(endpointId: string): void {
    this.#present.delete(endpointId);
  }

  /** An endpoint of an earlier process was joined, and is. */
  restoreJoined(endpointId: string): void {
    this.#present.add(endpointId);
  }

  /** `undefined` where the host sees nothing of the interface. */
  async statistics(
    endpointId: string,
    state: DriverState,
  ): Promise<InterfaceStatistics | undefined> {
    return this.#driver.statistics?.(this.#host, endpointId, state);
  }

  check(links: HostLinks): Promise<Condition> {
    return this.#driver.checkNetwork(this.#host, this.#spec, this.#state, links);
  }

  async mend(links: HostLinks): Promise<void> {
    this.#state = await this.#driver.mendNetwork(this.#host, this.#spec, this.#state, links);
  }

  checkEndpoint(joined: Joined, links: HostLinks): Condition {
    return this.#driver.checkEndpoint(this.#host, this.#spec, this.#state, joined, links);
  }

  mendEndpoint(joined: Joined, links: HostLinks): Promise<void> {
    return this.#driver.mendEndpoint(this.#host, this.#spec, this.#state, joined, links);
  }

  delete(): Promise<void> {
    return this.#operations.step("driver", () =>
      this.#driver.deleteNetwork(this.#host, this.#spec, this.#state),
    );
  }
}
