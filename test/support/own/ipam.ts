import {
  CnmError,
  type AddressRequest,
  type CnmErrorCode,
  type Family,
  type Ipam,
  type IpamFactory,
  type Pool,
  type PoolRequest,
} from "#lib/index.js";
import { isIPv4, isIPv6 } from "node:net";

// As an embedder writes one: of what "vethwork" exports, and nothing else.

/** Counts downwards: the highest subnet of 100.64.0.0/10 first, and of each the highest address. */
export const countdown: IpamFactory = {
  name: "countdown",
  create: () => new Countdown(),
};

interface Ip {
  readonly family: Family;
  readonly value: bigint;
}

interface Block extends Ip {
  readonly prefix: number;
}

interface Held {
  readonly network: string;
  readonly block: Block;
  readonly range: Block;
  readonly gateway: bigint | undefined;
  readonly owners: Map<bigint, string>;
  readonly resting: bigint[]; // in the order in which they came back
}

const sources = {
  inet: { family: "inet", value: 0x64400000n, prefix: 10, size: 24 },
  inet6: { family: "inet6", value: 0xfdc0n << 112n, prefix: 16, size: 64 },
} as const;

class Countdown implements Ipam {
  readonly name = "countdown";
  readonly #held: Held[] = [];

  requestPool(network: string, request: PoolRequest): Promise<Pool> {
    return attempt(() => {
      const asked = request.subnet === undefined ? undefined : blockIn("subnet", request.subnet);
      if (asked !== undefined && asked.family !== request.family) {
        throw invalid("subnet", `${format(asked)} is not of the family ${request.family}`);
      }
      const isAny = asked?.value === 0n && asked.prefix > 0;
      if (asked !== undefined && !isAny) refuseSpecial(asked);
      const avoid = request.avoid.map((text, at) => blockIn(`avoid.${at}`, text));
      const taken = [
        ...this.#held.map((one) => ({ block: one.block, whose: `of network ${one.network}` })),
        ...avoid
          .filter(({ prefix }) => prefix > 0)
          .map((block) => ({ block, whose: "which is in use on this host" })),
      ];
      const block =
        asked !== undefined && !isAny
          ? certain(asked, taken)
          : chosen(request.family, asked?.prefix, taken);
      const range = request.range === undefined ? block : blockIn("range", request.range);
      if (!holds(block, range) || range.prefix < block.prefix) {
        throw invalid("range", `${format(range)} is not within ${format(block)}`);
      }
      const gateway = gatewayOf(block, request.gateway);
      this.#held.push({ network, block, range, gateway, owners: new Map(), resting: [] });
      return {
        subnet: format(block),
        gateway: gateway === undefined ? undefined : formatIp({ ...block, value: gateway }),
      };
    });
  }

  releasePool(network: string, subnet: string): Promise<void> {
    return attempt(() => {
      const held = this.#find(network, subnet);
      if (held !== undefined) this.#held.splice(this.#held.indexOf(held), 1);
    });
  }

  requestAddress(network: string, subnet: string, request: AddressRequest): Promise<string> {
    return attempt(() => {
      const held = this.#find(network, subnet);
      if (held === undefined) {
        throw new CnmError("ERR_CNM_NOT_FOUND", `network ${network} has no subnet ${subnet}`);
      }
      const { address, prefer, owner } = request;
      if (address !== undefined) return give(held, exactly(held, address), owner);
      const wish = prefer === undefined ? undefined : addressIn(held, prefer).value;
      if (wish !== undefined && isHost(held.block, wish) && isFree(held, wish)) {
        return give(held, wish, owner);
      }
      const value = next(held) ?? held.resting[0];
      if (value === undefined) {
        throw new CnmError("ERR_CNM_POOL_EXHAUSTED", `no free address in ${format(held.block)}`);
      }
      return give(held, value, owner);
    });
  }

  releaseAddress(network: string, subnet: string, address: string): Promise<void> {
    return attempt(() => {
      const held = this.#find(network, subnet);
      if (held === undefined) return;
      const { value } = addressIn(held, address);
      if (held.owners.delete(value)) held.resting.push(value);
    });
  }

  restAddress(network: string, subnet: string, address: string): Promise<void> {
    return attempt(() => {
      const held = this.#find(network, subnet);
      if (held === undefined) return;
      const { value } = addressIn(held, address);
      if (!isFree(held, value)) return;
      strike(held, value);
      held.resting.push(value);
    });
  }

  #find(network: string, subnet: string): Held | undefined {
    const text = format(blockIn("subnet", subnet));
    return this.#held.find((one) => one.network === network && format(one.block) === text);
  }
}

/** Runs at once, but throws by rejection. */
function attempt<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

// ---- Subnets

type Taken = readonly { readonly block: Block; readonly whose: string }[];

function certain(block: Block, taken: Taken): Block {
  const other = taken.find((one) => meet(one.block, block));
  if (other === undefined) return block;
  const text = `${format(block)} overlaps ${format(other.block)}, ${other.whose}`;
  throw new CnmError("ERR_CNM_SUBNET_OVERLAP", `subnet: ${text}`, { field: "subnet" });
}

function chosen(family: Family, size: number | undefined, taken: Taken): Block {
  const source = sources[family];
  const prefix = size ?? source.size;
  const step = 1n << BigInt(bits(family) - prefix);
  for (let value = last(source) + 1n - step; value >= source.value; value -= step) {
    const block = { family, value, prefix };
    if (!taken.some((one) => meet(one.block, block))) return block;
  }
  throw new CnmError("ERR_CNM_POOL_EXHAUSTED", `no free /${prefix} in ${format(source)}`);
}

function refuseSpecial(block: Block): void {
  const special = ["0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/127", "ff00::/8"];
  const found = special.find((text) => meet(blockIn("special", text), block));
  if (found !== undefined) throw invalid("subnet", `${format(block)} lies in ${found}`);
}

function gatewayOf(block: Block, asked: string | null | undefined): bigint | undefined {
  if (asked === null) return undefined;
  if (asked === undefined) return block.prefix === bits(block.family) ? undefined : first(block);
  const ip = ipIn("gateway", asked);
  if (holds(block, ip) && isHost(block, ip.value)) return ip.value;
  throw invalid("gateway", `${asked} is no host of ${format(block)}`);
}

// ---- Addresses

function exactly(held: Held, text: string): bigint {
  const ip = addressIn(held, text);
  if (!holds(held.block, ip)) {
    throw refused("ERR_CNM_ADDRESS_OUT_OF_POOL", `${text} is not within ${format(held.block)}`);
  }
  const owner = ip.value === held.gateway ? "the gateway" : held.owners.get(ip.value);
  if (owner !== undefined) {
    throw refused("ERR_CNM_ADDRESS_TAKEN", `${formatIp(ip)} is taken by ${owner}`);
  }
  if (isHost(held.block, ip.value)) return ip.value;
  throw invalid("address", `${text} is no host of ${format(held.block)}`);
}

function give(held: Held, value: bigint, owner: string): string {
  strike(held, value);
  held.owners.set(value, owner);
  return `${formatIp({ ...held.block, value })}/${held.block.prefix}`;
}

function strike({ resting }: Held, value: bigint): void {
  const at = resting.indexOf(value);
  if (at >= 0) resting.splice(at, 1);
}

function next(held: Held): bigint | undefined {
  for (let value = last(held.range); value >= held.range.value; value--) {
    const isFresh = isFree(held, value) && !held.resting.includes(value);
    if (isFresh && isHost(held.block, value)) return value;
  }
  return undefined;
}

function isFree(held: Held, value: bigint): boolean {
  return value !== held.gateway && !held.owners.has(value);
}

/** With or without the prefix length, which must be the subnet's. */
function addressIn({ block }: Held, text: string): Ip {
  const [address = "", prefix] = text.split("/");
  if (prefix === undefined || prefix === String(block.prefix)) return ipIn("address", address);
  throw invalid("address", `${text} has not the prefix length of ${format(block)}`);
}

// ---- Numbers

function bits(family: Family): number {
  return family === "inet" ? 32 : 128;
}

function last({ family, value, prefix }: Block): bigint {
  return value + (1n << BigInt(bits(family) - prefix)) - 1n;
}

function holds(block: Block, ip: Ip): boolean {
  return ip.family === block.family && ip.value >= block.value && ip.value <= last(block);
}

function meet(a: Block, b: Block): boolean {
  return holds(a, b) || holds(b, a);
}

function first(block: Block): bigint {
  return isHost(block, block.value) ? block.value : block.value + 1n;
}

// RFC 3021, RFC 6164: both addresses of the smallest subnets are hosts'.
function isHost(block: Block, value: bigint): boolean {
  if (block.prefix >= bits(block.family) - 1) return true;
  return value !== block.value && (block.family === "inet6" || value !== last(block));
}

function blockIn(field: string, text: string): Block {
  const [address = "", size = ""] = text.split("/");
  const ip = ipIn(field, address);
  const prefix = /^\d{1,3}$/.test(size) ? Number(size) : -1;
  const block = { ...ip, prefix };
  if (prefix < 0 || prefix > bits(ip.family)) throw invalid(field, `${text} is no subnet`);
  const step = 1n << BigInt(bits(ip.family) - prefix);
  if (ip.value % step !== 0n) throw invalid(field, `${text} has host bits set`);
  return block;
}

function ipIn(field: string, text: string): Ip {
  if (isIPv4(text)) {
    const value = text.split(".").reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
    return { family: "inet", value };
  }
  if (!isIPv6(text) || text.includes("%")) throw invalid(field, `${text} is no address`);
  const [head = "", tail = ""] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::");
  const parts = (side: string) => (side === "" ? [] : side.split(":"));
  const zeros = Array.from({ length: 8 - parts(head).length - parts(tail).length }, () => "0");
  const all = [...parts(head), ...zeros, ...parts(tail)];
  return {
    family: "inet6",
    value: all.reduce((sum, part) => (sum << 16n) + BigInt(`0x${part}`), 0n),
  };
}

function formatIp({ family, value }: Ip): string {
  const size = family === "inet" ? 8n : 16n;
  const parts = Array.from({ length: family === "inet" ? 4 : 8 }, (_, at, count = bits(family)) =>
    Number((value >> (BigInt(count) - size * BigInt(at + 1))) & ((1n << size) - 1n)),
  );
  if (family === "inet") return parts.join(".");
  const text = parts.map((part) => part.toString(16)).join(":");
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

function format(block: Block): string {
  return `${formatIp(block)}/${block.prefix}`;
}

function invalid(field: string, text: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_ADDRESS", `${field}: ${text}`, { field });
}

function refused(code: CnmErrorCode, text: string): CnmError {
  return new CnmError(code, `address: ${text}`, { field: "address" });
}
