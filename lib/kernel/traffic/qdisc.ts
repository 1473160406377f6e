import { CnmError } from "../../errors.js";
import type { Decoded, Message } from "../../native.js";
import { check, type Type } from "../../util/check.js";
import { optional, options, variant } from "../../util/options.js";
import { choice, oneOf } from "../../util/schemas.js";
import { target } from "../link/schema.js";
import { plainTarget } from "../scope.js";
import { decodeQdisc, encodeQdisc, qdiscEntries } from "./qdisc-options.js";
import type { Qdisc, QdiscSpec, QdiscTarget, TrafficStatistics } from "./types.js";
import { classHandle, handleNumber, handleOf, qdiscHandle } from "./units.js";

const root = oneOf("root");
const rootOrClass = choice("string", (value) => (value === "root" ? root : classHandle));
const place = oneOf("root", "ingress");
const anyParent = choice("string", (value) =>
  value === "root" || value === "ingress" ? place : classHandle,
);

const common = { link: target, parent: optional(rootOrClass), handle: optional(qdiscHandle) };
const alone = { link: target };

const spec: Type<QdiscSpec> = variant("kind", {
  bfifo: { ...common, ...qdiscEntries.bfifo },
  clsact: alone,
  fq: { ...common, ...qdiscEntries.fq },
  fq_codel: { ...common, ...qdiscEntries.fq_codel },
  htb: { ...common, ...qdiscEntries.htb },
  ingress: alone,
  netem: { ...common, ...qdiscEntries.netem },
  noqueue: common,
  pfifo: { ...common, ...qdiscEntries.pfifo },
  tbf: { ...common, ...qdiscEntries.tbf },
});
const qdiscTarget: Type<QdiscTarget> = options({ link: target, parent: optional(anyParent) });

/** @internal */
export function checkQdisc(value: QdiscSpec, operation: string): QdiscSpec {
  const wanted = check(spec, value, operation);
  if (wanted.kind !== "tbf") return wanted;
  if ((wanted.limitBytes === undefined) === (wanted.latencyMs === undefined)) {
    throw invalid(operation, "limitBytes", "this or latencyMs is needed, and not both");
  }
  if ((wanted.peakRateBitsPerSecond === undefined) !== (wanted.peakBurstBytes === undefined)) {
    throw invalid(operation, "peakBurstBytes", "goes with peakRateBitsPerSecond");
  }
  return wanted;
}

/** @internal */
export function checkQdiscTarget(value: QdiscTarget, operation: string): QdiscTarget {
  return check(qdiscTarget, value, operation);
}

/** @internal */
export function invalid(operation: string, field: string, text: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_OPTION", `${operation}: ${field}: ${text}`, { field });
}

/** As the addon takes it: a word, or a number. @internal */
export function parentOf(text: string | undefined): string | number {
  if (text === undefined || text === "root") return "root";
  return text === "ingress" ? "ingress_qdisc" : handleNumber(text);
}

/** @internal */
export function qdiscMessage(spec: QdiscSpec, flags: Message["flags"] & object): Message {
  const index = plainTarget(spec.link, "link");
  switch (spec.kind) {
    case "ingress":
    case "clsact":
      return {
        type: "RTM_NEWQDISC",
        flags,
        header: { index, parent: "ingress_qdisc", handle: handleNumber("ffff:") },
        attributes: { kind: spec.kind },
      };
    default:
      return {
        type: "RTM_NEWQDISC",
        flags,
        header: {
          index,
          parent: parentOf(spec.parent),
          handle: spec.handle === undefined ? undefined : handleNumber(spec.handle),
        },
        attributes: {
          kind: spec.kind,
          options: spec.kind === "noqueue" ? undefined : encodeQdisc(spec),
        },
      };
  }
}

/** @internal */
export function qdiscRemoval({ link, parent }: QdiscTarget): Message {
  return {
    type: "RTM_DELQDISC",
    header: { index: plainTarget(link, "link"), parent: parentOf(parent) },
  };
}

/** @internal */
export interface StatisticsAttributes {
  readonly basic?: { readonly bytes: number; readonly packets: number };
  readonly queue?: Omit<TrafficStatistics, "bytes" | "packets">;
  readonly packets64?: number;
}

/** @internal */
export function decodeStatistics(a: StatisticsAttributes | undefined): TrafficStatistics {
  const { basic, queue, packets64 } = a ?? {};
  return {
    bytes: basic?.bytes ?? 0,
    packets: packets64 ?? basic?.packets ?? 0,
    drops: queue?.drops ?? 0,
    overlimits: queue?.overlimits ?? 0,
    requeues: queue?.requeues ?? 0,
    queueLength: queue?.queueLength ?? 0,
    backlogBytes: queue?.backlogBytes ?? 0,
  };
}

/** @internal */
export function decodeParent(parent: string | number): string {
  if (typeof parent === "number") return handleOf(parent);
  return parent === "ingress_qdisc" ? "ingress" : parent;
}

/** @internal */
export function toQdisc({ header, attributes }: Decoded): Qdisc {
  const h = header as { index: number; handle: number; parent: string | number };
  const a = attributes as { kind: string; options?: object; stats2?: StatisticsAttributes };
  const options = a.options === undefined ? undefined : decodeQdisc(a.kind, a.options);
  return {
    link: h.index,
    kind: a.kind,
    handle: handleOf(h.handle),
    parent: decodeParent(h.parent),
    options: options?.kind === "htb" ? withDefault(options, a.options, h.handle) : options,
    statistics: decodeStatistics(a.stats2),
  };
}

// The kernel keeps the minor number of the class, and the handle has the rest.
function withDefault<T extends object>(htb: T, options: object | undefined, handle: number) {
  const { defcls = 0 } = (options as { init?: { defcls?: number } }).init ?? {};
  return defcls === 0 ? htb : { ...htb, defaultClass: handleOf(handle + defcls) };
}
