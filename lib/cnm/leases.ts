import type { Ipam } from "../ipam/contract.js";
import type { Change } from "../store/contract.js";
import { forget, keep, type LeaseRecord } from "./records.js";

/**
 * Which addresses the endpoints of a name had last, on one network: one that is made again under the
 * same name gets them again, after a reboot too, as long as nobody had to take them.
 * @internal
 */
export class Leases {
  readonly #network: string;
  readonly #byName = new Map<string, LeaseRecord>();
  readonly #byAddress = new Map<string, LeaseRecord>();

  constructor(network: string) {
    this.#network = network;
  }

  /** What endpoints of this name had last: the addresses, IPv4 first. */
  of(name: string): readonly string[] {
    return this.#byName.get(name)?.addresses ?? [];
  }

  /** The endpoint has these now. Returns what the store is to be told: nothing where it knows. */
  grant(name: string, addresses: readonly string[]): readonly Change[] {
    const before = this.#byName.get(name);
    if (before !== undefined && isSame(before.addresses, addresses)) return [];
    const losers = addresses.flatMap((one) => this.#byAddress.get(one) ?? []);
    const lost = [...new Set(losers)].filter((one) => one.endpoint !== name);
    for (const one of lost) this.#remove(one);
    const lease: LeaseRecord = {
      id: `${this.#network}.${name}`,
      network: this.#network,
      endpoint: name,
      addresses,
    };
    this.add(lease);
    return [...lost.map(({ id }) => forget("lease", id)), keep("lease", lease.id, lease)];
  }

  /** One that the store has. */
  add(lease: LeaseRecord): void {
    const before = this.#byName.get(lease.endpoint);
    if (before !== undefined) this.#remove(before);
    this.#byName.set(lease.endpoint, lease);
    for (const address of lease.addresses) this.#byAddress.set(address, lease);
  }

  /** So that nobody is given them before all others have been. */
  async rest(ipam: Ipam, subnetOf: (address: string) => string | undefined): Promise<void> {
    for (const address of this.#byAddress.keys()) {
      const subnet = subnetOf(address);
      if (subnet !== undefined) await ipam.restAddress(this.#network, subnet, address);
    }
  }

  /** The network is gone. Returns what the store is to be told. */
  clear(): readonly Change[] {
    const ids = Array.from(this.#byName.values(), ({ id }) => id);
    this.#byName.clear();
    this.#byAddress.clear();
    return ids.map((id) => forget("lease", id));
  }

  #remove(lease: LeaseRecord): void {
    this.#byName.delete(lease.endpoint);
    for (const address of lease.addresses) this.#byAddress.delete(address);
  }
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, at) => one === others[at]);
}
