import { optional } from "../../util/options.js";
import { boolean } from "../../util/schemas.js";
import type { Scope } from "../scope.js";
import {
  bit,
  bridgeId,
  decodeFields,
  encodeFields,
  entriesOf,
  numberOf,
  ticks,
  ticksShown,
  whole,
  word,
  type Data,
  type Field,
  type Fields,
  type Given,
} from "./fields.js";
import type { LinkKind } from "./kind.js";
import { groupAddress } from "./schemas.js";
import type { LinkOptions, VlanProtocol } from "./types.js";

/** bridge(8). Times in milliseconds, kept by the kernel in 1/100 s. Source: IFLA_BR_*. */
export interface BridgeOptions {
  readonly stp?: boolean;
  readonly forwardDelayMs?: number;
  readonly helloTimeMs?: number;
  readonly maxAgeMs?: number;
  readonly ageingTimeMs?: number;
  readonly priority?: number;
  readonly vlanFiltering?: boolean;
  readonly vlanProtocol?: VlanProtocol;
  /** VLAN of untagged packets at new ports; 0: none. */
  readonly vlanDefaultPvid?: number;
  readonly vlanStatistics?: boolean;
  /** Only while the bridge has no ports. */
  readonly vlanStatisticsPerPort?: boolean;
  /** Bits of the link-local groups 01:80:c2:00:00:0x that are forwarded. */
  readonly groupForwardMask?: number;
  /** Of STP: one of 01:80:c2:00:00:0x. */
  readonly groupAddress?: string;
  readonly multicastSnooping?: boolean;
  readonly multicastRouter?: MulticastRouter;
  readonly multicastQueryUseAddress?: boolean;
  readonly multicastQuerier?: boolean;
  readonly multicastHashMax?: number;
  readonly multicastLastMemberCount?: number;
  readonly multicastStartupQueryCount?: number;
  readonly multicastLastMemberIntervalMs?: number;
  readonly multicastMembershipIntervalMs?: number;
  readonly multicastQuerierIntervalMs?: number;
  readonly multicastQueryIntervalMs?: number;
  readonly multicastQueryResponseIntervalMs?: number;
  readonly multicastStartupQueryIntervalMs?: number;
  readonly multicastStatistics?: boolean;
  readonly multicastIgmpVersion?: number;
  readonly multicastMldVersion?: number;
  /** Bridged packets go through iptables; needs the module br_netfilter. */
  readonly nfCallIptables?: boolean;
  readonly nfCallIp6tables?: boolean;
  readonly nfCallArptables?: boolean;
  /** The most addresses that it learns; 0: no limit. Since Linux 6.7. */
  readonly fdbMaxLearned?: number;
  readonly noLinkLocalLearning?: boolean;
  readonly multicastVlanSnooping?: boolean;
  /** Multiple spanning trees; only while the bridge has no VLANs. */
  readonly mst?: boolean;
  /** Since Linux 6.16. */
  readonly mdbOffloadFailNotification?: boolean;
  /** Since Linux 6.18. */
  readonly fdbLocalVlan0?: boolean;
}
export interface BridgeSpec extends LinkOptions, BridgeOptions {
  readonly kind: "bridge";
}

/** Whether a router for multicast is there. `"learn"`: while it asks. */
export type MulticastRouter = "disabled" | "learn" | "permanent";

/** A bridge as the kernel shows it. Identifiers are `"8000.020000000001"`: priority and address. */
export interface Bridge extends BridgeOptions {
  readonly rootId?: string;
  readonly bridgeId?: string;
  readonly rootPort?: number;
  readonly rootPathCost?: number;
  readonly topologyChange?: boolean;
  readonly topologyChangeDetected?: boolean;
  readonly helloTimerMs?: number;
  readonly tcnTimerMs?: number;
  readonly topologyChangeTimerMs?: number;
  readonly gcTimerMs?: number;
  readonly multicastHashElasticity?: number;
  /** How many addresses it has learned. Since Linux 6.7. */
  readonly fdbLearned?: number;
}

const u32 = 0xffff_ffff;

/** enum br_boolopt_id: they share one attribute, with a mask of what is meant. */
const switches = {
  noLinkLocalLearning: "no_ll_learn",
  multicastVlanSnooping: "mcast_vlan_snooping",
  mst: "mst_enable",
  mdbOffloadFailNotification: "mdb_offload_fail_notification",
  fdbLocalVlan0: "fdb_local_vlan_0",
} as const;

const group: Field<string> = {
  type: groupAddress,
  encode: (text) => ({ group_addr: text }),
  decode: (data) => data["group_addr"] as string | undefined,
};

const fields = {
  stp: bit("stp_state"),
  forwardDelayMs: ticks("forward_delay"),
  helloTimeMs: ticks("hello_time"),
  maxAgeMs: ticks("max_age"),
  ageingTimeMs: ticks("ageing_time"),
  priority: whole("priority", 0, 0xffff),
  vlanFiltering: bit("vlan_filtering"),
  vlanProtocol: word("vlan_protocol", "802.1Q", "802.1ad"),
  vlanDefaultPvid: whole("vlan_default_pvid", 0, 4094),
  vlanStatistics: bit("vlan_stats_enabled"),
  vlanStatisticsPerPort: bit("vlan_stats_per_port"),
  groupForwardMask: whole("group_fwd_mask", 0, 0xffff),
  groupAddress: group,
  multicastSnooping: bit("mcast_snooping"),
  multicastRouter: word("mcast_router", "disabled", "learn", "permanent"),
  multicastQueryUseAddress: bit("mcast_query_use_ifaddr"),
  multicastQuerier: bit("mcast_querier"),
  multicastHashMax: whole("mcast_hash_max", 1, u32),
  multicastLastMemberCount: whole("mcast_last_member_cnt", 0, u32),
  multicastStartupQueryCount: whole("mcast_startup_query_cnt", 0, u32),
  multicastLastMemberIntervalMs: ticks("mcast_last_member_intvl"),
  multicastMembershipIntervalMs: ticks("mcast_membership_intvl"),
  multicastQuerierIntervalMs: ticks("mcast_querier_intvl"),
  multicastQueryIntervalMs: ticks("mcast_query_intvl"),
  multicastQueryResponseIntervalMs: ticks("mcast_query_response_intvl"),
  multicastStartupQueryIntervalMs: ticks("mcast_startup_query_intvl"),
  multicastStatistics: bit("mcast_stats_enabled"),
  multicastIgmpVersion: whole("mcast_igmp_version", 2, 3),
  multicastMldVersion: whole("mcast_mld_version", 1, 2),
  nfCallIptables: bit("nf_call_iptables"),
  nfCallIp6tables: bit("nf_call_ip6tables"),
  nfCallArptables: bit("nf_call_arptables"),
  fdbMaxLearned: whole("fdb_max_learned", 0, u32),
} satisfies Fields<Omit<BridgeOptions, keyof typeof switches>>;

const shown = {
  ...fields,
  rootId: bridgeId("root_id"),
  bridgeId: bridgeId("bridge_id"),
  rootPort: whole("root_port", 0, 0xffff),
  rootPathCost: whole("root_path_cost", 0, u32),
  topologyChange: bit("topology_change"),
  topologyChangeDetected: bit("topology_change_detected"),
  helloTimerMs: ticksShown("hello_timer"),
  tcnTimerMs: ticksShown("tcn_timer"),
  topologyChangeTimerMs: ticksShown("topology_change_timer"),
  gcTimerMs: ticksShown("gc_timer"),
  multicastHashElasticity: { decode: (data: Given) => numberOf(data["mcast_hash_elasticity"]) },
  fdbLearned: { decode: (data: Given) => numberOf(data["fdb_n_learned"]) },
};

const toggle = optional(boolean());
const entries = {
  ...entriesOf(fields),
  noLinkLocalLearning: toggle,
  multicastVlanSnooping: toggle,
  mst: toggle,
  mdbOffloadFailNotification: toggle,
  fdbLocalVlan0: toggle,
};

const encode = (options: object, scope: Scope): Data => ({
  ...encodeFields(fields, options, scope),
  multi_boolopt: encodeSwitches(options),
});

/** @internal */
export const bridge = {
  kind: "bridge",
  entries,
  changes: entries,
  encode,
  change: encode,
  decode: (data) => ({ bridge: { ...decodeFields(shown, data), ...decodeSwitches(data) } }),
} satisfies LinkKind<"bridge">;

function encodeSwitches(options: object) {
  const given: [string, unknown][] = Object.entries(options);
  const meant = new Map(given.flatMap(([key, on]) => (isSwitch(key) ? [[switches[key], on]] : [])));
  if (meant.size === 0) return undefined;
  const names = [...meant.keys()];
  return { optval: names.filter((name) => meant.get(name) === true), optmask: names };
}

// The mask says which of them this kernel knows.
function decodeSwitches(data: Given): Partial<Record<keyof typeof switches, boolean>> {
  const multi = data["multi_boolopt"] as
    { readonly optval: readonly string[]; readonly optmask: readonly string[] } | undefined;
  if (multi === undefined) return {};
  const known = Object.entries(switches).filter(([, name]) => multi.optmask.includes(name));
  return Object.fromEntries(known.map(([key, name]) => [key, multi.optval.includes(name)]));
}

function isSwitch(key: string): key is keyof typeof switches {
  return Object.hasOwn(switches, key);
}
