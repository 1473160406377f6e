import type { Plain } from "../../native.js";
import type { RouteMetrics, RouteSpec } from "./types.js";

interface Wire {
  readonly lock?: RouteMetrics["locked"];
  readonly mtu?: number;
  readonly advmss?: number;
  readonly window?: number;
  readonly rtt?: number;
  readonly rttvar?: number;
  readonly rto_min?: number;
  readonly ssthresh?: number;
  readonly cwnd?: number;
  readonly initcwnd?: number;
  readonly initrwnd?: number;
  readonly reordering?: number;
  readonly hoplimit?: number;
  readonly quickack?: number;
  readonly cc_algo?: string;
  readonly fastopen_no_cookie?: number;
  readonly features?: RouteMetrics["features"];
}

const bit = (on: boolean | undefined) => (on === undefined ? undefined : Number(on));
const times = (value: number | undefined, parts: number) =>
  value === undefined ? undefined : value * parts;

/** RTA_METRICS, or nothing where there are none. @internal */
export function encodeMetrics({
  mtu,
  metrics,
}: RouteSpec): Record<string, Plain | undefined> | undefined {
  if (metrics === undefined) return mtu === undefined ? undefined : { mtu };
  const { locked, rtoMinMs } = metrics;
  return {
    // Unlocked, the kernel keeps it and does nothing with it (tcp_rto_min() in net/ipv4/tcp_output.c).
    lock: rtoMinMs === undefined ? locked : [...(locked ?? []), "rto_min"],
    mtu: mtu ?? metrics.mtu,
    window: metrics.window,
    rtt: times(metrics.rttMs, 8),
    rttvar: times(metrics.rttVarMs, 4),
    ssthresh: metrics.ssthresh,
    cwnd: metrics.cwnd,
    advmss: metrics.advmss,
    reordering: metrics.reordering,
    hoplimit: metrics.hopLimit,
    initcwnd: metrics.initCwnd,
    features: metrics.features,
    rto_min: metrics.rtoMinMs,
    initrwnd: metrics.initRwnd,
    quickack: bit(metrics.quickAck),
    cc_algo: metrics.congestion,
    fastopen_no_cookie: bit(metrics.fastOpenNoCookie),
  };
}

/** What there is of them; nothing of those that are not. @internal */
export function decodeMetrics(wire: unknown): RouteMetrics | undefined {
  if (wire === undefined) return undefined;
  const w = wire as Wire;
  return {
    ...(w.lock && { locked: w.lock }),
    ...(w.mtu !== undefined && { mtu: w.mtu }),
    ...(w.advmss !== undefined && { advmss: w.advmss }),
    ...(w.window !== undefined && { window: w.window }),
    ...(w.rtt !== undefined && { rttMs: w.rtt / 8 }),
    ...(w.rttvar !== undefined && { rttVarMs: w.rttvar / 4 }),
    ...(w.rto_min !== undefined && { rtoMinMs: w.rto_min }),
    ...(w.ssthresh !== undefined && { ssthresh: w.ssthresh }),
    ...(w.cwnd !== undefined && { cwnd: w.cwnd }),
    ...(w.initcwnd !== undefined && { initCwnd: w.initcwnd }),
    ...(w.initrwnd !== undefined && { initRwnd: w.initrwnd }),
    ...(w.reordering !== undefined && { reordering: w.reordering }),
    ...(w.hoplimit !== undefined && { hopLimit: w.hoplimit }),
    ...(w.quickack !== undefined && { quickAck: w.quickack !== 0 }),
    ...(w.cc_algo !== undefined && { congestion: w.cc_algo }),
    ...(w.fastopen_no_cookie !== undefined && { fastOpenNoCookie: w.fastopen_no_cookie !== 0 }),
    ...(w.features && { features: w.features }),
  };
}
