import type { Type } from "../../util/check.js";
import { optional, options, variant } from "../../util/options.js";
import {
  boolean,
  checked,
  choice,
  ifname,
  instance,
  integer,
  list,
  mac,
  nullable,
  oneOf,
  string,
} from "../../util/schemas.js";
import { LinkReference } from "../reference.js";
import { linkKinds } from "./index.js";
import type { LinkChanges, LinkSpec, LinkTarget } from "./types.js";

const altname = checked(string(), (text) => {
  if (text === "") return "must not be empty";
  if (Buffer.byteLength(text) > 127) return "must have at most 127 bytes (ALTIFNAMSIZ)";
  if (/\p{Surrogate}/u.test(text)) return "must be well-formed text";
  return /[\0-\x20/]/.test(text) ? "must not contain spaces, control characters or '/'" : undefined;
});

const index = integer(1, 0x7fff_ffff);
const reference = instance(LinkReference);

/** A name (altnames too), an index, or a reference. @internal */
export const target: Type<LinkTarget> = choice("string or number or LinkReference", (value) => {
  if (typeof value === "string") return altname;
  if (typeof value === "number") return index;
  return value instanceof LinkReference ? reference : undefined;
});

const addrGenMode = oneOf("eui64", "none", "stable_secret", "random");

const changeable = {
  address: optional(mac()),
  mtu: optional(integer(0, 0x7fff_ffff)),
  group: optional(integer(0, 0xffff_ffff)),
  up: optional(boolean()),
  txQueueLength: optional(integer(0, 0xffff_ffff)),
  addrGenMode: optional(addrGenMode),
};

const common = {
  ...changeable,
  name: ifname(),
  index: optional(index),
  master: optional(target),
  txQueues: optional(integer(1, 4096)),
  rxQueues: optional(integer(1, 4096)),
  altnames: optional(list(altname)),
};

/** @internal */
export const altnameSchema = altname;

/** @internal */
export const linkSpec: Type<LinkSpec> = variant("kind", {
  bridge: { ...common, ...linkKinds.bridge.entries },
  veth: { ...common, ...linkKinds.veth.entries },
});

/** @internal */
export const linkChanges: Type<LinkChanges> = options({
  ...changeable,
  name: optional(ifname()),
  master: optional(nullable(target)),
});
