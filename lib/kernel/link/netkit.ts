import {
  bit,
  decodeFields,
  encodeFields,
  entriesOf,
  whole,
  word,
  type Fields,
  type Given,
} from "./fields.js";
import type { LinkKind } from "./kind.js";
import { encodePeer, type VethPeer } from "./pair.js";
import { peer } from "./schemas.js";
import type { LinkOptions } from "./types.js";

/** `"forward"`: packets pass where no BPF program says otherwise. */
export type NetkitPolicy = "forward" | "blackhole";
/** `"none"`: mark and priority of a packet stay when it goes to another namespace. */
export type NetkitScrub = "none" | "default";

/** What can be changed, of the primary end only. Source: IFLA_NETKIT_*. */
export interface NetkitOptions {
  readonly policy?: NetkitPolicy;
  readonly peerPolicy?: NetkitPolicy;
}
/** Since Linux 6.7. The other end is a link of its own, as with veth. */
export interface NetkitSpec extends LinkOptions, NetkitOptions {
  readonly kind: "netkit";
  readonly peer: VethPeer;
  /** Default `"l3"`: no MAC addresses, no ARP; `address` is for `"l2"` alone. */
  readonly mode?: "l2" | "l3";
  /** Since Linux 6.12. */
  readonly scrub?: NetkitScrub;
  readonly peerScrub?: NetkitScrub;
}

/** An end of a netkit pair as the kernel shows it. */
export interface Netkit extends NetkitOptions {
  readonly mode?: "l2" | "l3";
  /** BPF programs and policies are set here. */
  readonly primary?: boolean;
  readonly scrub?: NetkitScrub;
  readonly peerScrub?: NetkitScrub;
  /** Bytes. Since Linux 6.18. */
  readonly headroom?: number;
  readonly tailroom?: number;
}

const changeable = {
  policy: word("policy", "forward", "blackhole"),
  peerPolicy: word("peer_policy", "forward", "blackhole"),
} satisfies Fields<NetkitOptions>;

const fields = {
  ...changeable,
  mode: word("mode", "l2", "l3"),
  scrub: word("scrub", "none", "default"),
  peerScrub: word("peer_scrub", "none", "default"),
};

const shown = {
  ...fields,
  primary: bit("primary"),
  headroom: whole("headroom", 0, 0xffff),
  tailroom: whole("tailroom", 0, 0xffff),
};

/** @internal */
export const netkit = {
  kind: "netkit",
  entries: { ...entriesOf(fields), peer },
  changes: entriesOf(changeable),
  encode: (spec, scope) => ({
    ...encodeFields(fields, spec, scope),
    peer: encodePeer(spec.peer, scope),
  }),
  change: (changes, scope) => encodeFields(changeable, changes, scope),
  decode: (data: Given) => ({ netkit: decodeFields(shown, data) }),
} satisfies LinkKind<"netkit">;
