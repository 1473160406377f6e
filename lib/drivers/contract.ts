import type { Link } from "../kernel/link/types.js";
import type { Namespace } from "../kernel/namespace.js";
import type { Family } from "../net/ip.js";

// Drivers are given addresses and return state; they know no IPAM, no store and no controller.

/** A plain JSON value. */
export type DriverState =
  | string
  | number
  | boolean
  | null
  | readonly DriverState[]
  | { readonly [key: string]: DriverState };

/** The host that a driver works on. */
export interface Host {
  readonly namespace: Namespace;
  /** The altname that marks a link as this controller's: made of instance, controller id and `id`. */
  mark(id: string): string;
}

/** A subnet of a network. */
export interface SubnetOfNetwork {
  /** `"10.90.0.0/24"` */
  readonly subnet: string;
  /** `"10.90.0.1"`; `undefined` where the network has none. */
  readonly gateway: string | undefined;
}

/** A network as the core has checked and stored it: plain JSON. */
export interface NetworkSpec {
  readonly id: string;
  readonly name: string;
  /** IPv4 first; none only where {@link Driver.subnets} says that the driver can do without. */
  readonly subnets: readonly SubnetOfNetwork[];
  /** Reaches nothing outside: its sandboxes get no default route. */
  readonly internal: boolean;
  /** Bytes of IP packet; `undefined` leaves it to the kernel. */
  readonly mtu: number | undefined;
  /** What `checkOptions` returned. */
  readonly options: DriverState;
}

/** A way out of a sandbox through an endpoint. */
export interface StaticRoute {
  /** `"192.168.7.0/24"`, never a default route. */
  readonly destination: string;
  /** `null`: what it leads to is on the network itself. */
  readonly gateway: string | null;
}

/**
 * An endpoint that is to be attached to a sandbox. {@link setUpInside} sees to all of it that is
 * not about the link itself.
 */
export interface Attachment {
  readonly id: string;
  /** For the interface, where the driver makes one. */
  readonly mac: string;
  /**
   * CIDR text, IPv4 first: of the network's subnets, or any on a network without; then link-local ones.
   */
  readonly addresses: readonly string[];
  /** The interface's name in the sandbox, where the driver makes one. */
  readonly ifname: string;
  /** The name of the host's end, where the driver makes one; chosen by the driver where left out. */
  readonly hostIfname: string | undefined;
  /**
   * May be being made still: what is asked of it waits for that. Which one it is (`identity`)
   * is known by then only to drivers that make no interfaces, or of a sandbox that was there before.
   */
  readonly sandbox: Namespace;
  /** Addresses of gateways to route everything else to: at most one a family. */
  readonly defaultGateways: readonly string[];
  /** Families whose default route is another endpoint's still: it is replaced, never missing. */
  readonly takesOver?: readonly Family[];
  /** Of the interface in the sandbox, at most the network's. Default: the network's. */
  readonly mtu?: number;
  /** `"net.ipv4.conf.IFNAME.forwarding"` to `"1"`: set before the interface goes up. */
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly routes?: readonly StaticRoute[];
  /** What `checkEndpointOptions` returned; `null`, or left out, where none were given. */
  readonly options?: DriverState;
}

/** What an attachment has become. `state` is for `leave`. */
export interface Attached {
  /** Index of the interface in the sandbox; `undefined` where the driver makes none. */
  readonly index: number | undefined;
  /** Of the interface; `undefined` where there is none. */
  readonly mtu: number | undefined;
  /** Name of the host's end, where there is one. */
  readonly hostIfname: string | undefined;
  readonly state: DriverState;
}

/** What an interface has counted since it was made, seen from its sandbox. Exact up to 2^53. */
export interface InterfaceStatistics {
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxErrors: number;
  readonly txErrors: number;
  readonly rxDropped: number;
  readonly txDropped: number;
}

/** An endpoint that is in a sandbox, and what {@link Driver.join} returned for it. */
export interface Joined {
  readonly id: string;
  readonly state: DriverState;
}

/** An endpoint that is to leave, as {@link Driver.leave} is told of it. */
export interface Leaving {
  readonly id: string;
  readonly state: DriverState | undefined;
}

/** The links of the host, as they were a moment ago. */
export interface HostLinks {
  /** The one that carries this controller's mark for the object with this id. */
  marked(id: string): Link | undefined;
  at(index: number): Link | undefined;
  named(name: string): Link | undefined;
}

/** How something that a driver made is now; `what` says in words what is wrong with it. */
export type Condition =
  | { readonly is: "good" }
  | { readonly is: "gone" }
  | { readonly is: "wrong"; readonly what: readonly string[] };

/**
 * What one kind of network makes in the kernel: the library's own, or yours
 * (`ControllerOptions.drivers`, docs/extending.md). Everything that is made carries `host.mark(id)`.
 * Making something rejects with nothing left behind; taking down takes "not there" for success.
 */
export interface Driver {
  /** The name that a network gives in its `driver` option. */
  readonly name: string;
  /** The options of `createNetwork` that are this driver's own. */
  readonly optionNames: readonly string[];
  /**
   * Whether its networks have subnets, and their endpoints addresses of them. `"optional"`: it can do
   * without, under the IPAM `null`. `"none"`: they have none, ever. Default: `"needed"`.
   */
  readonly subnets?: "needed" | "none" | "optional";
  /**
   * What an endpoint has in its sandbox. `"none"`: no interface, so none of its options either; what
   * {@link Driver.join} returns has no `index` then. Default: `"one"`.
   */
  readonly interfaces?: "none" | "one";

  /** Checks this driver's own options, before anything is touched. Throws a typed error. */
  checkOptions(options: Readonly<Record<string, unknown>>): DriverState;

  /** The options of `createEndpoint` that are this driver's own. Default: none. */
  readonly endpointOptionNames?: readonly string[];
  /** Checks those that were given, which are some, before anything is touched. Throws a typed error. */
  checkEndpointOptions?(
    options: Readonly<Record<string, unknown>>,
    network: NetworkSpec,
    state: DriverState,
  ): DriverState;

  /** How many endpoints of a network can be joined at a time. Default: as many as there are. */
  readonly mostJoined?: number;

  /** Names of the host's links that the network will stand on: their routes are no conflict. */
  ownLinks(options: DriverState): readonly string[];
  /** The option that names those, where none may be two networks' of this driver. Default: it may. */
  readonly exclusiveOption?: string;

  createNetwork(host: Host, network: NetworkSpec): Promise<DriverState>;
  /** Bytes of IP packet that the network carries. Default: its `mtu`, else 1500. */
  mtuOf?(network: NetworkSpec, state: DriverState): number;
  /** @param state `undefined` where a process ended before it was known: what carries the mark goes. */
  deleteNetwork(host: Host, network: NetworkSpec, state: DriverState | undefined): Promise<void>;

  join(
    host: Host,
    network: NetworkSpec,
    state: DriverState,
    attachment: Attachment,
  ): Promise<Attached>;
  /**
   * Resolves when the interface is gone and its names are free.
   *
   * @param state `undefined` where a process ended before it was known: what carries the mark goes.
   */
  leave(host: Host, endpointId: string, state: DriverState | undefined): Promise<void>;

  /**
   * What an endpoint's interface has counted, seen from the host: received is what the host's end has
   * sent. `undefined`, or no such function, where the host has no end of it: it is asked inside then.
   */
  statistics?(
    host: Host,
    endpointId: string,
    state: DriverState,
  ): Promise<InterfaceStatistics | undefined>;
  /** As {@link Driver.leave} for each, faster. Where it rejects, some may have left. */
  leaveMany?(host: Host, endpoints: readonly Leaving[]): Promise<void>;

  /** How the network's part of the kernel is. Changes nothing. */
  checkNetwork(
    host: Host,
    network: NetworkSpec,
    state: DriverState,
    links: HostLinks,
  ): Promise<Condition>;

  /**
   * Makes again what {@link Driver.checkNetwork} misses, and nothing else. Returns the state as it is
   * now: what was made again may have another index.
   */
  mendNetwork(
    host: Host,
    network: NetworkSpec,
    state: DriverState,
    links: HostLinks,
  ): Promise<DriverState>;

  /** How an endpoint that has joined is, seen from the host. Changes nothing. */
  checkEndpoint(
    host: Host,
    network: NetworkSpec,
    networkState: DriverState,
    endpoint: Joined,
    links: HostLinks,
  ): Condition;

  /** Puts right what is wrong with one that is there. What is gone stays gone: it has left. */
  mendEndpoint(
    host: Host,
    network: NetworkSpec,
    networkState: DriverState,
    endpoint: Joined,
    links: HostLinks,
  ): Promise<void>;
}
