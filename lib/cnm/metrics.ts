import type { Core } from "./core.js";
import type { StoreCounts } from "./counted-store.js";
import type { DriftCount } from "./drift-counts.js";
import { bucketsUs } from "./histogram.js";
import type { OperationCounts, OperationName } from "./operations.js";

/** Addresses of one subnet of a network. */
export interface PoolMetrics {
  readonly network: string;
  readonly subnet: string;
  /** Of the gateway, auxiliary addresses and endpoints; `null` where the IPAM does not say. */
  readonly used: number | null;
  /**
   * That the IPAM can still give unasked. Above 2^53, which a /64 is, rounded; `null` where the IPAM
   * does not say.
   */
  readonly free: number | null;
}

/** A controller in numbers, as plain JSON: what there is now, and what was done since it was opened. */
export interface MetricsSnapshot {
  readonly version: 1;
  readonly controller: { readonly id: string; readonly instance: string };
  readonly networks: number;
  readonly endpoints: number;
  /** Of the endpoints, those that are in a sandbox. */
  readonly joinedEndpoints: number;
  readonly sandboxes: number;
  /** Upper bounds of the buckets of each operation's `latency`, in microseconds, each included. */
  readonly latencyBucketsUs: readonly number[];
  readonly operations: Readonly<Record<OperationName, OperationCounts>>;
  readonly store: StoreCounts;
  readonly pools: readonly PoolMetrics[];
  readonly drift: readonly DriftCount[];
}

/** @internal */
export function metrics(core: Core, instance: string): MetricsSnapshot {
  const networks = core.networks.values();
  const endpoints = networks.flatMap((network) => network.endpoints());
  return {
    version: 1,
    controller: { id: core.id, instance },
    networks: networks.length,
    endpoints: endpoints.length,
    joinedEndpoints: endpoints.filter(({ sandbox }) => sandbox !== undefined).length,
    sandboxes: core.sandboxes.values().length,
    latencyBucketsUs: [...bucketsUs],
    operations: core.operations.counts(),
    store: core.store.counts(),
    pools: networks.flatMap((network) => network.pools()),
    drift: core.drift.counts(),
  };
}
