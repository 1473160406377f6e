/** How {@link Network.createEndpoint} is to make it. */
export interface EndpointOptions {
  /**
   * At most one of each subnet, with or without its prefix length; the pool chooses for the subnets
   * that are not among them. On a network without subnets (IPAM `null`) any, with a prefix length.
   */
  readonly addresses?: readonly string[];
  /** Default: made from the endpoint's id, locally administered. */
  readonly mac?: string;
  /** The name of the host's end, at most 15 bytes. Default: `veth` and the endpoint's id. */
  readonly hostIfname?: string;
  readonly signal?: AbortSignal;
}

export interface JoinOptions {
  /** The interface's name in the sandbox, at most 15 bytes. Default: the first free `eth<n>`. */
  readonly ifname?: string;
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
  readonly mac: string | null;
  readonly mtu: number | null;
  readonly sandbox: { readonly id: string; readonly name: string } | null;
  readonly ifname: string | null;
  readonly hostIfname: string | null;
}
