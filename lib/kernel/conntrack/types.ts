import type { Family } from "../../net/ip.js";
import type { IpProtocol } from "../../net/ip-protocol.js";
import type { statusBits, tcpStates } from "./words.js";

/** Bits of a flow's state. Source: IPS_* of linux/netfilter/nf_conntrack_common.h. */
export type FlowStatus = (typeof statusBits)[number];

/** Source: enum tcp_conntrack. */
export type TcpState = (typeof tcpStates)[number];

/** One direction of a flow. Together with the zone it names the flow. */
export interface FlowTuple {
  readonly source: string;
  readonly destination: string;
  readonly protocol: IpProtocol;
  /** Of TCP, UDP, SCTP ...; ICMP has `icmp` instead. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmp?: { readonly id: number; readonly type: number; readonly code: number };
  /** Where the directions have zones of their own. Source: CTA_TUPLE_ZONE. */
  readonly zone?: number;
}

/** Which flow: by one of its directions. */
export interface FlowTarget {
  /** As the first packet has it, before any NAT. One of `original` and `reply` is needed. */
  readonly original?: FlowTuple;
  /** As answers have it. */
  readonly reply?: FlowTuple;
  /** 0 where it is left out. */
  readonly zone?: number;
}

/** Which flow `delete` is to remove. */
export interface FlowDeletion extends FlowTarget {
  /** Of a flow that was listed: a newer one with the same tuple is left alone. */
  readonly id?: number;
}

/** Addresses and ports that a flow is translated to. */
export interface NatRange {
  readonly address: string;
  /** The last of several, `address` being the first. */
  readonly lastAddress?: string;
  readonly port?: number;
  readonly lastPort?: number;
}

/** What `conntrack.add` takes. */
export interface FlowSpec {
  readonly original: FlowTuple;
  /** The opposite of `original` where it is left out. */
  readonly reply?: FlowTuple;
  readonly timeoutS: number;
  readonly zone?: number;
  readonly mark?: number;
  readonly status?: readonly FlowStatus[];
  readonly tcpState?: TcpState;
  readonly sourceNat?: NatRange;
  readonly destinationNat?: NatRange;
  /** `"ftp"` ...: who looks for related flows. */
  readonly helper?: string;
}

/** What `conntrack.set` changes; what is left out stays as it is. */
export interface FlowChanges {
  readonly timeoutS?: number;
  readonly mark?: number;
  /** Only these bits of the mark are changed. */
  readonly markMask?: number;
  /** All bits that are to be set, `"confirmed"` apart. What was set cannot be unset: EBUSY. */
  readonly status?: readonly FlowStatus[];
  readonly tcpState?: TcpState;
}

/** Parts of one direction; what is left out is not looked at. */
export interface FlowTupleFilter {
  /** An address, or a subnet. */
  readonly source?: string;
  readonly destination?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

/** Which flows: those that meet all of it. */
export interface FlowFilter {
  readonly family?: Family;
  readonly protocol?: IpProtocol;
  readonly original?: FlowTupleFilter;
  readonly reply?: FlowTupleFilter;
  readonly mark?: number;
  /** Only these bits of the mark are compared. */
  readonly markMask?: number;
  readonly zone?: number;
  /** All of these bits are set. */
  readonly status?: readonly FlowStatus[];
  /** None of these bits is set. */
  readonly withoutStatus?: readonly FlowStatus[];
}

/** Source: CTA_COUNTERS_*. Exact up to 2^53. */
export interface FlowCounters {
  readonly packets: number;
  readonly bytes: number;
}

/** A flow as the kernel shows it. */
export interface Flow {
  readonly family: Family;
  readonly original: FlowTuple;
  readonly reply: FlowTuple;
  readonly zone: number;
  /** Told apart from an older or newer flow of the same tuple. */
  readonly id: number;
  readonly mark: number;
  readonly status: readonly FlowStatus[];
  /** Until it is forgotten, if no packet comes; `undefined` of flows in a flow table. */
  readonly timeoutS: number | undefined;
  readonly tcpState: TcpState | undefined;
  /** Where `net.netfilter.nf_conntrack_acct` was 1 when it began. */
  readonly counters: { readonly original: FlowCounters; readonly reply: FlowCounters } | undefined;
  /** Since 1970, where `net.netfilter.nf_conntrack_timestamp` was 1 when it began. */
  readonly startedAtMs: number | undefined;
  readonly helper: string | undefined;
  /** The flow that this one is related to. */
  readonly master: FlowTuple | undefined;
}

/** How full the table is. */
export interface FlowCount {
  /** Of this namespace. */
  readonly entries: number;
  /** Of all namespaces together (`net.netfilter.nf_conntrack_max`), before Linux 4.18 unknown. */
  readonly limit: number | undefined;
}
