import type { Namespace } from "../namespace.js";
import type { LinkReference } from "../reference.js";
import type { Bridge, BridgeOptions, BridgeSpec } from "./bridge.js";
import type { IpvlanOptions, IpvlanSpec } from "./ipvlan.js";
import type { Macvlan, MacvlanOptions, MacvlanSpec, MacvtapSpec } from "./macvlan.js";
import type { Netkit, NetkitOptions, NetkitSpec } from "./netkit.js";
import type { DummySpec, IfbSpec, WireguardSpec } from "./plain.js";
import type { BridgePort, BridgePortOptions } from "./bridge-port.js";
import type { TapSpec, Tun, TunSpec } from "./tun.js";
import type { VethSpec } from "./veth.js";
import type { Vlan, VlanOptions, VlanSpec } from "./vlan.js";
import type { Vrf, VrfSpec } from "./vrf.js";
import type { Vxlan, VxlanOptions, VxlanSpec } from "./vxlan.js";

/** A link by name, by index, or one that an earlier step of the same {@link Job} makes. */
export type LinkTarget = string | number | LinkReference;

/** How a link gets its IPv6 link-local address. Source: IFLA_INET6_ADDR_GEN_MODE. */
export type AddrGenMode = "eui64" | "none" | "stable_secret" | "random";

export type VlanProtocol = "802.1Q" | "802.1ad";

/** What a link may be given when it is made, and later. */
export interface LinkSettings {
  /** MAC address; random where it is left out. */
  readonly address?: string;
  /** Bytes of IP packet, without the Ethernet header. */
  readonly mtu?: number;
  /** `ip link set ... group`; 0 is the default group. */
  readonly group?: number;
  readonly up?: boolean;
  readonly txQueueLength?: number;
  /** Takes effect before the link goes up. */
  readonly addrGenMode?: AddrGenMode;
  /** Free text of at most 255 bytes; `""` takes it away. */
  readonly alias?: string;
  readonly arp?: boolean;
  readonly multicast?: boolean;
  readonly allMulticast?: boolean;
  readonly promiscuous?: boolean;
  /** Bytes of the largest packet that is cut up at its end only (GSO); of IPv6 where more is given. */
  readonly gsoMaxSize?: number;
  readonly gsoMaxSegments?: number;
  /** Bytes of the largest packet that what comes in is put together to. */
  readonly groMaxSize?: number;
  /** Of IPv4. Since Linux 6.3. */
  readonly gsoIpv4MaxSize?: number;
  readonly groIpv4MaxSize?: number;
  /** What its bridge does with it as a port. */
  readonly bridgePort?: BridgePortOptions;
}

/** What every kind of link may be given when it is made. */
export interface LinkOptions extends LinkSettings {
  /** At most 15 bytes. */
  readonly name: string;
  /** Chosen by the kernel where it is left out. */
  readonly index?: number;
  /** Where the link is to live: it is made there, and never moved. Default: this namespace. */
  readonly namespace?: Namespace;
  /** The bridge (or other master) that it becomes a port of, in the namespace where it lives. */
  readonly master?: LinkTarget;
  /** 1 saves the kernel two objects a CPU where one queue is enough. */
  readonly txQueues?: number;
  readonly rxQueues?: number;
  /** Other names, at most 127 bytes each. */
  readonly altnames?: readonly string[];
}

/** What `links.add` takes: one member a kind. */
export type LinkSpec =
  | BridgeSpec
  | DummySpec
  | IfbSpec
  | IpvlanSpec
  | MacvlanSpec
  | MacvtapSpec
  | NetkitSpec
  | TapSpec
  | TunSpec
  | VethSpec
  | VlanSpec
  | VrfSpec
  | VxlanSpec
  | WireguardSpec;

/** What one kind of link shows beside what all show, under the kind's name. */
export interface LinkDetails {
  readonly bridge?: Bridge;
  readonly ipvlan?: IpvlanOptions;
  readonly macvlan?: Macvlan;
  readonly macvtap?: Macvlan;
  readonly netkit?: Netkit;
  readonly tun?: Tun;
  readonly vlan?: Vlan;
  readonly vrf?: Vrf;
  readonly vxlan?: Vxlan;
}

/** What `links.set` changes of one kind of link, under the kind's name. */
export interface LinkDetailChanges {
  readonly bridge?: BridgeOptions;
  readonly ipvlan?: IpvlanOptions;
  readonly macvlan?: MacvlanOptions;
  readonly macvtap?: MacvlanOptions;
  readonly netkit?: NetkitOptions;
  readonly vlan?: VlanOptions;
  readonly vxlan?: VxlanOptions;
}

/** What `links.set` changes; what is left out stays as it is. */
export interface LinkChanges extends LinkSettings, LinkDetailChanges {
  readonly name?: string;
  /** `null` takes it out of its master. */
  readonly master?: LinkTarget | null;
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
  readonly collisions: number;
  readonly rxLengthErrors: number;
  readonly rxOverErrors: number;
  readonly rxCrcErrors: number;
  readonly rxFrameErrors: number;
  readonly rxFifoErrors: number;
  readonly rxMissedErrors: number;
  readonly txAbortedErrors: number;
  readonly txCarrierErrors: number;
  readonly txFifoErrors: number;
  readonly txHeartbeatErrors: number;
  readonly txWindowErrors: number;
  /** For a link that is down, or a master whose port is not in use. */
  readonly rxNohandler: number;
  /** For another host's MAC address. */
  readonly rxOtherhostDropped: number;
}

/** A link as the kernel shows it. */
export interface Link extends LinkDetails {
  readonly index: number;
  readonly name: string;
  readonly altnames: readonly string[];
  readonly alias: string | undefined;
  /** `"bridge"`, `"veth"` ...; `undefined` for the loopback and for hardware. */
  readonly kind: string | undefined;
  /** `"ether"`, `"loopback"`, `"none"` ...: what its addresses are. Source: ARPHRD_*. */
  readonly linkType: string | number;
  readonly address: string | undefined;
  readonly broadcast: string | undefined;
  /** That of the hardware, where `address` was changed. */
  readonly permanentAddress: string | undefined;
  readonly mtu: number;
  readonly minMtu: number | undefined;
  readonly maxMtu: number | undefined;
  /** Set up by the administrator (IFF_UP); `operstate` says whether it works. */
  readonly up: boolean;
  readonly operstate: string;
  readonly carrier: boolean | undefined;
  readonly carrierChanges: number | undefined;
  readonly flags: readonly string[];
  /** How many have asked for it; `flags` says what the administrator has. */
  readonly promiscuity: number | undefined;
  readonly allMulticast: number | undefined;
  /** Index of its bridge. */
  readonly master: number | undefined;
  /** Index of a veth's other end or of the link below, in the namespace that `linkNetnsid` names. */
  readonly link: number | undefined;
  readonly linkNetnsid: number | undefined;
  readonly group: number;
  readonly qdisc: string | undefined;
  readonly txQueues: number;
  readonly rxQueues: number;
  readonly txQueueLength: number | undefined;
  readonly gsoMaxSize: number | undefined;
  readonly gsoMaxSegments: number | undefined;
  readonly groMaxSize: number | undefined;
  readonly gsoIpv4MaxSize: number | undefined;
  readonly groIpv4MaxSize: number | undefined;
  readonly tsoMaxSize: number | undefined;
  readonly tsoMaxSegments: number | undefined;
  readonly addrGenMode: AddrGenMode | undefined;
  /** Lists have them where they are asked for. */
  readonly statistics?: LinkStatistics;
  /** Of a port of a bridge alone. */
  readonly bridgePort?: BridgePort;
  /** Of a port of a VRF alone: the VRF's table. */
  readonly vrfTable?: number;
  /** Of hardware: `"0000:00:04.0"` on the bus `"pci"`. */
  readonly parentDevice?: string;
  readonly parentBus?: string;
}
