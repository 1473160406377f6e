import type { Family } from "../net/ip.js";

/**
 * `"serial"`: in rising order, and those given back rest until all others have had their turn, so that
 * who still talks to the old one does not reach a new one. `"lowest"`: always the lowest that is free.
 */
export type Allocation = "lowest" | "serial";

/** What a network asks of an IPAM for one of its subnets. All plain JSON. */
export interface PoolRequest {
  readonly family: Family;
  /** CIDR text. `"0.0.0.0/24"` and `"::/64"` ask for any free one of that size. Default: any. */
  readonly subnet?: string;
  /** CIDR text, within `subnet`: where addresses that nobody asked for by name come from. */
  readonly range?: string;
  /** Address text. `null`: no gateway. Default: the first address of the subnet, /32 and /128 none. */
  readonly gateway?: string | null;
  /** In which order addresses go out that nobody asked for by name. Default: `"serial"`. */
  readonly allocation?: Allocation;
  /** CIDR text of what is in use on the host or by others. Default routes (/0) do not count. */
  readonly avoid: readonly string[];
}

/** A subnet that a network holds. Plain JSON. */
export interface Pool {
  /** Canonical CIDR text: `"172.18.0.0/16"`. */
  readonly subnet: string;
  /** Address text: `"172.18.0.1"`. */
  readonly gateway: string | undefined;
}

/** What an endpoint asks of a pool. */
export interface AddressRequest {
  /** Address text, with or without the subnet's prefix length. Default: the pool chooses. */
  readonly address?: string;
  /** Address text: taken if it is free, else the pool chooses. Without `address` only. */
  readonly prefer?: string;
  /** Whose it will be, in words: `"endpoint web (id ...)"`. Only for messages. */
  readonly owner: string;
}

/**
 * Hands out subnets to networks and addresses to endpoints: the library's own, or yours
 * (`ControllerOptions.ipams`, docs/extending.md). Errors name the field of the request in
 * `context.field`. Releasing what is not held is success, so that taking down can be repeated.
 *
 * An IPAM keeps nothing over a restart: whoever restores a network requests its pools by `subnet`
 * and then its endpoints' addresses by `address`.
 */
export interface Ipam {
  /** The name that a network gives in its `ipam` option. */
  readonly name: string;
  /**
   * `"none"`: it has no subnets to give, and refuses all that is asked of it: addresses of its
   * networks are whatever their endpoints are given. Default: `"any"`.
   */
  readonly subnets?: "any" | "none";

  /**
   * Reserves a subnet for the network. A network may hold several, of both families.
   *
   * @throws {CnmError} `ERR_CNM_SUBNET_OVERLAP`, naming the other subnet and who has it;
   *   `ERR_CNM_POOL_EXHAUSTED` when none was asked for and none is free;
   *   `ERR_CNM_INVALID_ADDRESS` for text that is no subnet, or a gateway or range outside of it.
   */
  requestPool(networkId: string, request: PoolRequest): Promise<Pool>;

  /** Gives a subnet back, with all addresses of it that are still out. */
  releasePool(networkId: string, subnet: string): Promise<void>;

  /**
   * Reserves an address and returns it with the subnet's prefix length: `"172.18.0.2/16"`.
   * The same address never goes out twice, however many ask at once.
   *
   * @throws {CnmError} `ERR_CNM_ADDRESS_TAKEN`, naming the owner; `ERR_CNM_ADDRESS_OUT_OF_POOL`;
   *   `ERR_CNM_POOL_EXHAUSTED`; `ERR_CNM_NOT_FOUND` when the network does not hold the subnet;
   *   `ERR_CNM_INVALID_ADDRESS` also for the network and the broadcast address.
   */
  requestAddress(networkId: string, subnet: string, request: AddressRequest): Promise<string>;

  /** Gives an address back, as text with or without the prefix length. */
  releaseAddress(networkId: string, subnet: string, address: string): Promise<void>;

  /**
   * As if the address, free now, had been given back just now: it is among the last to go out
   * again unasked. For addresses that endpoints of an earlier process had.
   */
  restAddress(networkId: string, subnet: string, address: string): Promise<void>;

  /**
   * How many addresses of the subnet are out, the gateway among them, and how many can still go out
   * unasked; for `Controller.metrics`, which looks often. May be left out.
   */
  usage?(networkId: string, subnet: string): PoolUsage | undefined;
}

/** Whole numbers; above 2^53, which a /64 is, rounded. */
export interface PoolUsage {
  readonly used: number;
  readonly free: number;
}

/** Where subnets come from when nobody asks for a certain one: `base` cut into blocks of `prefix`. */
export interface PoolSource {
  readonly family: Family;
  /** CIDR text. */
  readonly base: string;
  readonly prefix: number;
}

/** What the controller gives every IPAM of the registry. */
export interface IpamOptions {
  /** Stable and unique for the host: the default IPv6 prefix derives from it. */
  readonly controllerId: string;
  /** In the order to try. A family that is not among them keeps its default. */
  readonly pools?: readonly PoolSource[] | undefined;
}

/** One line of the registry, or one of the embedder's own (`ControllerOptions.ipams`). */
export interface IpamFactory {
  /** What `create` makes has the same. */
  readonly name: string;
  /** Called once a controller, when it is opened. */
  create(options: IpamOptions): Ipam;
}
