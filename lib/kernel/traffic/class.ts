import type { Decoded, Message } from "../../native.js";
import { check, type Type } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import { integer, oneOf } from "../../util/schemas.js";
import { target } from "../link/schema.js";
import { plainTarget } from "../scope.js";
import { decodeParent, decodeStatistics, type StatisticsAttributes } from "./qdisc.js";
import type {
  HtbClassOptions,
  TrafficClass,
  TrafficClassSpec,
  TrafficClassTarget,
} from "./types.js";
import {
  bitsOf,
  bytesOf,
  bytesType,
  classHandle,
  classHandleOf,
  handleNumber,
  handleOf,
  handleText,
  rateParts,
  rateType,
  ticksOf,
} from "./units.js";

const spec: Type<TrafficClassSpec> = options({
  link: target,
  kind: oneOf("htb"),
  parent: handleText,
  classid: classHandle,
  rateBitsPerSecond: rateType,
  ceilBitsPerSecond: optional(rateType),
  burstBytes: optional(bytesType),
  ceilBurstBytes: optional(bytesType),
  priority: optional(integer(0, 7)),
  quantumBytes: optional(bytesType),
});
const classTarget: Type<TrafficClassTarget> = options({ link: target, classid: classHandle });

/** @internal */
export function checkClass(value: TrafficClassSpec, operation: string): TrafficClassSpec {
  return check(spec, value, operation);
}

/** @internal */
export function checkClassTarget(value: TrafficClassTarget, operation: string): TrafficClassTarget {
  return check(classTarget, value, operation);
}

const leastBurst = 1600; // tc(8)'s, for an MTU of 1500

/** @internal */
export function classMessage(spec: TrafficClassSpec, flags: Message["flags"] & object): Message {
  const { rateBitsPerSecond, ceilBitsPerSecond = rateBitsPerSecond } = spec;
  const rate = rateParts(rateBitsPerSecond);
  const ceil = rateParts(ceilBitsPerSecond);
  return {
    type: "RTM_NEWTCLASS",
    flags,
    header: {
      index: plainTarget(spec.link, "link"),
      parent: handleNumber(spec.parent),
      handle: handleNumber(spec.classid),
    },
    attributes: {
      kind: spec.kind,
      options: {
        parms: {
          linklayer: "ethernet",
          rate: rate.rate,
          ceil_linklayer: "ethernet",
          ceil: ceil.rate,
          buffer: ticksOf(spec.burstBytes ?? leastBurst, rateBitsPerSecond),
          cbuffer: ticksOf(spec.ceilBurstBytes ?? leastBurst, ceilBitsPerSecond),
          quantum: spec.quantumBytes,
          prio: spec.priority,
        },
        rate64: rate.rate64,
        ceil64: ceil.rate64,
      },
    },
  };
}

/** @internal */
export function classRemoval({ link, classid }: TrafficClassTarget): Message {
  return {
    type: "RTM_DELTCLASS",
    header: { index: plainTarget(link, "link"), handle: handleNumber(classid) },
  };
}

interface HtbAttributes {
  readonly parms: Readonly<
    Record<"rate" | "ceil" | "buffer" | "cbuffer" | "quantum" | "prio", number>
  >;
  readonly rate64?: number;
  readonly ceil64?: number;
}

/** @internal */
export function toClass({ header, attributes }: Decoded): TrafficClass {
  const h = header as { index: number; handle: number; parent: string | number; leaf: number };
  const a = attributes as { kind: string; options?: object; stats2?: StatisticsAttributes };
  return {
    link: h.index,
    kind: a.kind,
    classid: handleOf(h.handle),
    parent: decodeParent(h.parent),
    leaf: classHandleOf(h.leaf),
    options: a.kind === "htb" && a.options ? decodeHtb(a.options as HtbAttributes) : undefined,
    statistics: decodeStatistics(a.stats2),
  };
}

function decodeHtb({ parms, rate64, ceil64 }: HtbAttributes): HtbClassOptions {
  const rateBitsPerSecond = bitsOf(parms.rate, rate64);
  const ceilBitsPerSecond = bitsOf(parms.ceil, ceil64);
  return {
    kind: "htb",
    rateBitsPerSecond,
    ceilBitsPerSecond,
    burstBytes: bytesOf(parms.buffer, rateBitsPerSecond),
    ceilBurstBytes: bytesOf(parms.cbuffer, ceilBitsPerSecond),
    priority: parms.prio,
    quantumBytes: parms.quantum,
  };
}
