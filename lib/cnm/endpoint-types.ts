import type { BridgeEndpointOptions } from "../drivers/index.js";
import type { DriverState } from "../drivers/contract.js";
import type { Family } from "../net/ip.js";

/** How {@link Network.createEndpoint} is to make it. */
export interface EndpointOptions extends BridgeEndpointOptions {
  /**
   * Of the network's subnets, also several of one, with or without the prefix length; the pool chooses
   * for the subnets without any. On a network without subnets (IPAM `null`) any, with a prefix length.
   */
  readonly addresses?: readonly string[];
  /** Other names that the sandboxes of the network know it by. Several endpoints may share one. */
  readonly aliases?: readonly string[];
  /**
   * Who has the sandbox's default route: the endpoint with the highest, among equals the first that
   * joined. When one with a higher priority joins, the route moves, which is told as a `gateway`
   * event. Default: 0.
   */
  readonly gatewayPriority?: number;
  /** Of 169.254.0.0/16 or fe80::/10, which no IPAM gives out: set beside the others, as /16 or /64. */
  readonly linkLocalAddresses?: readonly string[];
  /** Bytes of IP packet of the interface in the sandbox, at most the network's, which is the default. */
  readonly mtu?: number;
  /** Set in every sandbox that it joins, through its interface. */
  readonly routes?: readonly EndpointRoute[];
  /**
   * Of the interface, before it goes up: `{ "net.ipv4.conf.IFNAME.forwarding": 1 }`, where `IFNAME`
   * stands for its name. Only those of one interface: `net.(ipv4|ipv6|mpls).*.IFNAME.*`.
   */
  readonly sysctls?: Readonly<Record<string, string | number>>;
  /** Default: made from the endpoint's id, locally administered. */
  readonly mac?: string;
  /** The name of the host's end, at most 15 bytes. Default: `veth` and the endpoint's id. */
  readonly hostIfname?: string;
  readonly signal?: AbortSignal;
}

/** A static route through an endpoint. */
export interface EndpointRoute {
  /** `"192.168.7.0/24"`; the default route goes by {@link EndpointOptions.gatewayPriority}. */
  readonly destination: string;
  /** Of one of the network's subnets, or link-local. Default: it is on the network itself. */
  readonly gateway?: string;
}

export interface JoinOptions {
  /** The interface's name in the sandbox, at most 15 bytes. Default: the first free `eth<n>`. */
  readonly ifname?: string;
  /** What its name begins with, before the first free number, instead of `eth`. Not beside `ifname`. */
  readonly ifnamePrefix?: string;
  /** Looked at between steps; the step under way finishes, then all is undone. */
  readonly signal?: AbortSignal;
}

/** An endpoint as plain JSON. */
export interface EndpointInspection {
  readonly version: 1;
  readonly id: string;
  readonly name: string;
  readonly network: { readonly id: string; readonly name: string };
  readonly addresses: readonly string[];
  readonly aliases: readonly string[];
  readonly linkLocalAddresses: readonly string[];
  readonly routes: readonly { readonly destination: string; readonly gateway: string | null }[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly gatewayPriority: number;
  /** Those of its network's driver alone: for the bridge driver `{ vlan }`; `null` without any. */
  readonly options: DriverState;
  /** Families of which the sandbox's default route goes through it. */
  readonly defaultRoutes: readonly Family[];
  readonly mac: string | null;
  readonly mtu: number | null;
  readonly sandbox: { readonly id: string; readonly name: string } | null;
  readonly ifname: string | null;
  readonly hostIfname: string | null;
}
