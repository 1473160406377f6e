import type { Namespace } from "../namespace.js";
import type { LinkReference } from "../reference.js";

/** A link by name, by index, or one that an earlier step of the same {@link Job} makes. */
export type LinkTarget = string | number | LinkReference;

/** How a link gets its IPv6 link-local address. Source: IFLA_INET6_ADDR_GEN_MODE. */
export type AddrGenMode = "eui64" | "none" | "stable_secret" | "random";

/** What every kind of link may be given when it is made. */
export interface LinkOptions {
  /** At most 15 bytes. */
  readonly name: string;
  /** Chosen by the kernel where it is left out. */
  readonly index?: number;
  /** MAC address; random where it is left out. */
  readonly address?: string;
  /** Bytes of IP packet, without the Ethernet header. */
  readonly mtu?: number;
  /** The bridge (or other master) that it becomes a port of. */
  readonly master?: LinkTarget;
  /** `ip link set ... group`; 0 is the default group. */
  readonly group?: number;
  readonly up?: boolean;
  /** 1 saves the kernel two objects a CPU where one queue is enough. */
  readonly txQueues?: number;
  readonly rxQueues?: number;
  readonly txQueueLength?: number;
  /** Other names, at most 127 bytes each. */
  readonly altnames?: readonly string[];
  /** Takes effect before the link goes up. */
  readonly addrGenMode?: AddrGenMode;
}

/** bridge(8). Times in milliseconds, kept by the kernel in 1/100 s. Source: IFLA_BR_*. */
export interface BridgeOptions {
  readonly stp?: boolean;
  readonly forwardDelayMs?: number;
  readonly helloTimeMs?: number;
  readonly maxAgeMs?: number;
  readonly ageingTimeMs?: number;
  readonly priority?: number;
  readonly vlanFiltering?: boolean;
  readonly vlanDefaultPvid?: number;
  readonly groupForwardMask?: number;
  readonly multicastSnooping?: boolean;
}
export interface BridgeSpec extends LinkOptions, BridgeOptions {
  readonly kind: "bridge";
}

/** The pair's other end: made where it will live, never moved. It comes down; set it up there. */
export interface VethPeer {
  /** Its name in `namespace`, at most 15 bytes. */
  readonly name: string;
  readonly address?: string;
  readonly mtu?: number;
  readonly txQueues?: number;
  readonly rxQueues?: number;
  /** Where it is to live; the namespace of the first end where it is left out. */
  readonly namespace?: Namespace;
}
export interface VethSpec extends LinkOptions {
  readonly kind: "veth";
  readonly peer: VethPeer;
}

/** What `links.add` takes: one member a kind. */
export type LinkSpec = BridgeSpec | VethSpec;

/** What `links.set` changes; what is left out stays as it is. */
export interface LinkChanges {
  readonly name?: string;
  readonly address?: string;
  readonly mtu?: number;
  /** `null` takes it out of its master. */
  readonly master?: LinkTarget | null;
  readonly group?: number;
  readonly up?: boolean;
  readonly txQueueLength?: number;
  readonly addrGenMode?: AddrGenMode;
}

/** Counted since the link was made. Source: struct rtnl_link_stats64. Exact up to 2^53. */
export interface LinkStatistics {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxErrors: number;
  readonly txErrors: number;
  readonly rxDropped: number;
  readonly txDropped: number;
  readonly multicast: number;
}

/** A link as the kernel shows it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  readonly altnames: readonly string[];
  /** `"bridge"`, `"veth"` ...; `undefined` for the loopback and for hardware. */
  readonly kind: string | undefined;
  readonly address: string | undefined;
  readonly mtu: number;
  /** Set up by the administrator (IFF_UP); `operstate` says whether it works. */
  readonly up: boolean;
  readonly operstate: string;
  readonly flags: readonly string[];
  /** Index of its bridge. */
  readonly master: number | undefined;
  /** Index of a veth's other end, in the namespace that `linkNetnsid` names. */
  readonly link: number | undefined;
  readonly linkNetnsid: number | undefined;
  readonly group: number;
  readonly txQueues: number;
  readonly rxQueues: number;
  readonly addrGenMode: AddrGenMode | undefined;
  readonly statistics: LinkStatistics;
  /** Of a bridge alone. */
  readonly bridge?: BridgeOptions;
}
