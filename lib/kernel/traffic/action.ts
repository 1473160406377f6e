import type { Plain } from "../../native.js";
import { optional, variant } from "../../util/options.js";
import { oneOf } from "../../util/schemas.js";
import type { Type } from "../../util/check.js";
import { target } from "../link/schema.js";
import { plainTarget } from "../scope.js";
import { decodeStatistics, type StatisticsAttributes } from "./qdisc.js";
import type { FilterAction, FilterActionSpec, TrafficControl } from "./types.js";
import { bitsOf, bytesOf, bytesType, rateParts, rateType, ticksOf } from "./units.js";

const control = oneOf(
  ...(["continue", "pass", "reclassify", "drop"] as const),
  ...(["pipe", "stolen", "trap"] as const),
);

/** @internal */
export const actionSpec: Type<FilterActionSpec> = variant("kind", {
  gact: { control },
  mirred: {
    action: oneOf("redirect", "mirror"),
    link: target,
    direction: optional(oneOf("egress", "ingress")),
  },
  police: { rateBitsPerSecond: rateType, burstBytes: bytesType, exceed: optional(control) },
});

// The kernel wants a table of 256 numbers with a policer's rate, and computes without it.
const rateTable = "00".repeat(1024);
const cellLog = 3; // any from 1 to 31: of that table

/** @internal */
export function actionAttributes(
  spec: FilterActionSpec,
): Readonly<Record<string, Plain | undefined>> {
  switch (spec.kind) {
    case "gact":
      return { kind: "gact", options: { parms: { control: spec.control } } };
    case "mirred": {
      const { action, direction = "egress", link } = spec;
      const parms = {
        control: action === "redirect" ? "stolen" : "pipe",
        eaction: `${direction}_${action}`,
        ifindex: plainTarget(link, "link"),
      };
      return { kind: "mirred", options: { parms } };
    }
    case "police": {
      const { rateBitsPerSecond, burstBytes, exceed = "drop" } = spec;
      const { rate, rate64 } = rateParts(rateBitsPerSecond);
      const parms = {
        control: exceed,
        burst: ticksOf(burstBytes, rateBitsPerSecond),
        linklayer: "ethernet",
        cell_log: cellLog,
        rate,
      };
      return { kind: "police", options: { parms, rate_table: rateTable, rate64 } };
    }
    default:
      return spec satisfies never;
  }
}

/** @internal */
export interface ActionAttributes {
  readonly kind: string;
  readonly options?: { readonly parms?: ActionParms; readonly rate64?: number };
  readonly stats?: StatisticsAttributes;
}

interface ActionParms {
  readonly control?: TrafficControl;
  readonly eaction?: string;
  readonly ifindex?: number;
  readonly rate?: number;
  readonly burst?: number;
}

/** @internal */
export function toAction({ kind, options = {}, stats }: ActionAttributes): FilterAction {
  const { parms = {}, rate64 } = options;
  const statistics = decodeStatistics(stats);
  const { control = "pass" } = parms;
  if (kind === "gact") return { kind, control, statistics };
  if (kind === "mirred") {
    const [direction, action] = (parms.eaction ?? "egress_redirect").split("_");
    return {
      kind,
      action: action === "mirror" ? "mirror" : "redirect",
      direction: direction === "ingress" ? "ingress" : "egress",
      link: parms.ifindex ?? 0,
      statistics,
    };
  }
  if (kind === "police") {
    const rateBitsPerSecond = bitsOf(parms.rate ?? 0, rate64);
    const burstBytes = bytesOf(parms.burst ?? 0, rateBitsPerSecond);
    return { kind, rateBitsPerSecond, burstBytes, exceed: control, statistics };
  }
  return { kind: "other", name: kind, statistics };
}
