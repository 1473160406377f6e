import type { Family } from "../../net/ip.js";
import type { IpProtocol } from "../../net/ip-protocol.js";
import type { RoutingProtocol } from "../protocol.js";
import type { RouteTable } from "../route/types.js";

/** Both ends included. */
export interface NumberRange {
  readonly start: number;
  readonly end: number;
}

/** Which packets a rule is for: all that is given must be so. */
export interface RuleSelector {
  /** Default: that of `from` and `to`, else `"inet"`. */
  readonly family?: Family;
  /** All packets but those. */
  readonly not?: boolean;
  /** Source: a subnet. */
  readonly from?: string;
  /** Destination: a subnet. */
  readonly to?: string;
  /** Name of the link that they came in by; `"lo"` for those of this host. It may not exist yet. */
  readonly iif?: string;
  /** Name of the link that their socket is bound to. */
  readonly oif?: string;
  readonly mark?: number;
  /** Which bits of the mark count. Default: all. */
  readonly markMask?: number;
  readonly tos?: number;
  /** Since Linux 6.13; not together with `tos`. */
  readonly dscp?: number;
  /** Of the socket's owner. */
  readonly uids?: NumberRange;
  readonly ipProtocol?: IpProtocol;
  readonly sourcePorts?: number | NumberRange;
  readonly destinationPorts?: number | NumberRange;
  /** Of a tunnel's metadata, below 2^53. */
  readonly tunnelId?: number;
  /** Of a VRF, whose table is looked up then. */
  readonly l3mdev?: boolean;
}

/** What `rules.add` and `rules.delete` take. */
export interface RuleSpec extends RuleSelector {
  /** Lower ones come first. */
  readonly priority?: number;
  /** Where to look. Default: `"main"`, where no other action is given. */
  readonly table?: RouteTable;
  /** Skips to the rule of this priority. */
  readonly goto?: number;
  /** What else: drop, answer with an error, or nothing. */
  readonly action?: "blackhole" | "unreachable" | "prohibit" | "nop";
  /** Ignores what was found where its prefix is no longer than this: 0 for default routes. */
  readonly suppressPrefixLength?: number;
  /** Ignores what was found where its link is of this group. */
  readonly suppressGroup?: number;
  readonly protocol?: RoutingProtocol;
}

/** A rule as the kernel shows it. What it does not look at is `undefined`. */
export interface Rule {
  readonly family: Family;
  readonly priority: number;
  /** `"table"`, `"goto"`, `"blackhole"`, `"unreachable"`, `"prohibit"`, `"nop"`. */
  readonly action: string | number;
  readonly table: RouteTable | undefined;
  readonly goto: number | undefined;
  readonly not: boolean;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly iif: string | undefined;
  readonly oif: string | undefined;
  readonly mark: number | undefined;
  readonly markMask: number | undefined;
  readonly tos: number | undefined;
  readonly dscp: number | undefined;
  readonly uids: NumberRange | undefined;
  readonly ipProtocol: string | number | undefined;
  readonly sourcePorts: NumberRange | undefined;
  readonly destinationPorts: NumberRange | undefined;
  readonly tunnelId: number | undefined;
  readonly l3mdev: boolean;
  readonly suppressPrefixLength: number | undefined;
  readonly suppressGroup: number | undefined;
  readonly protocol: string | number | undefined;
  /** `"iif_detached"`: there is no link of that name now; `"unresolved"`: no rule to go to. */
  readonly flags: readonly string[];
}

export interface RuleFilter {
  readonly family?: Family;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}
