/**
 * The container network model: networks, endpoints, sandboxes.
 * @module vethwork
 */
export type { AttachOptions, AttachRequest } from "./cnm/attach.js";
export { Controller } from "./cnm/controller.js";
export type { ControllerOptions } from "./cnm/controller-types.js";
export type {
  CommonNetworkOptions,
  DriverNetworkOptions,
  NetworkOptions,
  SubnetOptions,
} from "./cnm/create-network.js";
export { Endpoint } from "./cnm/endpoint.js";
export type {
  EndpointInspection,
  EndpointOptions,
  EndpointRoute,
  JoinOptions,
} from "./cnm/endpoint-types.js";
export type {
  CnmEvent,
  DriftEvent,
  EndpointEvent,
  GatewayEvent,
  LostEvent,
  NetworkEvent,
  RepairEvent,
  SandboxEvent,
  WatchOptions,
} from "./cnm/events.js";
export type { StoreCounts } from "./cnm/counted-store.js";
export type { DriftCount } from "./cnm/drift-counts.js";
export type { Finding, Repair } from "./cnm/finding.js";
export { formatMetrics, metricsContentType } from "./cnm/format-metrics.js";
export type { HistogramCounts } from "./cnm/histogram.js";
export { ipOf } from "./cnm/ip-of.js";
export type { ControllerId, EndpointId, NetworkId, SandboxId } from "./cnm/ids.js";
export type { Leftovers } from "./cnm/leftovers.js";
export type { MetricsSnapshot, PoolMetrics } from "./cnm/metrics.js";
export { Network } from "./cnm/network.js";
export type { NetworkChanges, NetworkInspection, Subnet } from "./cnm/network-types.js";
export type {
  OperationCounts,
  OperationName,
  OperationStep,
  OperationTrace,
  TracedObject,
} from "./cnm/operations.js";
export type { Pruned, PruneOptions } from "./cnm/prune.js";
export type { DnsOptions } from "./cnm/resolv-conf.js";
export { Sandbox } from "./cnm/sandbox.js";
export type { NewSandbox, SandboxInspection, SandboxOptions } from "./cnm/sandbox-types.js";
export type { Spawn } from "./cnm/spawn.js";
export type { SandboxStatistics } from "./cnm/statistics.js";
export type { BridgeEndpointOptions, BridgeNetworkOptions } from "./drivers/index.js";
export { WarmPool } from "./cnm/warm-pool.js";
export type { TakeOptions, WarmPoolInspection, WarmPoolOptions } from "./cnm/warm-pool.js";
export type {
  Attached,
  Attachment,
  Condition,
  Driver,
  DriverState,
  Host,
  HostLinks,
  InterfaceStatistics,
  Joined,
  NetworkSpec,
  StaticRoute,
  SubnetOfNetwork,
} from "./drivers/contract.js";
export { setUpInside } from "./drivers/inside.js";
export { CnmError, KernelError, cnmErrorCodes } from "./errors.js";
export type { CnmErrorCode, Context, NativeError } from "./errors.js";
export type {
  AddressRequest,
  Ipam,
  IpamFactory,
  IpamOptions,
  Pool,
  Allocation,
  PoolRequest,
  PoolSource,
  PoolUsage,
} from "./ipam/contract.js";
export type { Family } from "./net/ip.js";
export { Namespace } from "./kernel/namespace.js";
export type { NamespaceIdentity, NamespaceSource } from "./kernel/namespace.js";
export { kinds as storeKinds } from "./store/contract.js";
export type {
  Change as StoreChange,
  Entry as StoreEntry,
  Json,
  Kind as StoreKind,
  Store,
  StoreDump,
} from "./store/contract.js";
export { schemaVersion as storeSchemaVersion } from "./store/schema.js";
