import type { Plain } from "../../native.js";
import type { Entries } from "../../util/options.js";
import { optional } from "../../util/options.js";
import { boolean, decimal, integer } from "../../util/schemas.js";
import type {
  FqCodelOptions,
  FqOptions,
  HtbOptions,
  NetemOptions,
  QdiscOptions,
  TbfOptions,
} from "./types.js";
import {
  bitsOf,
  bytesOf,
  bytesType,
  classHandle,
  fractionOf,
  percentOf,
  rateParts,
  rateType,
  u32Type,
} from "./units.js";

/** TCA_OPTIONS as the addon takes and gives them. @internal */
export type Options = Readonly<Record<string, Plain | undefined>>;

const percent = optional(decimal(0, 100));
const ms = optional(decimal(0, 4_000_000));

/** What each kind may be given, beside what every qdisc is. @internal */
export const qdiscEntries = {
  bfifo: { limit: optional(u32Type) },
  clsact: {},
  fq: {
    limitPackets: optional(u32Type),
    flowLimitPackets: optional(u32Type),
    quantumBytes: optional(bytesType),
    initialQuantumBytes: optional(bytesType),
    pacing: optional(boolean()),
    flowMaxRateBitsPerSecond: optional(integer(8, 0xffff_ffff * 8)),
  },
  fq_codel: {
    limitPackets: optional(u32Type),
    flows: optional(integer(1, 65_536)),
    targetUs: optional(u32Type),
    intervalUs: optional(u32Type),
    quantumBytes: optional(bytesType),
    memoryLimitBytes: optional(bytesType),
    ecn: optional(boolean()),
  },
  htb: {
    defaultClass: optional(classHandle),
    rateToQuantum: optional(bytesType),
    directQueueLength: optional(u32Type),
  },
  ingress: {},
  netem: {
    delayMs: ms,
    jitterMs: ms,
    delayCorrelationPercent: percent,
    lossPercent: percent,
    lossCorrelationPercent: percent,
    duplicatePercent: percent,
    corruptPercent: percent,
    reorderPercent: percent,
    gap: optional(u32Type),
    rateBitsPerSecond: optional(rateType),
    limitPackets: optional(u32Type),
  },
  noqueue: {},
  pfifo: { limit: optional(u32Type) },
  tbf: {
    rateBitsPerSecond: rateType,
    burstBytes: bytesType,
    limitBytes: optional(bytesType),
    latencyMs: ms,
    peakRateBitsPerSecond: optional(rateType),
    peakBurstBytes: optional(bytesType),
  },
} as const satisfies Readonly<Record<string, Entries>>;

/** @internal */
export function encodeQdisc(spec: QdiscOptions): Options {
  switch (spec.kind) {
    case "tbf":
      return encodeTbf(spec);
    case "htb":
      return encodeHtb(spec);
    case "netem":
      return encodeNetem(spec);
    case "fq_codel":
      return encodeFqCodel(spec);
    case "fq":
      return encodeFq(spec);
    case "pfifo":
    case "bfifo":
      return { limit: spec.limit };
    default:
      return spec satisfies never;
  }
}

/** `undefined` for kinds that cannot be made here. @internal */
export function decodeQdisc(kind: string, options: object): QdiscOptions | undefined {
  switch (kind) {
    case "tbf":
      return decodeTbf(options as TbfAttributes);
    case "htb":
      return decodeHtb(options);
    case "netem":
      return decodeNetem(options as NetemAttributes);
    case "fq_codel":
      return decodeFqCodel(options as FqCodelAttributes);
    case "fq":
      return decodeFq(options as FqAttributes);
    case "pfifo":
    case "bfifo":
      return { kind, ...(options as { limit?: number }) };
    default:
      return undefined;
  }
}

// ---- tbf

interface TbfAttributes {
  readonly parms: Readonly<Record<"rate" | "peakrate" | "limit" | "buffer" | "mtu", number>>;
  readonly rate64?: number;
  readonly prate64?: number;
}

function encodeTbf(spec: TbfOptions): Options {
  const { rateBitsPerSecond, burstBytes, latencyMs = 0, peakRateBitsPerSecond: peakRate } = spec;
  const rate = rateParts(rateBitsPerSecond);
  const peak = peakRate === undefined ? undefined : rateParts(peakRate);
  const waiting = Math.floor((rateBitsPerSecond / 8) * (latencyMs / 1000)) + burstBytes;
  return {
    parms: {
      linklayer: "ethernet",
      rate: rate.rate,
      peak_linklayer: "ethernet",
      peakrate: peak?.rate,
      limit: spec.limitBytes ?? Math.min(waiting, 0xffff_ffff),
    },
    rate64: rate.rate64,
    prate64: peak?.rate64,
    burst: burstBytes,
    pburst: spec.peakBurstBytes,
  };
}

function decodeTbf({ parms, rate64, prate64 }: TbfAttributes): TbfOptions {
  const rateBitsPerSecond = bitsOf(parms.rate, rate64);
  const peakRateBitsPerSecond = bitsOf(parms.peakrate, prate64);
  return {
    kind: "tbf",
    rateBitsPerSecond,
    burstBytes: bytesOf(parms.buffer, rateBitsPerSecond),
    limitBytes: parms.limit,
    ...(peakRateBitsPerSecond > 0 && {
      peakRateBitsPerSecond,
      peakBurstBytes: bytesOf(parms.mtu, peakRateBitsPerSecond),
    }),
  };
}

// ---- htb

interface HtbAttributes {
  readonly init?: { readonly rate2quantum: number; readonly defcls: number };
  readonly direct_qlen?: number;
}

function encodeHtb({ defaultClass, rateToQuantum, directQueueLength }: HtbOptions): Options {
  const minor = defaultClass === undefined ? 0 : parseInt(defaultClass.split(":")[1] ?? "", 16);
  return {
    init: { version: "current", rate2quantum: rateToQuantum ?? 10, defcls: minor },
    direct_qlen: directQueueLength,
  };
}

function decodeHtb({ init, direct_qlen }: HtbAttributes): HtbOptions {
  return {
    kind: "htb",
    ...(init !== undefined && { rateToQuantum: init.rate2quantum }),
    ...(direct_qlen !== undefined && { directQueueLength: direct_qlen }),
  };
}

// ---- netem

interface NetemAttributes {
  readonly limit: number;
  readonly loss: number;
  readonly gap: number;
  readonly duplicate: number;
  readonly latency64?: number;
  readonly jitter64?: number;
  readonly corr?: { readonly delay: number; readonly loss: number };
  readonly reorder?: { readonly probability: number };
  readonly corrupt?: { readonly probability: number };
  readonly rate?: { readonly rate: number };
  readonly rate64?: number;
}

const nsPerMs = 1e6;

function encodeNetem(spec: NetemOptions): Options {
  const fraction = (percent: number | undefined) =>
    percent === undefined ? undefined : fractionOf(percent);
  const ns = (ms: number | undefined) => (ms === undefined ? undefined : Math.round(ms * nsPerMs));
  const rate = spec.rateBitsPerSecond === undefined ? undefined : rateParts(spec.rateBitsPerSecond);
  const { reorderPercent, corruptPercent } = spec;
  return {
    limit: spec.limitPackets ?? 1000, // tc(8)'s
    loss: fraction(spec.lossPercent),
    gap: spec.gap ?? (reorderPercent === undefined ? undefined : 1),
    duplicate: fraction(spec.duplicatePercent),
    latency64: ns(spec.delayMs),
    jitter64: ns(spec.jitterMs),
    corr: {
      delay: fraction(spec.delayCorrelationPercent),
      loss: fraction(spec.lossCorrelationPercent),
    },
    reorder: reorderPercent === undefined ? undefined : { probability: fraction(reorderPercent) },
    corrupt: corruptPercent === undefined ? undefined : { probability: fraction(corruptPercent) },
    rate: rate && { rate: rate.rate },
    rate64: rate?.rate64,
  };
}

function decodeNetem(a: NetemAttributes): NetemOptions {
  return {
    kind: "netem",
    delayMs: (a.latency64 ?? 0) / nsPerMs,
    jitterMs: (a.jitter64 ?? 0) / nsPerMs,
    delayCorrelationPercent: percentOf(a.corr?.delay ?? 0),
    lossPercent: percentOf(a.loss),
    lossCorrelationPercent: percentOf(a.corr?.loss ?? 0),
    duplicatePercent: percentOf(a.duplicate),
    corruptPercent: percentOf(a.corrupt?.probability ?? 0),
    reorderPercent: percentOf(a.reorder?.probability ?? 0),
    gap: a.gap,
    ...(a.rate !== undefined && { rateBitsPerSecond: bitsOf(a.rate.rate, a.rate64) }),
    limitPackets: a.limit,
  };
}

// ---- fq_codel and fq

type FqCodelAttributes = Readonly<
  Record<"limit" | "flows" | "target" | "interval" | "quantum" | "memory_limit" | "ecn", number>
>;

function encodeFqCodel(spec: FqCodelOptions): Options {
  return {
    limit: spec.limitPackets,
    flows: spec.flows,
    target: spec.targetUs,
    interval: spec.intervalUs,
    quantum: spec.quantumBytes,
    memory_limit: spec.memoryLimitBytes,
    ecn: spec.ecn === undefined ? undefined : Number(spec.ecn),
  };
}

function decodeFqCodel(a: FqCodelAttributes): FqCodelOptions {
  return {
    kind: "fq_codel",
    limitPackets: a.limit,
    flows: a.flows,
    targetUs: a.target,
    intervalUs: a.interval,
    quantumBytes: a.quantum,
    memoryLimitBytes: a.memory_limit,
    ecn: a.ecn !== 0,
  };
}

interface FqAttributes {
  readonly plimit: number;
  readonly flow_plimit: number;
  readonly quantum: number;
  readonly initial_quantum: number;
  readonly rate_enable: number;
  readonly flow_max_rate: number;
}

function encodeFq(spec: FqOptions): Options {
  const { flowMaxRateBitsPerSecond: rate } = spec;
  return {
    plimit: spec.limitPackets,
    flow_plimit: spec.flowLimitPackets,
    quantum: spec.quantumBytes,
    initial_quantum: spec.initialQuantumBytes,
    rate_enable: spec.pacing === undefined ? undefined : Number(spec.pacing),
    flow_max_rate: rate === undefined ? undefined : Math.floor(rate / 8),
  };
}

const unlimited = 0xffff_ffff; // of a flow in fq

function decodeFq(a: FqAttributes): FqOptions {
  return {
    kind: "fq",
    limitPackets: a.plimit,
    flowLimitPackets: a.flow_plimit,
    quantumBytes: a.quantum,
    initialQuantumBytes: a.initial_quantum,
    pacing: a.rate_enable !== 0,
    ...(a.flow_max_rate !== unlimited && { flowMaxRateBitsPerSecond: a.flow_max_rate * 8 }),
  };
}
