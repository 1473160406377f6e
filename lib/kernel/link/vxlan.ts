import { CnmError } from "../../errors.js";
import { optional, options } from "../../util/options.js";
import { choice, integer, oneOf } from "../../util/schemas.js";
import {
  bit,
  decodeFields,
  encodeFields,
  entriesOf,
  ipAddress,
  numberOf,
  presence,
  whole,
  word,
  type Field,
  type Fields,
  type Given,
} from "./fields.js";
import type { Scope } from "../scope.js";
import type { LinkKind } from "./kind.js";
import { target } from "./schemas.js";
import type { LinkOptions, LinkTarget } from "./types.js";

/** What a vxlan may be given. The kernel refuses to change some of it. Source: IFLA_VXLAN_*. */
export interface VxlanOptions {
  /** VNI, 24 bits. Needed, unless `external` is set. */
  readonly id?: number;
  /** Where packets of unknown destinations go: one address, or a multicast group (needs `link`). */
  readonly remote?: string;
  readonly local?: string;
  /** The link that its packets leave by, in the namespace that makes it. */
  readonly link?: LinkTarget;
  /** UDP port of the other ends. The kernel's default is 8472; IANA's number is 4789. */
  readonly port?: number;
  /** UDP ports that its packets come from. */
  readonly portRange?: { readonly low: number; readonly high: number };
  /** `"auto"`: the route's; `"inherit"`: the inner packet's. */
  readonly ttl?: number | "auto" | "inherit";
  /** `"inherit"`: the inner packet's. */
  readonly tos?: number | "inherit";
  readonly df?: "unset" | "set" | "inherit";
  /** Of IPv6, 20 bits. */
  readonly flowLabel?: number;
  /** Source addresses go into the forwarding database. */
  readonly learning?: boolean;
  /** After which a learned address is forgotten. */
  readonly ageingS?: number;
  /** The most addresses of the forwarding database; 0: no limit. */
  readonly limit?: number;
  /** Answers ARP for what it knows. */
  readonly proxy?: boolean;
  /** Route short circuit. */
  readonly rsc?: boolean;
  readonly l2miss?: boolean;
  readonly l3miss?: boolean;
  /** UDP checksums over IPv4. */
  readonly udpChecksum?: boolean;
  readonly udp6ZeroChecksumTx?: boolean;
  readonly udp6ZeroChecksumRx?: boolean;
  readonly remoteChecksumTx?: boolean;
  readonly remoteChecksumRx?: boolean;
  /** Group Based Policy: the mark travels in the header. */
  readonly gbp?: boolean;
  /** Generic Protocol Extension; with `external` only. */
  readonly gpe?: boolean;
  readonly remoteChecksumNoPartial?: boolean;
  /** VNI and remote come with each packet (routes, tc, eBPF). */
  readonly external?: boolean;
  /** Takes the VNIs that it is told to only; with `external`. */
  readonly vnifilter?: boolean;
  /** Packets for a VNI of this host stay in it. Since Linux 6.5. */
  readonly localBypass?: boolean;
}
export interface VxlanSpec extends LinkOptions, VxlanOptions {
  readonly kind: "vxlan";
}

/** A vxlan as the kernel shows it. */
export interface Vxlan extends Omit<VxlanOptions, "id" | "link"> {
  readonly id: number;
  /** Index of the link below, in the namespace where the vxlan was made. */
  readonly link?: number;
}

const port = integer(1, 0xffff);
const range = options({ low: port, high: port });
const hops = integer(1, 255);
const byte = integer(0, 255);
const inherit = oneOf("inherit");

const link: Field<LinkTarget, number> = {
  type: target,
  encode: (value, scope) => ({ link: scope.target(value, "link") }),
  decode: (data) => numberOf(data["link"]),
};

const portRange: Field<{ readonly low: number; readonly high: number }> = {
  type: range,
  encode: (value) => ({ port_range: value }),
  decode: (data) => data["port_range"] as { low: number; high: number } | undefined,
};

const ttl: Field<number | "auto" | "inherit"> = {
  type: choice("string or number", (value) =>
    typeof value === "number" ? hops : oneOf("auto", "inherit"),
  ),
  encode: (value) =>
    value === "inherit" ? { ttl_inherit: true } : { ttl: value === "auto" ? 0 : value },
  decode: (data) => {
    if (data["ttl_inherit"] === true) return "inherit";
    const number = numberOf(data["ttl"]);
    return number === 0 ? "auto" : number;
  },
};

// 1 stands for it: no TOS of its own uses the lowest bit alone.
const tos: Field<number | "inherit"> = {
  type: choice("string or number", (value) => (typeof value === "number" ? byte : inherit)),
  encode: (value) => ({ tos: value === "inherit" ? 1 : value }),
  decode: (data) => (data["tos"] === 1 ? "inherit" : numberOf(data["tos"])),
};

const u32 = 0xffff_ffff;

const fields = {
  id: whole("id", 0, 0xff_ffff),
  remote: ipAddress("group", "group6"),
  local: ipAddress("local", "local6"),
  link,
  port: whole("port", 1, 0xffff),
  portRange,
  ttl,
  tos,
  df: word("df", "unset", "set", "inherit"),
  flowLabel: whole("label", 0, 0xf_ffff),
  learning: bit("learning"),
  ageingS: whole("ageing", 0, u32),
  limit: whole("limit", 0, u32),
  proxy: bit("proxy"),
  rsc: bit("rsc"),
  l2miss: bit("l2miss"),
  l3miss: bit("l3miss"),
  udpChecksum: bit("udp_csum"),
  udp6ZeroChecksumTx: bit("udp_zero_csum6_tx"),
  udp6ZeroChecksumRx: bit("udp_zero_csum6_rx"),
  remoteChecksumTx: bit("remcsum_tx"),
  remoteChecksumRx: bit("remcsum_rx"),
  gbp: presence("gbp"),
  gpe: presence("gpe"),
  remoteChecksumNoPartial: presence("remcsum_nopartial"),
  external: bit("collect_metadata"),
  vnifilter: bit("vnifilter"),
  localBypass: bit("localbypass"),
} satisfies Fields<VxlanOptions>;

const entries = { ...entriesOf(fields), link: optional(target) };

const change = (options: object, scope: Scope) => encodeFields(fields, options, scope);

/** The kernel would take no VNI for VNI 0. */
function encode(spec: VxlanSpec, scope: Scope) {
  if (spec.id !== undefined || spec.external === true) return change(spec, scope);
  const text = "add link: id: is needed, unless external is set";
  throw new CnmError("ERR_CNM_INVALID_OPTION", text, { field: "id" });
}

/** @internal */
export const vxlan = {
  kind: "vxlan",
  entries,
  changes: entries,
  encode,
  change,
  decode: (data: Given) => ({
    vxlan: { ...decodeFields(fields, data), id: numberOf(data["id"]) ?? 0 },
  }),
} satisfies LinkKind<"vxlan">;
