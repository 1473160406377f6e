import { CnmError } from "../errors.js";
import {
  contains,
  encloses,
  firstAddress,
  firstHost,
  formatCidr,
  isBroadcastAddress,
  isNetworkAddress,
  lastAddress,
  lastHost,
  type Cidr,
} from "../net/cidr.js";
import { bitsOf, formatIp, type Ip } from "../net/ip.js";
import { FifoSet } from "../util/fifo-set.js";
import type { Allocation, PoolUsage } from "./contract.js";

/** What a pool is made from, parsed. */
export interface PoolSpec {
  readonly subnet: Cidr;
  readonly range?: Cidr | undefined;
  /** `null`: none. `undefined`: the first address, unless it is the only one. */
  readonly gateway?: Ip | null | undefined;
  readonly allocation?: Allocation | undefined;
}

/**
 * Who has which address of one subnet. Addresses that nobody asked for by name go out in rising
 * order; those given back rest until the others have had their turn, and then follow in the order
 * in which they came back; or, where that is asked for, the lowest free one goes out. Each call takes
 * constant time, amortised, whatever the subnet's size; the lowest one as long as there are taken ones
 * below it.
 */
export class AddressPool {
  readonly cidr: Cidr;
  /** Canonical CIDR text. */
  readonly subnet: string;
  readonly gateway: Ip | undefined;

  readonly #lowest: boolean;
  readonly #suffix: string;
  readonly #first: bigint; // of those that go out unasked
  readonly #last: bigint;
  #next: bigint; // none from here on has gone out unasked; or: none below it is free
  #outOfRange = 0; // of those that are out, how many nobody gets unasked
  readonly #owners = new Map<bigint, string>();
  readonly #resting = new FifoSet<bigint>(); // in the order in which they came back

  /** Throws `ERR_CNM_INVALID_ADDRESS`, `context.field` being `gateway` or `range`. */
  constructor({ subnet, range = subnet, gateway, allocation = "serial" }: PoolSpec) {
    this.cidr = subnet;
    this.#lowest = allocation === "lowest";
    this.subnet = formatCidr(subnet);
    this.#suffix = `/${subnet.prefix}`;
    if (!encloses(subnet, range)) {
      throw outside("range", `${formatCidr(range)} is not within ${this.subnet}`);
    }
    this.gateway = gateway === undefined ? defaultGateway(subnet) : (gateway ?? undefined);
    if (this.gateway !== undefined) this.#mustBeHost(this.gateway, "gateway");
    this.#first = larger(firstAddress(range).value, firstHost(subnet).value);
    this.#last = smaller(lastAddress(range).value, lastHost(subnet).value);
    this.#next = this.#first;
  }

  /** How many addresses are out. */
  get taken(): number {
    return this.#owners.size;
  }

  /** Those that are out, with the gateway; and those that {@link take} can still give. */
  usage(): PoolUsage {
    const range = larger(0n, this.#last - this.#first + 1n);
    const { gateway } = this;
    const gatewayInRange = gateway !== undefined && this.#isInRange(gateway.value) ? 1 : 0;
    const out = BigInt(this.taken - this.#outOfRange + gatewayInRange);
    return {
      used: this.taken + (gateway === undefined ? 0 : 1),
      free: Number(range - out),
    };
  }

  /** Takes any free address. Returns it with the prefix length. */
  take(owner: string): string {
    const value = this.#fresh() ?? this.#resting.shift();
    if (value === undefined) {
      throw new CnmError(
        "ERR_CNM_POOL_EXHAUSTED",
        `no free address in ${this.subnet}, ${this.taken} are taken; ` +
          "delete endpoints, or give the network a larger subnet or range, or one more",
        { subnet: this.subnet, taken: this.taken },
      );
    }
    return this.#give(value, owner);
  }

  /** Takes this address, within the range or not. Returns it with the prefix length. */
  takeExactly(ip: Ip, newOwner: string): string {
    const text = formatIp(ip);
    const context = { field: "address", address: text, subnet: this.subnet };
    if (!contains(this.cidr, ip)) {
      const message = `address: ${text} is not within ${this.subnet}`;
      throw new CnmError("ERR_CNM_ADDRESS_OUT_OF_POOL", message, context);
    }
    const owner = ip.value === this.gateway?.value ? "the gateway" : this.#owners.get(ip.value);
    if (owner !== undefined) {
      const message = `address: ${text} is taken by ${owner}`;
      throw new CnmError("ERR_CNM_ADDRESS_TAKEN", message, { ...context, owner });
    }
    this.#mustBeHost(ip, "address");
    this.#resting.delete(ip.value);
    return this.#give(ip.value, newOwner);
  }

  /** Gives an address back; nothing happens when it is not out. */
  release(ip: Ip): void {
    if (!contains(this.cidr, ip) || !this.#owners.delete(ip.value)) return;
    if (!this.#isInRange(ip.value)) this.#outOfRange -= 1;
    else if (this.#lowest) this.#next = smaller(this.#next, ip.value);
    else this.#resting.add(ip.value);
  }

  /** As if it had come back just now; nothing happens to one that is out. */
  rest(ip: Ip): void {
    if (this.#lowest || !this.isFree(ip) || !this.#isInRange(ip.value)) return;
    this.#resting.delete(ip.value);
    this.#resting.add(ip.value);
  }

  /** Whether {@link takeExactly} would take it. */
  isFree(ip: Ip): boolean {
    return (
      contains(this.cidr, ip) &&
      ip.value !== this.gateway?.value &&
      !this.#owners.has(ip.value) &&
      !isNetworkAddress(this.cidr, ip) &&
      !isBroadcastAddress(this.cidr, ip)
    );
  }

  #give(value: bigint, owner: string): string {
    this.#owners.set(value, owner);
    if (!this.#isInRange(value)) this.#outOfRange += 1;
    return formatIp({ family: this.cidr.family, value }) + this.#suffix;
  }

  /** The next one that has not gone out yet, or is free again. */
  #fresh(): bigint | undefined {
    if (this.#resting.size >= mostResting) return undefined;
    while (this.#next <= this.#last) {
      const value = this.#next++;
      const free = !this.#owners.has(value) && !this.#resting.has(value);
      if (free && value !== this.gateway?.value) return value;
    }
    return undefined;
  }

  #isInRange(value: bigint): boolean {
    return value >= this.#first && value <= this.#last;
  }

  #mustBeHost(ip: Ip, field: "address" | "gateway"): void {
    const text = formatIp(ip);
    if (!contains(this.cidr, ip)) throw outside(field, `${text} is not within ${this.subnet}`);
    if (isNetworkAddress(this.cidr, ip)) {
      throw outside(field, `${text} is the network address of ${this.subnet}`);
    }
    if (isBroadcastAddress(this.cidr, ip)) {
      throw outside(field, `${text} is the broadcast address of ${this.subnet}`);
    }
  }
}

// A /64 would never come round, and the addresses at rest would grow without end.
const mostResting = 65_536;

function defaultGateway(subnet: Cidr): Ip | undefined {
  return subnet.prefix === bitsOf(subnet.family) ? undefined : firstHost(subnet);
}

function outside(field: string, text: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_ADDRESS", `${field}: ${text}`, { field });
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
