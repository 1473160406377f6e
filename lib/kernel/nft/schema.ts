import { refusal, type Type } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import {
  boolean,
  checked,
  choice,
  ifname,
  integer,
  list,
  oneOf,
  string,
} from "../../util/schemas.js";
import { datatypes } from "./datatypes.js";

// What the builders take, checked before anything is sent.

/** Source: NFT_NAME_MAXLEN. @internal */
export const objectName = checked(string(), (text) => {
  if (text === "" || Buffer.byteLength(text) > 255) return "must have 1 to 255 bytes";
  if (/[\0-\x20"{};@]/.test(text)) return "must not contain spaces, quotes, braces, ';' or '@'";
  return Buffer.from(text).toString() === text ? undefined : "must be well-formed text";
});

/** @internal */
export const family = oneOf("inet", "ip", "ip6", "arp", "bridge", "netdev");
/** @internal */
export const commentText = checked(string(), (text) => {
  if (Buffer.byteLength(text) > 128) return "must have at most 128 bytes";
  return text.includes("\0") ? "must not contain NUL" : undefined;
});
const comment = optional(commentText);
const milliseconds = optional(integer(1, Number.MAX_SAFE_INTEGER));

/** @internal */
export const tableOptions = options({
  flags: optional(list(oneOf("dormant", "owner", "persist"))),
  comment,
});

const priorityNumber = integer(-0x7fff_ffff, 0x7fff_ffff);
const priority = choice("string or number", (value) => {
  if (typeof value === "number") return priorityNumber;
  return typeof value === "string" ? string() : undefined;
});

/** @internal */
export const chainOptions = options({
  type: optional(oneOf("filter", "nat", "route")),
  hook: optional(
    oneOf("prerouting", "input", "forward", "output", "postrouting", "ingress", "egress"),
  ),
  priority: optional(priority),
  policy: optional(oneOf("accept", "drop")),
  devices: optional(list(ifname())),
  flags: optional(list(oneOf("offload"))),
  comment,
});

/** @internal */
export const flowtableOptions = options({
  priority: optional(priority),
  devices: list(ifname()),
  flags: optional(list(oneOf("offload", "counter"))),
});

const datatype = oneOf(...datatypes.filter((type) => type !== "integer"));
const several = list(datatype);
const type = choice("string or Array", (value) => {
  if (typeof value === "string") return datatype;
  return Array.isArray(value) ? nonEmpty(several) : undefined;
});
const data = choice("string or Array", (value) => {
  if (value === "verdict") return oneOf("verdict");
  if (typeof value === "string") return datatype;
  return Array.isArray(value) ? nonEmpty(several) : undefined;
});

function nonEmpty<T extends { readonly length: number }>(of: Type<T>): Type<T> {
  return {
    parse(value) {
      const parsed = of.parse(value);
      if (parsed.length > 0 && parsed.length <= 5) return parsed; // 32 bits of 6 each
      throw refusal("must have 1 to 5 types");
    },
  };
}

const common = {
  type,
  flags: optional(list(oneOf("constant", "interval", "timeout", "dynamic"))),
  timeoutMs: milliseconds,
  gcIntervalMs: optional(integer(1, 0xffff_ffff)),
  size: optional(integer(1, 0xffff_ffff)),
  policy: optional(oneOf("performance", "memory")),
  comment,
  counter: optional(boolean()),
};

/** @internal */
export const setOptions = options(common);
/** @internal */
export const mapOptions = options({ ...common, data });
