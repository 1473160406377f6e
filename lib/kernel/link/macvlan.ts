import { list, mac, oneOf } from "../../util/schemas.js";
import {
  decodeFields,
  encodeFields,
  entriesOf,
  whole,
  word,
  type Field,
  type Fields,
  type Given,
} from "./fields.js";
import type { Scope } from "../scope.js";
import type { LinkKind } from "./kind.js";
import { parentLink } from "./parent.js";
import { target } from "./schemas.js";
import type { LinkOptions, LinkTarget } from "./types.js";

export type MacvlanMode = "private" | "vepa" | "bridge" | "passthru" | "source";
export type MacvlanFlag = "nopromisc" | "nodst";

/** macvlan and macvtap. Source: IFLA_MACVLAN_*. */
export interface MacvlanOptions {
  /** Default `"vepa"`, the kernel's. `"passthru"` and the others do not change into each other. */
  readonly mode?: MacvlanMode;
  /** All of them; those left out are off. `"nopromisc"` is of `"passthru"` alone. */
  readonly flags?: readonly MacvlanFlag[];
  /** Whose packets are taken in mode `"source"`: all of them. */
  readonly macAddresses?: readonly string[];
  /** How many broadcasts wait at most, of all macvlans of one parent together. */
  readonly broadcastQueueLength?: number;
  /** Groups of so many members are sent to at once; others wait in the queue. Since Linux 6.4. */
  readonly broadcastCutoff?: number;
}

interface OnLink extends LinkOptions, MacvlanOptions {
  /** The link below, in the namespace that makes this one. */
  readonly link: LinkTarget;
}
export interface MacvlanSpec extends OnLink {
  readonly kind: "macvlan";
}
/** A macvlan with a character device, `/dev/tap<index>`. */
export interface MacvtapSpec extends OnLink {
  readonly kind: "macvtap";
}

/** A macvlan or macvtap as the kernel shows it. */
export interface Macvlan extends MacvlanOptions {
  /** The length that is in force: the longest that one of its siblings asked for. */
  readonly broadcastQueueLengthUsed?: number;
}

const flags: Field<readonly MacvlanFlag[]> = {
  type: list(oneOf("nopromisc", "nodst")),
  encode: (names) => ({ flags: names }),
  decode: (data) => data["flags"] as readonly MacvlanFlag[] | undefined,
};

const macAddresses: Field<readonly string[]> = {
  type: list(mac()),
  encode: (addresses) => ({ macaddr_mode: "set", macaddr_data: { macaddr: addresses } }),
  decode: (data) =>
    (data["macaddr_data"] as { readonly macaddr?: readonly string[] } | undefined)?.macaddr,
};

const fields = {
  mode: word("mode", "private", "vepa", "bridge", "passthru", "source"),
  flags,
  macAddresses,
  broadcastQueueLength: whole("bc_queue_len", 0, 0xffff_ffff),
  broadcastCutoff: whole("bc_cutoff", -0x8000_0000, 0x7fff_ffff),
} satisfies Fields<MacvlanOptions>;

const shown = {
  ...fields,
  broadcastQueueLengthUsed: whole("bc_queue_len_used", 0, 0xffff_ffff),
};

const changes = entriesOf(fields);
const encode = (options: object, scope: Scope) => encodeFields(fields, options, scope);

const common = {
  entries: { ...changes, link: target },
  changes,
  encode,
  change: encode,
  attributes: parentLink,
};

/** @internal */
export const macvlan = {
  ...common,
  kind: "macvlan",
  decode: (data: Given) => ({ macvlan: decodeFields(shown, data) }),
} satisfies LinkKind<"macvlan">;

/** @internal */
export const macvtap = {
  ...common,
  kind: "macvtap",
  decode: (data: Given) => ({ macvtap: decodeFields(shown, data) }),
} satisfies LinkKind<"macvtap">;
