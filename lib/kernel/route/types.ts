import type { Family } from "../../net/ip.js";
import type { IpProtocol } from "../../net/ip-protocol.js";
import type { LinkTarget } from "../link/types.js";
import type { RoutingProtocol } from "../protocol.js";

export type RouteType =
  | "unicast"
  | "local"
  | "broadcast"
  | "anycast"
  | "multicast"
  | "blackhole"
  | "unreachable"
  | "prohibit"
  | "throw";
export type RouteScope = "global" | "site" | "link" | "host" | "nowhere";
export type RouteTable = "main" | "local" | "default" | number;

/** Of RFC 4191. */
export type RoutePreference = "low" | "medium" | "high";

/** What connections over a route begin with; ip-route(8). Source: RTAX_*. */
export interface RouteMetrics {
  /** Path MTU in bytes. */
  readonly mtu?: number;
  /** Bytes of TCP payload a segment. */
  readonly advmss?: number;
  /** Largest TCP window, in bytes. */
  readonly window?: number;
  /** In steps of 1/8 ms. */
  readonly rttMs?: number;
  /** In steps of 1/4 ms. */
  readonly rttVarMs?: number;
  /** Locks `"rto_min"`: without, it is of no effect. */
  readonly rtoMinMs?: number;
  readonly ssthresh?: number;
  readonly cwnd?: number;
  readonly initCwnd?: number;
  readonly initRwnd?: number;
  readonly reordering?: number;
  readonly hopLimit?: number;
  readonly quickAck?: boolean;
  /** Name of an algorithm of TCP congestion control that the kernel has. */
  readonly congestion?: string;
  readonly fastOpenNoCookie?: boolean;
  readonly features?: readonly RouteFeature[];
  /** Which of the above path MTU discovery and the like leave alone. */
  readonly locked?: readonly LockableMetric[];
}
export type RouteFeature = "ecn" | "tcp_usec_ts";
export type LockableMetric =
  | "mtu"
  | "window"
  | "rtt"
  | "rttvar"
  | "ssthresh"
  | "cwnd"
  | "advmss"
  | "reordering"
  | "hoplimit"
  | "rto_min";

/** One of several ways of a route. */
export interface RouteHop {
  readonly gateway?: string;
  readonly link?: LinkTarget;
  /** 1 to 256; a way of weight 2 gets twice as many flows as one of weight 1. Default: 1. */
  readonly weight?: number;
  readonly onlink?: boolean;
}

/** What `routes.add` and the like take. */
export interface RouteSpec {
  /** A subnet, or `"default"`. */
  readonly destination: string;
  /** Needed for `"default"` without a gateway only. */
  readonly family?: Family;
  /** Of an IPv4 route it may be an IPv6 address, where `family` or the destination is IPv4. */
  readonly gateway?: string;
  readonly link?: LinkTarget;
  /** Several ways at once, instead of `gateway` and `link`. */
  readonly nexthops?: readonly RouteHop[];
  /** A nexthop, or a group of them, made by `nexthops.add`; instead of the above. */
  readonly nexthopId?: number;
  readonly table?: RouteTable;
  readonly metric?: number;
  /** Address that packets leave with, where their socket has none. Source: RTA_PREFSRC. */
  readonly source?: string;
  /** IPv6: for packets from this subnet only. Source: RTA_SRC. */
  readonly from?: string;
  readonly scope?: RouteScope;
  readonly type?: RouteType;
  /** IPv4: for packets with these bits of their type of service only. */
  readonly tos?: number;
  /** The gateway is on the link even if no address says so. */
  readonly onlink?: boolean;
  /** Path MTU in bytes; the same as `metrics.mtu`. */
  readonly mtu?: number;
  readonly metrics?: RouteMetrics;
  /** IPv6. Default: `"medium"`. */
  readonly preference?: RoutePreference;
  /** IPv6: gone after so many seconds. */
  readonly expiresS?: number;
  /** Default: `"static"`. */
  readonly protocol?: RoutingProtocol;
}

/** A way of a {@link Route} that has several. */
export interface RouteWay {
  readonly gateway: string | undefined;
  /** Index of the link. */
  readonly link: number;
  readonly weight: number;
  readonly flags: readonly string[];
}

/** A route as the kernel shows it. */
export interface Route {
  readonly family: Family;
  readonly destination: string;
  readonly gateway: string | undefined;
  /** Index of the link. */
  readonly link: number | undefined;
  /** Where there are several ways. IPv6: also where a nexthop group has them. */
  readonly nexthops: readonly RouteWay[] | undefined;
  readonly nexthopId: number | undefined;
  readonly table: RouteTable;
  readonly metric: number | undefined;
  readonly source: string | undefined;
  readonly from: string | undefined;
  readonly scope: string;
  readonly type: string;
  readonly tos: number;
  /** Who made it: `"kernel"`, `"static"`, `"ra"` ... */
  readonly protocol: string | number;
  readonly mtu: number | undefined;
  readonly metrics: RouteMetrics | undefined;
  readonly preference: string | number | undefined;
  /** Seconds that are left. */
  readonly expiresS: number | undefined;
  readonly flags: readonly string[];
}

/** The kernel filters. */
export interface RouteFilter {
  readonly family?: Family;
  readonly table?: RouteTable;
  readonly link?: string | number;
  readonly protocol?: RoutingProtocol;
  readonly type?: RouteType;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** Whose packet `routes.lookup` asks about. */
export interface RouteLookup {
  /** Its source address. */
  readonly from?: string;
  /** It came in here; without it, it is sent by this host. */
  readonly iif?: string | number;
  /** Its socket is bound to this link. */
  readonly oif?: string | number;
  readonly mark?: number;
  readonly uid?: number;
  readonly tos?: number;
  readonly ipProtocol?: IpProtocol;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Gives the entry of the table that it matches, instead of where it goes. */
  readonly match?: boolean;
}
