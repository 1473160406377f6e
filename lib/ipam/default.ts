import { createHash } from "node:crypto";
import { CnmError, within } from "../errors.js";
import {
  cidrOf,
  formatCidr,
  lastAddress,
  overlaps,
  parseCidr,
  parseInterface,
  type Cidr,
} from "../net/cidr.js";
import { bitsOf, formatIp, parseIp, type Family, type Ip } from "../net/ip.js";
import type {
  AddressRequest,
  Ipam,
  IpamOptions,
  Pool,
  PoolRequest,
  PoolSource,
  PoolUsage,
} from "./contract.js";
import { AddressPool } from "./pool.js";

/**
 * The IPAM named `"default"`: pools and addresses of one controller, in memory. Throws
 * `ERR_CNM_INVALID_OPTION` or `ERR_CNM_INVALID_ADDRESS` for pools that make no sense.
 */
export function createDefaultIpam({ controllerId, pools = [] }: IpamOptions): Ipam {
  const sources = pools.map(parseSource);
  for (const source of defaultSources(controllerId)) {
    if (!sources.some(({ base }) => base.family === source.base.family)) sources.push(source);
  }
  return new DefaultIpam(sources);
}

interface Source {
  readonly base: Cidr;
  readonly prefix: number;
}

/** A block that is not free, and in words why. */
interface Use {
  readonly cidr: Cidr;
  readonly owner: string;
  readonly text: string;
}

// All of each method happens in one go, without a wait in between: calls cannot get in each
// other's way.
class DefaultIpam implements Ipam {
  readonly name = "default";
  readonly #sources: readonly Source[];
  readonly #networks = new Map<string, Map<string, AddressPool>>(); // by id, then by subnet text

  constructor(sources: readonly Source[]) {
    this.#sources = sources;
  }

  requestPool(networkId: string, request: PoolRequest): Promise<Pool> {
    return attempt(() => {
      const { family, range, gateway, allocation } = request;
      const asked = request.subnet === undefined ? undefined : readSubnet(request.subnet, family);
      const uses = this.#uses(family, request.avoid);
      const certain = asked !== undefined && isCertain(asked) ? asked : undefined;
      if (certain !== undefined) refuseOverlap(certain, uses);
      const subnet = certain ?? this.#freeBlock(family, asked?.prefix, uses);
      const pool = new AddressPool({
        subnet,
        range: range === undefined ? undefined : inField("range", () => parseCidr(range)),
        gateway: typeof gateway === "string" ? inField("gateway", () => parseIp(gateway)) : gateway,
        allocation,
      });
      const pools = this.#networks.get(networkId) ?? new Map<string, AddressPool>();
      this.#networks.set(networkId, pools.set(pool.subnet, pool));
      return {
        subnet: pool.subnet,
        gateway: pool.gateway === undefined ? undefined : formatIp(pool.gateway),
      };
    });
  }

  releasePool(networkId: string, subnet: string): Promise<void> {
    return attempt(() => {
      const pools = this.#networks.get(networkId);
      const pool = this.#pool(networkId, subnet);
      if (pools === undefined || pool === undefined) return;
      pools.delete(pool.subnet);
      if (pools.size === 0) this.#networks.delete(networkId);
    });
  }

  requestAddress(networkId: string, subnet: string, request: AddressRequest): Promise<string> {
    return attempt(() => {
      const pool = this.#pool(networkId, subnet);
      if (pool === undefined) {
        throw new CnmError("ERR_CNM_NOT_FOUND", `network ${networkId} has no subnet ${subnet}`, {
          network: networkId,
          subnet,
        });
      }
      const { address, prefer, owner } = request;
      if (address === undefined) {
        const preferred = prefer === undefined ? undefined : preferredOf(prefer, pool);
        return preferred === undefined ? pool.take(owner) : pool.takeExactly(preferred, owner);
      }
      return pool.takeExactly(
        inField("address", () => readAddress(address, pool)),
        owner,
      );
    });
  }

  releaseAddress(networkId: string, subnet: string, address: string): Promise<void> {
    return attempt(() => {
      const pool = this.#pool(networkId, subnet);
      if (pool === undefined) return;
      pool.release(inField("address", () => readAddress(address, pool)));
    });
  }

  restAddress(networkId: string, subnet: string, address: string): Promise<void> {
    return attempt(() => {
      const pool = this.#pool(networkId, subnet);
      if (pool === undefined) return;
      pool.rest(inField("address", () => readAddress(address, pool)));
    });
  }

  usage(networkId: string, subnet: string): PoolUsage | undefined {
    return this.#pool(networkId, subnet)?.usage();
  }

  #pool(networkId: string, subnet: string): AddressPool | undefined {
    const pools = this.#networks.get(networkId);
    return (
      pools?.get(subnet) ??
      // Perhaps the same one, written in another way: "FD00::/64".
      pools?.get(inField("subnet", () => formatCidr(parseCidr(subnet))))
    );
  }

  #uses(family: Family, avoid: readonly string[]): readonly Use[] {
    const uses: Use[] = [];
    for (const [networkId, pools] of this.#networks) {
      for (const { cidr, subnet } of pools.values()) {
        uses.push({ cidr, owner: networkId, text: `${subnet} of network ${networkId}` });
      }
    }
    avoid.forEach((text, index) => {
      const cidr = inField(`avoid.${index}`, () => parseCidr(text));
      if (cidr.prefix === 0) return; // a default route leads to everything and holds nothing
      uses.push({ cidr, owner: "host", text: `${text}, which is in use on this host` });
    });
    return uses.filter(({ cidr }) => cidr.family === family);
  }

  #freeBlock(family: Family, size: number | undefined, uses: readonly Use[]): Cidr {
    const sources = this.#sources.filter(({ base }) => base.family === family);
    const busy = uses.map(({ cidr }) => cidr).sort(byBase);
    for (const { base, prefix } of sources) {
      const block = firstFree(base, size ?? prefix, busy);
      if (block !== undefined) return block;
    }
    const tried = sources.map(({ base, prefix }) => `/${size ?? prefix} in ${formatCidr(base)}`);
    throw new CnmError(
      "ERR_CNM_POOL_EXHAUSTED",
      `no free subnet: no ${tried.join(", no ")}; ` +
        "delete networks, give a subnet, or open the controller with other pools",
      { family, pools: sources.map(({ base }) => formatCidr(base)) },
    );
  }
}

/** Runs at once, but throws by rejection, as callers of a promise expect. */
function attempt<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

function inField<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw within(field, error);
  }
}

function readSubnet(text: string, family: Family): Cidr {
  return inField("subnet", () => {
    const cidr = parseCidr(text);
    if (cidr.family !== family) throw invalid(`${text} is not of the family ${family}`);
    if (isCertain(cidr)) refuseReserved(cidr);
    return cidr;
  });
}

/** Not `0.0.0.0/24` or `::/64`, which stand for any subnet of that size. */
function isCertain({ base, prefix }: Cidr): boolean {
  return base !== 0n || prefix === 0;
}

function refuseReserved(cidr: Cidr): void {
  const special = reserved.find((block) => overlaps(block, cidr));
  if (special === undefined) return;
  const text = `${formatCidr(cidr)} holds addresses that no interface may have`;
  throw invalid(`${text} (${formatCidr(special)})`);
}

// RFC 6890 and the multicast blocks: what the kernel or every host on the way drops.
const reserved: readonly Cidr[] = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "224.0.0.0/4",
  "255.255.255.255/32",
  "::/127", // unspecified and loopback
  "::ffff:0.0.0.0/96",
  "ff00::/8",
].map(parseCidr);

function refuseOverlap(subnet: Cidr, uses: readonly Use[]): void {
  const use = uses.find(({ cidr }) => overlaps(cidr, subnet));
  if (use === undefined) return;
  const text = formatCidr(subnet);
  throw new CnmError("ERR_CNM_SUBNET_OVERLAP", `subnet: ${text} overlaps ${use.text}`, {
    field: "subnet",
    subnet: text,
    overlaps: formatCidr(use.cidr),
    owner: use.owner,
  });
}

function byBase(a: Cidr, b: Cidr): number {
  if (a.base === b.base) return 0;
  return a.base < b.base ? -1 : 1;
}

/** The lowest free block. `busy` is in rising order; blocks in it may lie within one another. */
function firstFree(base: Cidr, prefix: number, busy: readonly Cidr[]): Cidr | undefined {
  if (prefix < base.prefix) return undefined;
  const { family } = base;
  const end = lastAddress(base).value;
  let block = cidrOf({ family, value: base.base }, prefix);
  for (const taken of busy) {
    if (lastAddress(taken).value < block.base) continue;
    if (taken.base > lastAddress(block).value) break;
    // One of the two lies within the other: what comes next begins after the larger.
    const last = lastAddress(taken.prefix < prefix ? taken : block).value;
    if (last >= end) return undefined;
    block = cidrOf({ family, value: last + 1n }, prefix);
  }
  return block;
}

/** A wish is no reason to fail: one that cannot be met is none. */
function preferredOf(text: string, pool: AddressPool): Ip | undefined {
  const ip = inField("prefer", () => readAddress(text, pool));
  return pool.isFree(ip) ? ip : undefined;
}

/** With or without the prefix length; with it, it must be the subnet's. */
function readAddress(text: string, { cidr, subnet }: AddressPool): Ip {
  if (typeof text !== "string" || !text.includes("/")) return parseIp(text);
  const { ip, prefix } = parseInterface(text);
  if (prefix !== cidr.prefix) throw invalid(`${text} has not the prefix length of ${subnet}`);
  return ip;
}

function parseSource({ family, base: text, prefix }: PoolSource, index: number): Source {
  const field = `pools.${index}`;
  const base = inField(`${field}.base`, () => {
    const cidr = parseCidr(text);
    if (cidr.family !== family) throw invalid(`${text} is not of the family ${family}`);
    refuseReserved(cidr);
    return cidr;
  });
  if (!Number.isInteger(prefix) || prefix < base.prefix || prefix > bitsOf(family)) {
    const range = `from ${base.prefix} to ${bitsOf(family)}, not ${prefix}`;
    throw new CnmError(
      "ERR_CNM_INVALID_OPTION",
      `${field}.prefix: must be a whole number ${range}`,
      { field: `${field}.prefix` },
    );
  }
  return { base, prefix };
}

/** 256 IPv4 subnets; for IPv6 65,536 of a unique local prefix (RFC 4193) that stays the host's. */
function defaultSources(controllerId: string): readonly Source[] {
  const globalId = createHash("sha256").update(controllerId).digest().subarray(0, 5);
  const value = BigInt(`0xfd${globalId.toString("hex")}`) << 80n;
  return [
    { base: parseCidr("172.16.0.0/12"), prefix: 20 },
    { base: { family: "inet6", base: value, prefix: 48 }, prefix: 64 },
  ];
}

function invalid(message: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_ADDRESS", message);
}
