import { decodeNexthop, type Nexthop } from "../nexthops.js";
import type { ChangeEvent, EventKind } from "./kind.js";

/** A nexthop or a group of them was added, replaced or removed. */
export interface NexthopEvent extends ChangeEvent {
  readonly kind: "nexthop";
  readonly nexthop: Nexthop;
}

/** @internal */
export const nexthops: EventKind<Nexthop, NexthopEvent> = {
  groups: ["RTNLGRP_NEXTHOP"],
  messages: { RTM_NEWNEXTHOP: "set", RTM_DELNEXTHOP: "deleted" },
  dumps: [{ type: "RTM_GETNEXTHOP", flags: ["dump"] }],
  decode: decodeNexthop,
  key: ({ id }) => String(id),
  event: (nexthop, about) => ({ kind: "nexthop", ...about, nexthop }),
};
