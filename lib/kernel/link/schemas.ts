import type { Type } from "../../util/check.js";
import {
  checked,
  choice,
  custom,
  ifname,
  instance,
  integer,
  mac,
  string,
} from "../../util/schemas.js";
import { optional, options } from "../../util/options.js";
import { LinkReference } from "../reference.js";
import { isNamespace } from "../registry.js";
import type { LinkTarget } from "./types.js";

// Types that several kinds of link share.

/** @internal */
export const altname = checked(string(), (text) => {
  if (text === "") return "must not be empty";
  if (Buffer.byteLength(text) > 127) return "must have at most 127 bytes (ALTIFNAMSIZ)";
  if (/\p{Surrogate}/u.test(text)) return "must be well-formed text";
  return /[\0-\x20/]/.test(text) ? "must not contain spaces, control characters or '/'" : undefined;
});

/** @internal */
export const index = integer(1, 0x7fff_ffff);
const reference = instance(LinkReference);

/** A name (altnames too), an index, or a reference. @internal */
export const target: Type<LinkTarget> = choice("string or number or LinkReference", (value) => {
  if (typeof value === "string") return altname;
  if (typeof value === "number") return index;
  return value instanceof LinkReference ? reference : undefined;
});

/** @internal */
export const namespace = custom(isNamespace, "Namespace");

/** @internal */
export const queues = integer(1, 4096);

/** The other end of a pair. @internal */
export const peer = options({
  name: ifname(),
  address: optional(mac()),
  mtu: optional(integer(68, 65535)),
  txQueues: optional(queues),
  rxQueues: optional(queues),
  namespace: optional(namespace),
});

/** A group address of 802.1D. @internal */
export const groupAddress = checked(string(), (text) =>
  /^01:80:c2:00:00:0[0-9a-f]$/i.test(text) ? undefined : "must be one of 01:80:c2:00:00:0x",
);
