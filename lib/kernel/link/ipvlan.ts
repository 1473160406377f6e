import { decodeFields, encodeFields, entriesOf, word, type Fields, type Given } from "./fields.js";
import type { Scope } from "../scope.js";
import type { LinkKind } from "./kind.js";
import { parentLink } from "./parent.js";
import { target } from "./schemas.js";
import type { LinkOptions, LinkTarget } from "./types.js";

/** Source: IFLA_IPVLAN_*. They hold for all ipvlans of one parent. */
export interface IpvlanOptions {
  /** Default `"l3"`, the kernel's. */
  readonly mode?: "l2" | "l3" | "l3s";
  /** Who of one parent may reach whom: `"bridge"`, the default, all; the others nobody. */
  readonly flag?: "bridge" | "private" | "vepa";
}
export interface IpvlanSpec extends LinkOptions, IpvlanOptions {
  readonly kind: "ipvlan";
  /** The link below, in the namespace that makes this one. */
  readonly link: LinkTarget;
}

const fields = {
  mode: word("mode", "l2", "l3", "l3s"),
  flag: word("flags", "bridge", "private", "vepa"),
} satisfies Fields<IpvlanOptions>;

const changes = entriesOf(fields);

const encode = (options: object, scope: Scope) => encodeFields(fields, options, scope);

/** @internal */
export const ipvlan = {
  kind: "ipvlan",
  entries: { ...changes, link: target },
  changes,
  encode,
  change: encode,
  attributes: parentLink,
  decode: (data: Given) => ({ ipvlan: decodeFields(fields, data) }),
} satisfies LinkKind<"ipvlan">;
