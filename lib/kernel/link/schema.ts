import * as v from "valibot";
import { ifname, integer, mac, options } from "../../util/schemas.js";
import { LinkReference } from "../reference.js";
import { linkKinds } from "./index.js";

const altname = v.pipe(
  v.string(),
  v.check((text) => text !== "", "must not be empty"),
  v.check((text) => Buffer.byteLength(text) <= 127, "must have at most 127 bytes (ALTIFNAMSIZ)"),
  v.check((text) => !/[\0-\x20/]/.test(text), "must not contain spaces, control characters or '/'"),
);

const index = integer(1, 0x7fff_ffff);

/** A name (altnames too), an index, or a reference. @internal */
export const target = v.union(
  [altname, index, v.instance(LinkReference)],
  "must be the name or the index of a link",
);

const addrGenMode = v.picklist(["eui64", "none", "stable_secret", "random"]);

const changeable = {
  address: v.optional(mac()),
  mtu: v.optional(integer(0, 0x7fff_ffff)),
  group: v.optional(integer(0, 0xffff_ffff)),
  up: v.optional(v.boolean()),
  txQueueLength: v.optional(integer(0, 0xffff_ffff)),
  addrGenMode: v.optional(addrGenMode),
};

const common = {
  ...changeable,
  name: ifname(),
  index: v.optional(index),
  master: v.optional(target),
  txQueues: v.optional(integer(1, 4096)),
  rxQueues: v.optional(integer(1, 4096)),
  altnames: v.optional(v.array(altname)),
};

/** @internal */
export const altnameSchema = altname;

/** @internal */
export const linkSpec = v.variant("kind", [
  options({ kind: v.literal("bridge"), ...common, ...linkKinds.bridge.entries }),
  options({ kind: v.literal("veth"), ...common, ...linkKinds.veth.entries }),
]);

/** @internal */
export const linkChanges = options({
  ...changeable,
  name: v.optional(ifname()),
  master: v.optional(v.nullable(target)),
});
