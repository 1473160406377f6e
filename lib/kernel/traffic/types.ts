import type { IpProtocol } from "../../net/ip-protocol.js";
import type { LinkTarget } from "../link/types.js";

// Handles are text as tc(8) has them, in hexadecimal: "1:" of a qdisc, "1:10" of a class.

/** Source: TCA_STATS_BASIC, TCA_STATS_PKT64. Exact up to 2^53. */
export interface TrafficCounters {
  readonly bytes: number;
  readonly packets: number;
}

/** Counted since it was made. Source: TCA_STATS2. */
export interface TrafficStatistics extends TrafficCounters {
  readonly drops: number;
  readonly overlimits: number;
  readonly requeues: number;
  /** Packets that wait. */
  readonly queueLength: number;
  readonly backlogBytes: number;
}

/** tc-tbf(8): a token bucket. Rates are kept in whole bytes per second. */
export interface TbfOptions {
  readonly kind: "tbf";
  readonly rateBitsPerSecond: number;
  /** Size of the bucket: no packet that is larger gets through. */
  readonly burstBytes: number;
  /** What may wait; this or `latencyMs` is needed. */
  readonly limitBytes?: number;
  /** How long a packet may wait; another way to say `limitBytes`, and not read back. */
  readonly latencyMs?: number;
  readonly peakRateBitsPerSecond?: number;
  /** Size of the bucket of the peak rate, which needs it: at least the MTU. */
  readonly peakBurstBytes?: number;
}

/** tc-htb(8). */
export interface HtbOptions {
  readonly kind: "htb";
  /** Class of packets that no filter knows: `"1:30"`. Without it they are not shaped. */
  readonly defaultClass?: string;
  /** Bytes per second for each byte of quantum; 10 by default. */
  readonly rateToQuantum?: number;
  readonly directQueueLength?: number;
}

/** tc-netem(8): a bad network. */
export interface NetemOptions {
  readonly kind: "netem";
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly delayCorrelationPercent?: number;
  readonly lossPercent?: number;
  readonly lossCorrelationPercent?: number;
  readonly duplicatePercent?: number;
  readonly corruptPercent?: number;
  readonly reorderPercent?: number;
  /** Every so many packets one is sent at once. */
  readonly gap?: number;
  readonly rateBitsPerSecond?: number;
  readonly limitPackets?: number;
}

/** tc-fq_codel(8). */
export interface FqCodelOptions {
  readonly kind: "fq_codel";
  readonly limitPackets?: number;
  readonly flows?: number;
  readonly targetUs?: number;
  readonly intervalUs?: number;
  readonly quantumBytes?: number;
  readonly memoryLimitBytes?: number;
  readonly ecn?: boolean;
}

/** tc-fq(8). */
export interface FqOptions {
  readonly kind: "fq";
  readonly limitPackets?: number;
  readonly flowLimitPackets?: number;
  readonly quantumBytes?: number;
  readonly initialQuantumBytes?: number;
  readonly pacing?: boolean;
  readonly flowMaxRateBitsPerSecond?: number;
}

/** tc-pfifo(8), tc-bfifo(8). */
export interface FifoOptions {
  readonly kind: "pfifo" | "bfifo";
  /** Packets of `pfifo`, bytes of `bfifo`. */
  readonly limit?: number;
}

/** Those without options of their own. */
export type PlainQdisc =
  { readonly kind: "ingress" } | { readonly kind: "clsact" } | { readonly kind: "noqueue" };

export type QdiscOptions =
  TbfOptions | HtbOptions | NetemOptions | FqCodelOptions | FqOptions | FifoOptions;

/** What `qdiscs.add` and `qdiscs.replace` take: one member a kind. */
export type QdiscSpec = (QdiscOptions | PlainQdisc) & {
  readonly link: LinkTarget;
  /** `"root"` (where it is left out) or a class; `ingress` and `clsact` have a place of their own. */
  readonly parent?: string;
  /** `"1:"`; chosen by the kernel where it is left out. */
  readonly handle?: string;
};

/** Which qdisc `qdiscs.delete` is to remove. */
export interface QdiscTarget {
  readonly link: LinkTarget;
  /** `"root"` (where it is left out), `"ingress"` (clsact too), or a class. */
  readonly parent?: string;
}

/** A qdisc as the kernel shows it. */
export interface Qdisc {
  /** Index of its link. */
  readonly link: number;
  /** `"noqueue"`, `"fq_codel"` ...: any that the kernel knows. */
  readonly kind: string;
  /** `"0:"` of the one that the kernel gave the link. */
  readonly handle: string;
  /** `"root"`, `"ingress"`, or a class. */
  readonly parent: string;
  /** Of the kinds that can be made here. */
  readonly options: QdiscOptions | undefined;
  readonly statistics: TrafficStatistics;
}

/** A class of tc-htb(8). */
export interface HtbClassOptions {
  readonly kind: "htb";
  readonly rateBitsPerSecond: number;
  /** With what it borrows from its parent; `rateBitsPerSecond` where it is left out. */
  readonly ceilBitsPerSecond?: number;
  /** 1600 where it is left out. */
  readonly burstBytes?: number;
  readonly ceilBurstBytes?: number;
  /** 0 (first to borrow) to 7. */
  readonly priority?: number;
  readonly quantumBytes?: number;
}

/** What `trafficClasses.add` and `replace` take. */
export interface TrafficClassSpec extends HtbClassOptions {
  readonly link: LinkTarget;
  /** The qdisc, `"1:"`, or another class. */
  readonly parent: string;
  /** `"1:10"` */
  readonly classid: string;
}

/** Which class `trafficClasses.delete` is to remove. */
export interface TrafficClassTarget {
  readonly link: LinkTarget;
  readonly classid: string;
}

/** A class as the kernel shows it. */
export interface TrafficClass {
  readonly link: number;
  readonly kind: string;
  readonly classid: string;
  /** `"root"` of the topmost. */
  readonly parent: string;
  /** Handle of the qdisc within, where it has one of its own. */
  readonly leaf: string | undefined;
  readonly options: HtbClassOptions | undefined;
  readonly statistics: TrafficStatistics;
}

/** What becomes of a packet. Source: TC_ACT_*; tc-actions(8). */
export type TrafficControl =
  "continue" | "pass" | "reclassify" | "drop" | "pipe" | "stolen" | "trap";

/** What a filter does with what it matches; tc-mirred(8), tc-gact, tc-police(8). */
export type FilterActionSpec =
  | {
      readonly kind: "mirred";
      readonly action: "redirect" | "mirror";
      readonly link: LinkTarget;
      /** Sent out of it (where it is left out), or as if it had come in. */
      readonly direction?: "egress" | "ingress";
    }
  | { readonly kind: "gact"; readonly control: TrafficControl }
  | {
      readonly kind: "police";
      readonly rateBitsPerSecond: number;
      readonly burstBytes: number;
      /** Of what is too much: `"drop"` where it is left out. */
      readonly exceed?: TrafficControl;
    };

/** An action as the kernel shows it. */
export type FilterAction = (
  | {
      readonly kind: "mirred";
      readonly action: "redirect" | "mirror";
      readonly link: number;
      readonly direction: "egress" | "ingress";
    }
  | { readonly kind: "gact"; readonly control: TrafficControl }
  | {
      readonly kind: "police";
      readonly rateBitsPerSecond: number;
      readonly burstBytes: number;
      readonly exceed: TrafficControl;
    }
  | { readonly kind: "other"; readonly name: string }
) & { readonly statistics: TrafficStatistics };

/** `"all"`, or what the Ethernet frame says; others by number. */
export type TrafficProtocol = "all" | "ip" | "ipv6" | "arp" | "802.1Q" | "802.1ad" | number;

/** What of a packet tc-u32(8) is to compare; all of it has to fit. */
export interface PacketMatch {
  /** An address or a subnet. */
  readonly source?: string;
  readonly destination?: string;
  readonly ipProtocol?: IpProtocol;
  /** Needs `ipProtocol`. IPv4: first fragments without IP options alone. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

/** What `trafficFilters.add` and `replace` take. */
export type TrafficFilterSpec = (
  | { readonly kind: "matchall" }
  | { readonly kind: "u32"; readonly match?: PacketMatch }
  | {
      readonly kind: "bpf";
      /** Descriptor of a loaded program (BPF_PROG_TYPE_SCHED_CLS); the kernel keeps the program. */
      readonly programFd: number;
      /** Shown with the filter. */
      readonly name?: string;
      /** What the program returns is the verdict, not a class. */
      readonly directAction?: boolean;
    }
) & {
  readonly link: LinkTarget;
  /** A qdisc, a class, or `"ingress"` and `"egress"` of clsact (`"ingress"` of ingress too). */
  readonly parent: string;
  /** What `match` says where it is left out, else `"all"`. */
  readonly protocol?: TrafficProtocol;
  /** Lower ones come first; chosen by the kernel where it is left out. */
  readonly priority?: number;
  readonly chain?: number;
  /** The class that the packet goes to. */
  readonly classid?: string;
  readonly actions?: readonly FilterActionSpec[];
};

/** Which filters `trafficFilters.delete` is to remove: all of the parent where no more is said. */
export interface TrafficFilterTarget {
  readonly link: LinkTarget;
  readonly parent: string;
  readonly protocol?: TrafficProtocol;
  readonly priority?: number;
  readonly chain?: number;
  /** One of those of this priority. */
  readonly handle?: number;
}

/** 32 bits of a packet, counted from the network header. Source: struct tc_u32_key. */
export interface TrafficFilterKey {
  readonly offset: number;
  readonly mask: number;
  readonly value: number;
}

/** A program of tc-bpf(8). */
export interface BpfClassifier {
  readonly name: string | undefined;
  readonly id: number | undefined;
  readonly directAction: boolean;
}

/** A filter as the kernel shows it. */
export interface TrafficFilter {
  readonly link: number;
  readonly kind: string;
  readonly parent: string;
  readonly protocol: TrafficProtocol;
  readonly priority: number;
  readonly handle: number;
  readonly chain: number;
  readonly classid: string | undefined;
  readonly actions: readonly FilterAction[];
  /** Of u32 alone. */
  readonly keys?: readonly TrafficFilterKey[];
  /** Of bpf alone. */
  readonly bpf?: BpfClassifier;
}
