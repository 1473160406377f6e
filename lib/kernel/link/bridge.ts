import { optional } from "../../util/options.js";
import { boolean, integer } from "../../util/schemas.js";
import type { LinkKind } from "./kind.js";
import type { BridgeOptions } from "./types.js";

// USER_HZ: the kernel takes and gives these in 1/100 s.
const ticks = (ms: number | undefined) => (ms === undefined ? undefined : Math.round(ms / 10));
const milliseconds = optional(integer(0, 0xffff_ffff * 10));
const bit = (on: boolean | undefined) => (on === undefined ? undefined : Number(on));

/** The bridge; docs: bridge(8), ip-link(8). @internal */
export const bridge = {
  kind: "bridge",
  entries: {
    stp: optional(boolean()),
    forwardDelayMs: milliseconds,
    helloTimeMs: milliseconds,
    maxAgeMs: milliseconds,
    ageingTimeMs: milliseconds,
    priority: optional(integer(0, 0xffff)),
    vlanFiltering: optional(boolean()),
    vlanDefaultPvid: optional(integer(0, 4094)),
    groupForwardMask: optional(integer(0, 0xffff)),
    multicastSnooping: optional(boolean()),
  },
  encode: (spec) => ({
    stp_state: bit(spec.stp),
    forward_delay: ticks(spec.forwardDelayMs),
    hello_time: ticks(spec.helloTimeMs),
    max_age: ticks(spec.maxAgeMs),
    ageing_time: ticks(spec.ageingTimeMs),
    priority: spec.priority,
    vlan_filtering: bit(spec.vlanFiltering),
    vlan_default_pvid: spec.vlanDefaultPvid,
    group_fwd_mask: spec.groupForwardMask,
    mcast_snooping: bit(spec.multicastSnooping),
  }),
  decode: (data) => ({ bridge: optionsOf(data as Readonly<Record<string, number | undefined>>) }),
} satisfies LinkKind<"bridge">;

function optionsOf(data: Readonly<Record<string, number | undefined>>): BridgeOptions {
  return {
    stp: data["stp_state"] !== 0,
    forwardDelayMs: (data["forward_delay"] ?? 0) * 10,
    helloTimeMs: (data["hello_time"] ?? 0) * 10,
    maxAgeMs: (data["max_age"] ?? 0) * 10,
    ageingTimeMs: (data["ageing_time"] ?? 0) * 10,
    priority: data["priority"] ?? 0,
    vlanFiltering: data["vlan_filtering"] === 1,
    vlanDefaultPvid: data["vlan_default_pvid"] ?? 0, // left out where the kernel has no VLANs
    groupForwardMask: data["group_fwd_mask"] ?? 0,
    multicastSnooping: data["mcast_snooping"] === 1,
  };
}
