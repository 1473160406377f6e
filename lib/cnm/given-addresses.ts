import { CnmError } from "../errors.js";
import { parseInterface } from "../net/cidr.js";
import { formatIp, leastMtuOf6 } from "../net/ip.js";
import { familyOf } from "./gateway.js";

interface OfNetwork {
  readonly name: string;
  readonly mtu: number | undefined;
}

/** Addresses of a network without subnets: whatever its endpoints are given, each once. @internal */
export class GivenAddresses {
  readonly #network: OfNetwork;
  readonly #owners = new Map<string, string>(); // by address, without its prefix length

  constructor(network: OfNetwork) {
    this.#network = network;
  }

  /**
   * Reserves them. Returns them IPv4 first.
   *
   * @throws {CnmError} `ERR_CNM_INVALID_ADDRESS` without a prefix length; `ERR_CNM_ADDRESS_TAKEN`;
   *   `ERR_CNM_INVALID_OPTION` for IPv6 where the MTU is too small for it.
   */
  take(owner: string, addresses: readonly string[]): readonly string[] {
    const taken: string[] = [];
    try {
      for (const [at, address] of addresses.entries()) {
        this.#take(owner, address, `addresses.${at}`);
        taken.push(address);
      }
    } catch (error) {
      this.release(taken);
      throw error;
    }
    return [...taken].sort((a, b) => rank(a) - rank(b)); // stable
  }

  /** What is not out stays so. */
  release(addresses: readonly string[]): void {
    for (const address of addresses) this.#owners.delete(bare(address));
  }

  #take(owner: string, address: string, field: string): void {
    const context = { field, address, network: this.#network.name };
    if (!address.includes("/")) {
      const example = `${address}/${familyOf(address) === "inet6" ? 64 : 24}`;
      throw new CnmError(
        "ERR_CNM_INVALID_ADDRESS",
        `${field}: ${address} needs a prefix length, as in ${example}: the network has no subnets`,
        context,
      );
    }
    const { mtu } = this.#network;
    if (mtu !== undefined && mtu < leastMtuOf6 && familyOf(address) === "inet6") {
      throw new CnmError(
        "ERR_CNM_INVALID_OPTION",
        `${field}: ${address} needs an MTU of at least ${leastMtuOf6}, and the network's is ${mtu}`,
        context,
      );
    }
    const ip = bare(address);
    const before = this.#owners.get(ip);
    if (before !== undefined) {
      const message = `${field}: ${ip} is taken by ${before}`;
      throw new CnmError("ERR_CNM_ADDRESS_TAKEN", message, { ...context, owner: before });
    }
    this.#owners.set(ip, owner);
  }
}

function bare(address: string): string {
  return formatIp(parseInterface(address).ip);
}

function rank(address: string): number {
  return familyOf(address) === "inet6" ? 1 : 0;
}
