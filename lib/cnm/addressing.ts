import { CnmError, within } from "../errors.js";
import type { Ipam } from "../ipam/contract.js";
import { contains, parseCidr } from "../net/cidr.js";
import { parseIp } from "../net/ip.js";
import type { Change } from "../store/contract.js";
import type { Undo } from "../util/undo.js";
import { checkAddress } from "./extensions.js";
import { GivenAddresses } from "./given-addresses.js";
import { Leases } from "./leases.js";
import type { PoolMetrics } from "./metrics.js";
import type { Subnet } from "./network-types.js";
import type { EndpointRecord, LeaseRecord } from "./records.js";

/** An address that somebody asked for, and where it stood in the list. @internal */
export interface Wanted {
  readonly address: string;
  readonly at: number;
}

interface OfNetwork {
  readonly id: string;
  readonly name: string;
  readonly mtu: number | undefined;
  readonly subnets: readonly Subnet[];
  readonly ipam: Ipam;
}

/** Who of one network has which address of its subnets, and had it last. @internal */
export class Addressing {
  readonly #network: OfNetwork;
  readonly #leases: Leases;
  readonly #given: GivenAddresses;

  constructor(network: OfNetwork) {
    this.#network = network;
    this.#leases = new Leases(network.id);
    this.#given = new GivenAddresses(network);
  }

  /**
   * Those that are wanted of each subnet, which may be none; of a network without subnets, all as
   * they come.
   *
   * @throws {CnmError} `ERR_CNM_ADDRESS_OUT_OF_POOL`, `ERR_CNM_CONFLICT`.
   */
  sort(addresses: readonly string[], operation: string): readonly (readonly Wanted[])[] {
    const { subnets, name: network } = this.#network;
    if (subnets.length === 0) return [addresses.map((address, at) => ({ address, at }))];
    const sorted: Wanted[][] = subnets.map(() => []);
    for (const [at, address] of addresses.entries()) {
      const field = `addresses.${at}`;
      const which = subnets.findIndex(({ subnet }) => subnet === this.#subnetOf(address));
      if (which < 0) {
        const of = subnets.map(({ subnet }) => subnet).join(", ");
        throw new CnmError(
          "ERR_CNM_ADDRESS_OUT_OF_POOL",
          `${operation}: ${field}: ${address} is in none of the network's subnets (${of})`,
          { field, address, network },
        );
      }
      if (sorted[which]?.some((one) => isSame(one.address, address)) === true) {
        throw new CnmError(
          "ERR_CNM_CONFLICT",
          `${operation}: ${field}: ${address} is there twice`,
          {
            field,
            address,
            network,
          },
        );
      }
      sorted[which]?.push({ address, at });
    }
    return sorted;
  }

  /** Of each subnet, with its prefix length: what is wanted, else the one that it had last. */
  async take(
    endpoint: { readonly id: string; readonly name: string },
    wanted: readonly (readonly Wanted[])[],
    undo: Undo,
  ): Promise<readonly string[]> {
    const { id, subnets, ipam } = this.#network;
    const owner = ownerOf(endpoint);
    if (subnets.length === 0) {
      const given = wanted.flat().map(({ address }) => address);
      const taken = this.#given.take(owner, given);
      undo.defer(() => {
        this.#given.release(taken);
      });
      return taken;
    }
    const last = this.#leases.of(endpoint.name);
    const taken: string[] = [];
    for (const [at, { subnet }] of subnets.entries()) {
      const prefer = last.find((one) => this.#subnetOf(one) === subnet);
      const some = wanted[at] ?? [];
      for (const one of some.length === 0 ? [undefined] : some) {
        const address = await this.#request(subnet, owner, one, prefer);
        undo.defer(() => ipam.releaseAddress(id, subnet, address));
        taken.push(address);
      }
    }
    return taken;
  }

  /** What the store is to be told, so that the next endpoint of that name gets them again. */
  lease(name: string, addresses: readonly string[]): readonly Change[] {
    return this.#network.subnets.length === 0 ? [] : this.#leases.grant(name, addresses);
  }

  /** Steps that give the addresses back. */
  release(addresses: readonly string[]): readonly (() => Promise<void>)[] {
    const { id, subnets, ipam } = this.#network;
    if (subnets.length === 0) {
      return [
        () => {
          this.#given.release(addresses);
          return Promise.resolve();
        },
      ];
    }
    return addresses.map((address) => async () => {
      const subnet = this.#subnetOf(address);
      if (subnet !== undefined) await ipam.releaseAddress(id, subnet, address);
    });
  }

  /** Of each subnet; `null` where the IPAM does not say. An embedder's may fail: it says nothing then. */
  usage(): readonly Omit<PoolMetrics, "network">[] {
    const { id, subnets, ipam } = this.#network;
    return subnets.map(({ subnet }) => ({ subnet, ...usageOf(ipam, id, subnet) }));
  }

  /** Takes what an endpoint of an earlier process has. */
  async restore(record: EndpointRecord): Promise<void> {
    const { id, subnets, ipam } = this.#network;
    const owner = ownerOf(record);
    if (subnets.length === 0) {
      this.#given.take(owner, record.addresses);
      return;
    }
    for (const address of record.addresses) {
      const subnet = this.#subnetOf(address);
      if (subnet !== undefined) await ipam.requestAddress(id, subnet, { address, owner });
    }
  }

  /** After all endpoints: what is not taken rests. */
  async restoreLeases(leases: readonly LeaseRecord[]): Promise<void> {
    for (const lease of leases) this.#leases.add(lease);
    await this.#leases.rest(this.#network.ipam, (address) => this.#subnetOf(address));
  }

  /** Steps that give the subnets back, and what the store is to be told. */
  releaseAll(): {
    readonly steps: readonly (() => Promise<void>)[];
    readonly changes: readonly Change[];
  } {
    const { id, subnets, ipam } = this.#network;
    return {
      steps: subnets.map(
        ({ subnet }) =>
          () =>
            ipam.releasePool(id, subnet),
      ),
      changes: this.#leases.clear(),
    };
  }

  async #request(
    subnet: string,
    owner: string,
    wanted: Wanted | undefined,
    prefer: string | undefined,
  ): Promise<string> {
    const { id, ipam } = this.#network;
    const request =
      wanted === undefined
        ? { owner, ...(prefer !== undefined && { prefer }) }
        : { owner, address: wanted.address };
    try {
      return checkAddress(ipam, await ipam.requestAddress(id, subnet, request));
    } catch (error) {
      throw wanted === undefined ? error : within(`addresses.${wanted.at}`, error, "address");
    }
  }

  #subnetOf(address: string): string | undefined {
    const ip = parseIp(address.replace(/\/.*$/, ""));
    return this.#network.subnets.find(({ subnet }) => contains(parseCidr(subnet), ip))?.subnet;
  }
}

// With a prefix length or without.
function isSame(one: string, other: string): boolean {
  return one.replace(/\/.*$/, "") === other.replace(/\/.*$/, "");
}

function usageOf(
  ipam: Ipam,
  network: string,
  subnet: string,
): Omit<PoolMetrics, "network" | "subnet"> {
  try {
    const { used, free } = ipam.usage?.(network, subnet) ?? {};
    return { used: countOf(used), free: countOf(free) };
  } catch {
    return { used: null, free: null }; // metrics of all else are not to be lost for one IPAM
  }
}

function countOf(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : null;
}

function ownerOf({ id, name }: { readonly id: string; readonly name: string }): string {
  return `endpoint ${name} (id ${id})`;
}
