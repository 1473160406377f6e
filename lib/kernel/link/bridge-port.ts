import { nullable } from "../../util/schemas.js";
import {
  bit,
  bridgeId,
  decodeFields,
  encodeFields,
  entriesOf,
  numberOf,
  ticksShown,
  whole,
  word,
  type Data,
  type Field,
  type Fields,
  type Given,
} from "./fields.js";
import type { Scope } from "../scope.js";
import { target } from "./schemas.js";
import type { LinkTarget } from "./types.js";

export type BridgePortState = "disabled" | "listening" | "learning" | "forwarding" | "blocking";

/** What a bridge does at one of its ports: `bridge link set`. Source: IFLA_BRPORT_*. */
export interface BridgePortOptions {
  /** By hand where the bridge has no STP. */
  readonly state?: BridgePortState;
  /** 0 to 63. */
  readonly priority?: number;
  readonly cost?: number;
  /** Packets may leave where they came in. */
  readonly hairpin?: boolean;
  /** BPDU guard: the port goes down when it hears STP. */
  readonly guard?: boolean;
  readonly rootBlock?: boolean;
  readonly fastLeave?: boolean;
  readonly learning?: boolean;
  /** Unicast to unknown addresses. */
  readonly flood?: boolean;
  readonly multicastFlood?: boolean;
  readonly broadcastFlood?: boolean;
  readonly multicastToUnicast?: boolean;
  readonly multicastRouter?: "disabled" | "learn" | "permanent" | "temporary";
  /** Since Linux 6.3. 0: no limit. */
  readonly multicastMaxGroups?: number;
  readonly proxyArp?: boolean;
  readonly proxyArpWifi?: boolean;
  readonly groupForwardMask?: number;
  /** ARP and ND are answered from what is known, and not flooded. */
  readonly neighSuppress?: boolean;
  /** The same, by VLAN. Since Linux 6.4. */
  readonly neighVlanSuppress?: boolean;
  readonly vlanTunnel?: boolean;
  /** Isolated ports do not reach each other. */
  readonly isolated?: boolean;
  /** Takes packets of known sources only. */
  readonly locked?: boolean;
  /** Learns at a locked port, as locked entries. Since Linux 6.2. */
  readonly mab?: boolean;
  /** Where packets go while this port has no carrier; `null` for none. */
  readonly backupPort?: LinkTarget | null;
  /** Since Linux 6.5. 0: none. */
  readonly backupNexthop?: number;
  readonly multicastEhtHostsLimit?: number;
}

/** A port as the kernel shows it. */
export interface BridgePort extends Omit<BridgePortOptions, "backupPort"> {
  /** Index. */
  readonly backupPort?: number;
  readonly number?: number;
  readonly id?: number;
  readonly rootId?: string;
  readonly bridgeId?: string;
  readonly designatedPort?: number;
  readonly designatedCost?: number;
  readonly topologyChangeAck?: boolean;
  readonly configPending?: boolean;
  readonly messageAgeTimerMs?: number;
  readonly forwardDelayTimerMs?: number;
  readonly holdTimerMs?: number;
  /** How many groups have members here. Since Linux 6.3. */
  readonly multicastGroups?: number;
  readonly multicastEhtHosts?: number;
}

const u32 = 0xffff_ffff;

const backupPort: Field<LinkTarget | null, number> = {
  type: nullable(target),
  encode: (port, scope) => ({
    backup_port: port === null ? 0 : scope.target(port, "bridgePort.backupPort"),
  }),
  decode: (data) => numberOf(data["backup_port"]),
};

const fields = {
  state: word("state", "disabled", "listening", "learning", "forwarding", "blocking"),
  priority: whole("priority", 0, 63),
  cost: whole("cost", 1, 0xffff),
  hairpin: bit("mode"),
  guard: bit("guard"),
  rootBlock: bit("protect"),
  fastLeave: bit("fast_leave"),
  learning: bit("learning"),
  flood: bit("unicast_flood"),
  multicastFlood: bit("mcast_flood"),
  broadcastFlood: bit("bcast_flood"),
  multicastToUnicast: bit("mcast_to_ucast"),
  multicastRouter: word("multicast_router", "disabled", "learn", "permanent", "temporary"),
  multicastMaxGroups: whole("mcast_max_groups", 0, u32),
  proxyArp: bit("proxyarp"),
  proxyArpWifi: bit("proxyarp_wifi"),
  groupForwardMask: whole("group_fwd_mask", 0, 0xffff),
  neighSuppress: bit("neigh_suppress"),
  neighVlanSuppress: bit("neigh_vlan_suppress"),
  vlanTunnel: bit("vlan_tunnel"),
  isolated: bit("isolated"),
  locked: bit("locked"),
  mab: bit("mab"),
  backupPort,
  backupNexthop: whole("backup_nhid", 0, u32),
  multicastEhtHostsLimit: whole("mcast_eht_hosts_limit", 1, u32),
} satisfies Fields<BridgePortOptions>;

const shown = {
  ...fields,
  number: whole("no", 0, 0xffff),
  id: whole("id", 0, 0xffff),
  rootId: bridgeId("root_id"),
  bridgeId: bridgeId("bridge_id"),
  designatedPort: whole("designated_port", 0, 0xffff),
  designatedCost: whole("designated_cost", 0, 0xffff),
  topologyChangeAck: bit("topology_change_ack"),
  configPending: bit("config_pending"),
  messageAgeTimerMs: ticksShown("message_age_timer"),
  forwardDelayTimerMs: ticksShown("forward_delay_timer"),
  holdTimerMs: ticksShown("hold_timer"),
  multicastGroups: whole("mcast_n_groups", 0, u32),
  multicastEhtHosts: whole("mcast_eht_hosts_cnt", 0, u32),
};

/** @internal */
export const portEntries = entriesOf(fields);

/** IFLA_LINKINFO of a port of a bridge. @internal */
export function encodePort(options: BridgePortOptions, scope: Scope): Data {
  return { slave_kind: "bridge", slave_data: encodeFields(fields, options, scope) };
}

/** @internal */
export function decodePort(data: Given): BridgePort {
  return decodeFields(shown, data);
}
