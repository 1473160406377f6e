import type {
  Attached,
  Attachment,
  Driver,
  DriverState,
  NetworkSpec,
} from "../drivers/contract.js";
import { CnmError, within } from "../errors.js";
import type { Ipam } from "../ipam/contract.js";
import { contains, parseCidr } from "../net/cidr.js";
import { parseIp } from "../net/ip.js";
import { formatMac, macFromBytes } from "../net/mac.js";
import { check } from "../util/check.js";
import { Undo } from "../util/undo.js";
import { assertInternal, internal, type Core } from "./core.js";
import { Endpoint, type EndpointOptions } from "./endpoint.js";
import { collect, operate } from "./failure.js";
import { newId, type EndpointId, type NetworkId } from "./ids.js";
import { endpointOptions, nameSchema } from "./options.js";
import { Registry } from "./registry.js";

/** A subnet of a network. */
export interface Subnet {
  /** `"10.90.0.0/24"` */
  readonly subnet: string;
  /** `"10.90.0.1"`; `undefined` where the network has none. */
  readonly gateway: string | undefined;
}

/** A network as plain JSON. */
export interface NetworkInspection {
  readonly version: 1;
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly ipam: string;
  readonly subnets: readonly { readonly subnet: string; readonly gateway: string | null }[];
  readonly internal: boolean;
  readonly mtu: number | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly endpoints: readonly {
    readonly id: string;
    readonly name: string;
    readonly addresses: readonly string[];
    readonly sandbox: string | null;
  }[];
  /** What the driver made: for the bridge driver, `{ bridge, index, adopted }`. */
  readonly state: DriverState;
}

/** What a network is, fixed at its birth. @internal */
export interface NetworkMade {
  readonly spec: NetworkSpec & { readonly id: NetworkId };
  readonly driver: Driver;
  readonly ipam: Ipam;
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
  readonly #core: Core;
  readonly #made: NetworkMade;
  readonly #endpoints = new Registry<Endpoint>("endpoint");
  readonly #births = new Set<Promise<unknown>>();
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
  }

  /**
   * Makes an endpoint and reserves its addresses. When this rejects, nothing has changed.
   *
   * @throws {CnmError} `ERR_CNM_NAME_TAKEN`, `ERR_CNM_ADDRESS_TAKEN`, `ERR_CNM_ADDRESS_OUT_OF_POOL`,
   *   `ERR_CNM_POOL_EXHAUSTED`, `ERR_CNM_INVALID_ADDRESS`.
   */
  async createEndpoint(name: string, options: EndpointOptions = {}): Promise<Endpoint> {
    const checkedName = check(nameSchema, name, "create endpoint", "name");
    const operation = `create endpoint ${checkedName} on network ${this.name}`;
    const checked = check(endpointOptions, options, operation);
    this.#assertAlive(operation);
    checked.signal?.throwIfAborted();
    const wanted = this.#sortBySubnet(checked.addresses ?? [], operation);
    this.#assertMacFree(checked.mac, operation);
    this.#endpoints.reserve(checkedName, operation);
    const birth = operate(operation, () => this.#createEndpoint(checkedName, wanted, checked), {
      endpoint: checkedName,
      network: this.name,
    });
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
    wanted: readonly (Wanted | undefined)[],
    { mac, hostIfname, signal }: { [K in keyof EndpointOptions]: EndpointOptions[K] | undefined },
  ): Promise<Endpoint> {
    const id = newId() as EndpointId;
    await using undo = new Undo();
    const addresses: string[] = [];
    for (const [at, { subnet }] of this.subnets.entries()) {
      const owner = `endpoint ${name} (id ${id})`;
      const address = await this.#requestAddress(subnet, owner, wanted[at]);
      undo.defer(() => this.#made.ipam.releaseAddress(this.id, subnet, address));
      addresses.push(address);
    }
    const endpoint = Endpoint.make(this.#core, {
      id,
      name,
      network: this,
      addresses,
      mac: mac ?? formatMac(macFromBytes(Buffer.from(id.slice(0, 12), "hex"))),
      hostIfname,
    });
    await this.#core.store.put("endpoint", id, endpoint.record());
    undo.defer(() => this.#core.store.delete("endpoint", id));
    signal?.throwIfAborted();
    undo.commit();
    this.#endpoints.add(endpoint);
    return endpoint;
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

  async #requestAddress(subnet: string, owner: string, wanted?: Wanted): Promise<string> {
    const request = wanted === undefined ? { owner } : { owner, address: wanted.address };
    try {
      return await this.#made.ipam.requestAddress(this.id, subnet, request);
    } catch (error) {
      throw wanted === undefined ? error : within(`addresses.${wanted.at}`, error, "address");
    }
  }

  /** One wanted address or none a subnet. */
  #sortBySubnet(addresses: readonly string[], operation: string): readonly (Wanted | undefined)[] {
    const sorted: (Wanted | undefined)[] = this.subnets.map(() => undefined);
    for (const [at, address] of addresses.entries()) {
      const field = `addresses.${at}`;
      const ip = parseIp(address);
      const which = this.subnets.findIndex(({ subnet }) => contains(parseCidr(subnet), ip));
      if (which < 0) {
        const of = this.subnets.map(({ subnet }) => subnet).join(", ");
        throw new CnmError(
          "ERR_CNM_ADDRESS_OUT_OF_POOL",
          `${operation}: ${field}: ${address} is in none of the network's subnets (${of})`,
          { field, address, network: this.name },
        );
      }
      const before = sorted[which];
      if (before !== undefined) {
        throw new CnmError(
          "ERR_CNM_CONFLICT",
          `${operation}: ${field}: ${address} and ${before.address} are of one subnet; an endpoint has one address of each`,
          { field, address, network: this.name },
        );
      }
      sorted[which] = { address, at };
    }
    return sorted;
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
      endpoints: this.endpoints().map(({ id, name, addresses, sandbox }) => ({
        id,
        name,
        addresses: [...addresses],
        sandbox: sandbox?.name ?? null,
      })),
      state: structuredClone(this.#made.state),
    };
  }

  /**
   * Removes the network. Deleting twice is no error.
   *
   * @throws {CnmError} `ERR_CNM_IN_USE` while it has endpoints; the message lists them.
   * @throws {KernelError} when the kernel refused; the network is still there then.
   */
  delete(): Promise<void> {
    const inUse = this.#deleted === undefined ? this.#inUse() : undefined;
    if (inUse !== undefined) return Promise.reject(inUse);
    this.#deleted ??= this.#delete();
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
    const { driver, spec, state, ipam } = this.#made;
    const operation = `delete network ${this.name}`;
    try {
      await operate(operation, () => driver.deleteNetwork(this.#core.host, spec, state), {
        network: this.name,
        id: this.id,
      });
    } catch (error) {
      this.#deleted = undefined; // it is there still, and can be deleted again
      throw error;
    }
    await collect(operation, [
      ...this.subnets.map(
        ({ subnet }) =>
          () =>
            ipam.releasePool(this.id, subnet),
      ),
      () => this.#core.store.delete("network", this.id),
      () => this.#core.networks.remove(this),
    ]);
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
  attach(attachment: Attachment): Promise<Attached> {
    const { driver, spec, state } = this.#made;
    return driver.join(this.#core.host, spec, state, attachment);
  }

  /** @internal */
  detach(endpointId: string, state: DriverState): Promise<void> {
    return this.#made.driver.leave(this.#core.host, endpointId, state);
  }

  /** @internal The endpoint has left and is to be no more. */
  async forget(endpoint: Endpoint): Promise<void> {
    const { ipam } = this.#made;
    await collect(`delete endpoint ${endpoint.name}`, [
      ...this.subnets.map(({ subnet }, at) => () => {
        const address = endpoint.addresses[at];
        return address === undefined ? undefined : ipam.releaseAddress(this.id, subnet, address);
      }),
      () => this.#core.store.delete("endpoint", endpoint.id),
      () => this.#endpoints.remove(endpoint),
    ]);
  }

  /** @internal The names on this network have changed. */
  updateFiles(): void {
    for (const { sandbox } of this.endpoints()) sandbox?.updateFiles();
  }
}

interface Wanted {
  readonly address: string;
  readonly at: number;
}
