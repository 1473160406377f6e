import { fdbEntryOf, type FdbEntry } from "../fdb.js";
import type { ChangeEvent, EventKind } from "./kind.js";

/** A bridge or a VXLAN link learnt, was given, moved or lost an address. */
export interface FdbEvent extends ChangeEvent {
  readonly kind: "fdb";
  readonly entry: FdbEntry;
}

/** @internal */
export const fdb: EventKind<FdbEntry, FdbEvent> = {
  groups: ["RTNLGRP_NEIGH"],
  messages: { RTM_NEWNEIGH: "set", RTM_DELNEIGH: "deleted" },
  dumps: [{ type: "RTM_GETNEIGH", flags: ["dump"], header: { family: "bridge" } }],
  decode: (message) => (message.header["family"] === "bridge" ? fdbEntryOf(message) : undefined),
  key: ({ link, mac, master, vlan, dst, sourceVni }) =>
    [link, mac, master, vlan, dst, sourceVni].join(" "),
  event: (entry, about) => ({ kind: "fdb", ...about, entry }),
};
