import type { Namespace } from "../kernel/namespace.js";

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
  readonly subnets: readonly SubnetOfNetwork[];
  /** Reaches nothing outside: its sandboxes get no default route. */
  readonly internal: boolean;
  /** Bytes of IP packet; `undefined` leaves it to the kernel. */
  readonly mtu: number | undefined;
  /** What `checkOptions` returned. */
  readonly options: DriverState;
}

/** An endpoint that is to be attached to a sandbox. */
export interface Attachment {
  readonly id: string;
  readonly mac: string;
  /** CIDR text, at most one a subnet. */
  readonly addresses: readonly string[];
  /** The interface's name in the sandbox. */
  readonly ifname: string;
  /** The name of the host's end, where the driver makes one; chosen by the driver where left out. */
  readonly hostIfname: string | undefined;
  readonly sandbox: Namespace;
  /** Addresses of gateways to route everything else to: at most one a family. */
  readonly defaultGateways: readonly string[];
}

/** What an attachment has become. `state` is for `leave`. */
export interface Attached {
  /** Index of the interface in the sandbox. */
  readonly index: number;
  readonly mtu: number;
  readonly hostIfname: string | undefined;
  readonly state: DriverState;
}

/**
 * What one kind of network makes in the kernel. Everything that is made carries `host.mark(id)`.
 * Making something rejects with nothing left behind; taking down takes "not there" for success.
 */
export interface Driver {
  readonly name: string;
  /** The options of `createNetwork` that are this driver's own. */
  readonly optionNames: readonly string[];

  /** Checks this driver's own options, before anything is touched. Throws a typed error. */
  checkOptions(options: Readonly<Record<string, unknown>>): DriverState;

  /** Names of the host's links that the network will stand on: their routes are no conflict. */
  ownLinks(options: DriverState): readonly string[];

  createNetwork(host: Host, network: NetworkSpec): Promise<DriverState>;
  deleteNetwork(host: Host, network: NetworkSpec, state: DriverState): Promise<void>;

  join(
    host: Host,
    network: NetworkSpec,
    state: DriverState,
    attachment: Attachment,
  ): Promise<Attached>;
  /** Resolves when the interface is gone and its names are free. */
  leave(host: Host, endpointId: string, state: DriverState): Promise<void>;
}
