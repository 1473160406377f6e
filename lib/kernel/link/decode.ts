import type { Decoded } from "../../native.js";
import { decodePort } from "./bridge-port.js";
import { numberOf, type Given } from "./fields.js";
import { shownKinds } from "./index.js";
import type { AddrGenMode, Link, LinkStatistics } from "./types.js";

interface LinkInfo {
  readonly kind?: string;
  readonly data?: Given;
  readonly slave_kind?: string;
  readonly slave_data?: Given;
}

interface LinkAttributes {
  readonly ifname: string;
  readonly prop_list?: { readonly alt_ifname?: readonly string[] };
  readonly ifalias?: string;
  readonly linkinfo?: LinkInfo;
  readonly address?: string;
  readonly broadcast?: string;
  readonly perm_address?: string;
  readonly mtu: number;
  readonly min_mtu?: number;
  readonly max_mtu?: number;
  readonly operstate: string;
  readonly carrier?: number;
  readonly carrier_changes?: number;
  readonly promiscuity?: number;
  readonly allmulti?: number;
  readonly master?: number;
  readonly link?: number;
  readonly link_netnsid?: number;
  readonly group?: number;
  readonly qdisc?: string;
  readonly num_tx_queues?: number;
  readonly num_rx_queues?: number;
  readonly txqlen?: number;
  readonly gso_max_size?: number;
  readonly gso_max_segs?: number;
  readonly gro_max_size?: number;
  readonly gso_ipv4_max_size?: number;
  readonly gro_ipv4_max_size?: number;
  readonly tso_max_size?: number;
  readonly tso_max_segs?: number;
  readonly af_spec?: { readonly inet6?: { readonly addr_gen_mode?: AddrGenMode } };
  readonly stats64?: LinkStatistics;
  readonly parent_dev_name?: string;
  readonly parent_dev_bus_name?: string;
}

interface LinkHeader {
  readonly index: number;
  readonly type: string | number;
  readonly flags: readonly string[];
}

/** RTM_NEWLINK and RTM_DELLINK of no particular family. @internal */
export function decodeLink({ header, attributes }: Decoded): Link {
  const a = attributes as unknown as LinkAttributes;
  const { index, type, flags } = header as unknown as LinkHeader;
  return {
    index,
    name: a.ifname,
    altnames: a.prop_list?.alt_ifname ?? [],
    alias: a.ifalias,
    kind: a.linkinfo?.kind,
    linkType: type,
    address: a.address,
    broadcast: a.broadcast,
    permanentAddress: a.perm_address,
    mtu: a.mtu,
    minMtu: a.min_mtu,
    maxMtu: a.max_mtu,
    up: flags.includes("up"),
    operstate: a.operstate,
    carrier: a.carrier === undefined ? undefined : a.carrier === 1,
    carrierChanges: a.carrier_changes,
    flags,
    promiscuity: a.promiscuity,
    allMulticast: a.allmulti,
    master: a.master,
    link: a.link,
    linkNetnsid: a.link_netnsid,
    group: a.group ?? 0,
    qdisc: a.qdisc,
    txQueues: a.num_tx_queues ?? 1,
    rxQueues: a.num_rx_queues ?? 1,
    txQueueLength: a.txqlen,
    gsoMaxSize: a.gso_max_size,
    gsoMaxSegments: a.gso_max_segs,
    groMaxSize: a.gro_max_size,
    gsoIpv4MaxSize: a.gso_ipv4_max_size,
    groIpv4MaxSize: a.gro_ipv4_max_size,
    tsoMaxSize: a.tso_max_size,
    tsoMaxSegments: a.tso_max_segs,
    addrGenMode: a.af_spec?.inet6?.addr_gen_mode,
    ...(a.stats64 !== undefined && { statistics: a.stats64 }),
    ...(a.parent_dev_name !== undefined && { parentDevice: a.parent_dev_name }),
    ...(a.parent_dev_bus_name !== undefined && { parentBus: a.parent_dev_bus_name }),
    ...decodeInfo(a.linkinfo ?? {}),
  };
}

function decodeInfo({ kind = "", data = {}, slave_kind, slave_data = {} }: LinkInfo) {
  const known = Object.hasOwn(shownKinds, kind) ? shownKinds[kind] : undefined;
  return {
    ...known?.decode(data),
    ...(slave_kind === "bridge" && { bridgePort: decodePort(slave_data) }),
    ...(slave_kind === "vrf" && { vrfTable: numberOf(slave_data["table"]) ?? 0 }),
  };
}

/** What two looks at a link that nobody has changed have in common. @internal */
export function withoutClocks(link: Link): object {
  const { bridge = {}, bridgePort = {}, ...others } = link;
  return { ...others, statistics: undefined, bridge: still(bridge), port: still(bridgePort) };
}

function still(shown: object): object {
  return Object.fromEntries(Object.entries(shown).filter(([key]) => !key.endsWith("TimerMs")));
}

/** RTM_NEWSTATS. @internal */
export function decodeStatistics({ attributes }: Decoded): LinkStatistics {
  return (attributes as unknown as { readonly link_64: LinkStatistics }).link_64;
}
