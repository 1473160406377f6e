/**
 * The kernel layer alone: namespaces and what is in them, by netlink.
 * @module vethwork/netlink
 */
export { CnmError, KernelError, cnmErrorCodes } from "./errors.js";
export type { CnmErrorCode, Context, NativeError } from "./errors.js";
export type { RequestTiming, RequestTrace } from "./native.js";
export { Namespace } from "./kernel/namespace.js";
export type {
  CreateNamespaceOptions,
  NamespaceIdentity,
  NamespaceSource,
  OpenSocket,
  SocketSpec,
} from "./kernel/namespace.js";
export type { OpenTun, TunQueueSpec } from "./kernel/tun-queue.js";
export type { Hold } from "./kernel/hold.js";
export { Job } from "./kernel/job.js";
export type { JobResult, LinkOfJob, RunOptions } from "./kernel/job.js";
export { LinkReference } from "./kernel/reference.js";
export type { CountedLink, LinkFilter, Links } from "./kernel/links.js";
export type { Bridge, BridgeOptions, BridgeSpec, MulticastRouter } from "./kernel/link/bridge.js";
export type { IpvlanOptions, IpvlanSpec } from "./kernel/link/ipvlan.js";
export type {
  Macvlan,
  MacvlanFlag,
  MacvlanMode,
  MacvlanOptions,
  MacvlanSpec,
  MacvtapSpec,
} from "./kernel/link/macvlan.js";
export type {
  Netkit,
  NetkitOptions,
  NetkitPolicy,
  NetkitScrub,
  NetkitSpec,
} from "./kernel/link/netkit.js";
export type { VethPeer } from "./kernel/link/pair.js";
export type { DummySpec, IfbSpec, WireguardSpec } from "./kernel/link/plain.js";
export type { BridgePort, BridgePortOptions, BridgePortState } from "./kernel/link/bridge-port.js";
export type { TapSpec, Tun, TunFraming, TunSpec } from "./kernel/link/tun.js";
export type {
  AddrGenMode,
  Link,
  LinkChanges,
  LinkDetailChanges,
  LinkDetails,
  LinkOptions,
  LinkSettings,
  LinkSpec,
  LinkStatistics,
  LinkTarget,
  VlanProtocol,
} from "./kernel/link/types.js";
export type { VethSpec } from "./kernel/link/veth.js";
export type { Vlan, VlanOptions, VlanQosMapping, VlanSpec } from "./kernel/link/vlan.js";
export type { Vrf, VrfSpec } from "./kernel/link/vrf.js";
export type { Vxlan, VxlanOptions, VxlanSpec } from "./kernel/link/vxlan.js";
export type {
  Address,
  AddressFilter,
  AddressProtocol,
  AddressScope,
  AddressSpec,
  AddressTarget,
  Lifetime,
} from "./kernel/address/types.js";
export type { Addresses } from "./kernel/addresses.js";
export * as nft from "./kernel/nft/index.js";
export type { NftFilter, NftRuleset, NftSetTarget, Nftables } from "./kernel/nftables.js";
export type {
  BridgeVlan,
  BridgeVlanFilter,
  BridgeVlans,
  BridgeVlanSpec,
  BridgeVlanTarget,
} from "./kernel/bridge-vlans.js";
export type {
  Fdb,
  FdbEntry,
  FdbFilter,
  FdbFlush,
  FdbSpec,
  FdbState,
  FdbTarget,
} from "./kernel/fdb.js";
export type {
  Neighbour,
  NeighbourFilter,
  Neighbours,
  NeighbourSpec,
  NeighbourState,
  NeighbourTarget,
} from "./kernel/neighbours.js";
export type { NamespaceIds } from "./kernel/namespace-ids.js";
export type {
  Nexthop,
  NexthopFilter,
  NexthopMember,
  Nexthops,
  NexthopSpec,
  ResilientGroup,
} from "./kernel/nexthops.js";
export type { RoutingProtocol } from "./kernel/protocol.js";
export type { Routes } from "./kernel/routes.js";
export type {
  LockableMetric,
  Route,
  RouteFeature,
  RouteFilter,
  RouteHop,
  RouteLookup,
  RouteMetrics,
  RoutePreference,
  RouteScope,
  RouteSpec,
  RouteTable,
  RouteType,
  RouteWay,
} from "./kernel/route/types.js";
export type { Rules } from "./kernel/rules.js";
export type { NumberRange, Rule, RuleFilter, RuleSelector, RuleSpec } from "./kernel/rule/types.js";
export type { Conntrack } from "./kernel/conntrack.js";
export type {
  Flow,
  FlowChanges,
  FlowCount,
  FlowCounters,
  FlowDeletion,
  FlowFilter,
  FlowSpec,
  FlowStatus,
  FlowTarget,
  FlowTuple,
  FlowTupleFilter,
  NatRange,
  TcpState,
} from "./kernel/conntrack/types.js";
export type { Change, ChangeEvent } from "./kernel/monitor/kind.js";
export type {
  EventsByOption,
  EventsOf,
  Monitorable,
  MonitorEvent,
  OverrunEvent,
} from "./kernel/monitor/kinds.js";
export type { AddressEvent } from "./kernel/monitor/addresses.js";
export type { FlowEvent } from "./kernel/monitor/conntrack.js";
export type { FdbEvent } from "./kernel/monitor/fdb.js";
export type { LinkEvent } from "./kernel/monitor/links.js";
export type { NamespaceIdEvent } from "./kernel/monitor/namespace-ids.js";
export type { NeighbourEvent } from "./kernel/monitor/neighbours.js";
export type { NexthopEvent } from "./kernel/monitor/nexthops.js";
export type { NftElementEvent } from "./kernel/monitor/nft-elements.js";
export type {
  NftChainEvent,
  NftEvent,
  NftFlowtableEvent,
  NftGenerationEvent,
  NftObjectEvent,
  NftRuleEvent,
  NftSetEvent,
  NftTableEvent,
} from "./kernel/monitor/nftables.js";
export type { RouteEvent } from "./kernel/monitor/routes.js";
export type { RuleEvent } from "./kernel/monitor/rules.js";
export type { Monitor } from "./kernel/monitor/monitor.js";
export type { PacketSummary, TraceStep, Verdict } from "./kernel/monitor/traces.js";
export type { ListenOptions, MonitorOptions, TraceOptions } from "./kernel/monitor/options.js";
export { features } from "./kernel/features.js";
export type { Feature, FeatureName, Features } from "./kernel/features.js";
export type { Sysctl } from "./kernel/sysctl.js";
export type { Ethtool, LinkFeature, LinkFeatures } from "./kernel/ethtool.js";
export type { GenericFamily, GenericGroup, GenericNetlink } from "./kernel/generic.js";
export type { Wireguard } from "./kernel/wireguard.js";
export type {
  WireguardChanges,
  WireguardDevice,
  WireguardPeer,
  WireguardPeerSpec,
} from "./kernel/wireguard/types.js";
export type { Qdiscs, QdiscFilter } from "./kernel/qdiscs.js";
export type { TrafficClasses } from "./kernel/traffic-classes.js";
export type { TrafficFilters } from "./kernel/traffic-filters.js";
export type {
  BpfClassifier,
  FifoOptions,
  FilterAction,
  FilterActionSpec,
  FqCodelOptions,
  FqOptions,
  HtbClassOptions,
  HtbOptions,
  NetemOptions,
  PacketMatch,
  Qdisc,
  QdiscOptions,
  QdiscSpec,
  QdiscTarget,
  TbfOptions,
  TrafficClass,
  TrafficClassSpec,
  TrafficClassTarget,
  TrafficControl,
  TrafficCounters,
  TrafficFilter,
  TrafficFilterKey,
  TrafficFilterSpec,
  TrafficFilterTarget,
  TrafficProtocol,
  TrafficStatistics,
} from "./kernel/traffic/types.js";
export type { IpProtocol } from "./net/ip-protocol.js";
export type { Family } from "./net/ip.js";
