import { CnmError } from "../errors.js";
import { macOfDigits } from "../net/mac.js";
import type { Change } from "../store/contract.js";
import type { Undo } from "../util/undo.js";
import type { Addressing } from "./addressing.js";
import type { Core } from "./core.js";
import { Endpoint } from "./endpoint.js";
import { madeOf } from "./endpoint-record.js";
import { settingsOf } from "./endpoint-settings.js";
import { collect } from "./failure.js";
import { newId, type EndpointId } from "./ids.js";
import type { Network } from "./network.js";
import { isConfigOnly } from "./network-refusals.js";
import { traced } from "./operations.js";
import type { CheckedEndpoint } from "./options.js";
import { forget, type EndpointRecord, type LeaseRecord } from "./records.js";
import { Registry } from "./registry.js";

/** An endpoint that nobody knows yet, and what the store is to be told besides. @internal */
export interface Conceived {
  readonly endpoint: Endpoint;
  readonly leases: readonly Change[];
}

/** Which endpoints one network has, and which are being made: how they come, and how they go. @internal */
export class Membership {
  readonly endpoints = new Registry<Endpoint>("endpoint");
  readonly #core: Core;
  readonly #network: Network;
  readonly #addressing: Addressing;
  readonly #births = new Set<Promise<unknown>>();
  readonly #conceived = new Set<Endpoint>(); // until they are there

  constructor(core: Core, network: Network, addressing: Addressing) {
    this.#core = core;
    this.#network = network;
    this.#addressing = addressing;
  }

  /**
   * An endpoint with a name and addresses, of which neither the store nor anybody else knows yet.
   *
   * @param provisional Nobody is to have the addresses again for that name.
   */
  async conceive(
    name: string,
    options: CheckedEndpoint,
    operation: string,
    undo: Undo,
    provisional = false,
  ): Promise<Conceived> {
    const network = this.#network;
    const { driven } = network;
    network.assertAlive(operation);
    if (network.configOnly) throw isConfigOnly(network, operation);
    driven.assertMade(options, operation);
    const settings = settingsOf(
      options,
      driven.ownOptions(options),
      () => this.#judged(options.addresses),
      operation,
    );
    const { addresses: given = [], mac, hostIfname } = options;
    const wanted = this.#addressing.sort(given, operation);
    this.#assertMacFree(mac, operation);
    this.#reserve(name, operation, undo);
    const id = newId() as EndpointId;
    const { operations } = this.#core;
    operations.about(() => [traced("network", network), traced("endpoint", { id, name })]);
    const addresses = await operations.step("ipam", () =>
      this.#addressing.take({ id, name }, wanted, undo),
    );
    const endpoint = Endpoint.make(this.#core, {
      id,
      name,
      order: this.#core.order.next(),
      network,
      addresses,
      mac: mac ?? macOfDigits(id.slice(0, 12)),
      hostIfname,
      settings,
    });
    this.#conceived.add(endpoint);
    undo.defer(() => {
      this.#conceived.delete(endpoint);
    });
    const leases = provisional ? [] : this.#addressing.lease(name, addresses);
    return { endpoint, leases };
  }

  /**
   * Another name for one that nobody knows yet: the very same otherwise.
   *
   * @throws {CnmError} `ERR_CNM_NAME_TAKEN`.
   */
  rename(endpoint: Endpoint, name: string, operation: string, undo: Undo): Conceived {
    this.#network.assertAlive(operation);
    this.#reserve(name, operation, undo);
    const leases = this.#addressing.lease(name, endpoint.addresses);
    return { endpoint: endpoint.renamed(name), leases };
  }

  /** It has another name now. */
  forgetName(endpoint: Endpoint): void {
    this.#conceived.delete(endpoint);
    this.endpoints.release(endpoint.name);
  }

  /** The store knows it. */
  admit(endpoint: Endpoint): void {
    this.#conceived.delete(endpoint);
    this.endpoints.add(endpoint);
    this.#tell("created", endpoint);
  }

  /** As long as it is under way, the network is not deleted. */
  awaitBirth(birth: Promise<unknown>): void {
    const ended = () => {
      this.#births.delete(birth);
    };
    this.#births.add(birth);
    birth.then(ended, ended);
  }

  /** Nobody is there, or on the way. */
  get isEmpty(): boolean {
    return this.endpoints.size === 0 && this.#births.size === 0;
  }

  /** Waits for those that are being made. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#births);
  }

  /** It has left and is to be no more. */
  async forget(endpoint: Endpoint): Promise<void> {
    await collect(`delete endpoint ${endpoint.name}`, [
      () => this.#core.store.write([forget("endpoint", endpoint.id)]),
      () => this.dismiss(endpoint),
    ]);
  }

  /** The store has forgotten it. */
  async dismiss(endpoint: Endpoint): Promise<void> {
    await collect(`delete endpoint ${endpoint.name}`, [
      ...this.#addressing.release(endpoint.addresses),
      () => this.endpoints.remove(endpoint),
    ]);
    this.#tell("deleted", endpoint);
  }

  /** An endpoint of an earlier process, not joined yet. */
  async restore(record: EndpointRecord): Promise<Endpoint> {
    const { name } = record;
    await this.#addressing.restore(record);
    const endpoint = Endpoint.make(this.#core, madeOf(record, this.#network));
    this.endpoints.reserve(name, `open controller: endpoint ${name}`);
    this.endpoints.add(endpoint);
    return endpoint;
  }

  /** After all of them. */
  restoreLeases(leases: readonly LeaseRecord[]): Promise<void> {
    return this.#addressing.restoreLeases(leases);
  }

  #reserve(name: string, operation: string, undo: Undo): void {
    this.endpoints.reserve(name, operation);
    undo.defer(() => {
      this.endpoints.release(name);
    });
  }

  #judged(addresses: readonly string[] = []) {
    const { name, subnets, driven } = this.#network;
    return { name, subnets, addresses, mtu: driven.mtu };
  }

  #assertMacFree(mac: string | undefined, operation: string): void {
    if (mac === undefined) return;
    const holder = [...this.#conceived, ...this.endpoints.values()].find((one) => one.mac === mac);
    if (holder === undefined) return;
    throw new CnmError(
      "ERR_CNM_ADDRESS_TAKEN",
      `${operation}: mac: ${mac} is endpoint ${holder.name}'s (id ${holder.id})`,
      { field: "mac", network: this.#network.name },
    );
  }

  #tell(change: "created" | "deleted", { id, name }: Endpoint): void {
    const network = { id: this.#network.id, name: this.#network.name };
    this.#core.events.tell(() => ({ kind: "endpoint", change, endpoint: { id, name }, network }));
  }
}
