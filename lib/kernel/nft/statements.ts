import { CnmError } from "../../errors.js";
import { check } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import { boolean, checked, integer, list, oneOf, string } from "../../util/schemas.js";
import { Statement } from "./compiler.js";
import type { Expression, Expressions } from "./expression.js";

const big = integer(0, Number.MAX_SAFE_INTEGER);
const small = integer(0, 0xffff);

/** @internal */
export function emitting(expression: Expression): Statement {
  return new Statement((compiler) => {
    compiler.emit(expression);
  });
}

/** Counts packets and bytes. */
export const counter = emitting({ kind: "counter" });
/** No connection is kept for the packet. */
export const notrack = emitting({ kind: "notrack" });
/** Keeps when a packet was last here. Kernel 5.14. */
export const last = emitting({ kind: "last" });

const counted = options({ packets: big, bytes: big });

/** A counter that does not begin at 0. */
export function counterFrom(values: {
  readonly packets: number;
  readonly bytes: number;
}): Statement {
  return emitting({ kind: "counter", ...check(counted, values, "counter") });
}

const commentText = checked(string(), (text) => {
  if (Buffer.byteLength(text) > 128) return "must have at most 128 bytes";
  return text.includes("\0") ? "must not contain NUL" : undefined;
});

/** Kept beside the rule; nft(8) shows it. */
export function comment(text: string): Statement {
  const checkedText = check(commentText, text, "comment", "text");
  return new Statement((compiler) => {
    compiler.comment = checkedText;
  });
}

/** Packets, or bytes, a time. */
export interface LimitOptions {
  readonly rate: number;
  readonly per: "second" | "minute" | "hour" | "day" | "week";
  /** Default: packets. */
  readonly unit?: "packets" | "bytes";
  /** More than the rate, for a while. Default: 5 packets, 0 bytes. */
  readonly burst?: number;
  /** Matches what is above the rate, not what is below. */
  readonly over?: boolean;
}
const limiting = options({
  rate: integer(1, Number.MAX_SAFE_INTEGER),
  per: oneOf("second", "minute", "hour", "day", "week"),
  unit: optional(oneOf("packets", "bytes")),
  burst: optional(integer(0, 0xffff_ffff)),
  over: optional(boolean()),
});
const seconds = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 } as const;

/** @internal */
export function limitData(given: LimitOptions): Expressions["limit"] {
  const { rate, per, unit = "packets", burst, over } = check(limiting, given, "limit");
  return {
    type: unit,
    rate,
    unit: seconds[per],
    burst: burst ?? (unit === "packets" ? 5 : 0),
    flags: over === true ? ["inv"] : [],
  };
}

/** Matches as long as there is no more of it. */
export function limit(given: LimitOptions): Statement {
  return emitting({ kind: "limit", ...limitData(given) });
}

export interface QuotaOptions {
  readonly bytes: number;
  readonly usedBytes?: number;
  /** Matches behind the quota, not before. */
  readonly over?: boolean;
}
const quotaOptions = options({
  bytes: big,
  usedBytes: optional(big),
  over: optional(boolean()),
});

/** @internal */
export function quotaData(given: QuotaOptions): Expressions["quota"] {
  const { bytes, usedBytes, over } = check(quotaOptions, given, "quota");
  return { bytes, consumed: usedBytes ?? 0, flags: over === true ? ["inv"] : [] };
}

/** Matches until that much has come by. */
export function quota(given: QuotaOptions): Statement {
  return emitting({ kind: "quota", ...quotaData(given) });
}

/** Connections of which the packet's is one of so many: `ctCount({ over: 20 })`. */
export function ctCount(given: { readonly upTo: number } | { readonly over: number }): Statement {
  const { upTo, over } = check(connections, given, "ctCount");
  if ((upTo === undefined) === (over === undefined)) {
    throw new CnmError("ERR_CNM_INVALID_OPTION", "ctCount: needs one of upTo and over");
  }
  const flags = over === undefined ? [] : (["inv"] as const);
  return emitting({ kind: "connlimit", count: over ?? upTo ?? 0, flags });
}
const connections = options({
  upTo: optional(integer(0, 0xffff_ffff)),
  over: optional(integer(0, 0xffff_ffff)),
});

export interface LogOptions {
  /** At most 127 bytes. */
  readonly prefix?: string;
  readonly level?: "emerg" | "alert" | "crit" | "err" | "warn" | "notice" | "info" | "debug";
  readonly flags?: readonly ("tcp_sequence" | "tcp_options" | "ip_options" | "skuid" | "ether")[];
  /** To programs that listen to this group (NFLOG), not to the kernel's log. */
  readonly group?: number;
  /** Bytes of each packet, for a group. */
  readonly snaplen?: number;
  /** Packets that are sent together, for a group. */
  readonly queueThreshold?: number;
}
const logging = options({
  prefix: optional(
    checked(string(), (text) =>
      Buffer.byteLength(text) > 127 || text.includes("\0")
        ? "must have at most 127 bytes, and no NUL"
        : undefined,
    ),
  ),
  level: optional(oneOf("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")),
  flags: optional(list(oneOf("tcp_sequence", "tcp_options", "ip_options", "skuid", "ether"))),
  group: optional(small),
  snaplen: optional(integer(0, 0xffff_ffff)),
  queueThreshold: optional(small),
});

/** Writes a line to the kernel's log, of the first namespace only; or tells a group of NFLOG. */
export function log(given: LogOptions = {}): Statement {
  const { queueThreshold, level, flags, ...more } = check(logging, given, "log");
  if (more.group !== undefined && (level !== undefined || flags !== undefined)) {
    throw new CnmError("ERR_CNM_INVALID_OPTION", "log: group: goes without level and flags");
  }
  return emitting({
    kind: "log",
    ...more,
    ...(level && { level }),
    ...(flags && { flags }),
    ...(queueThreshold !== undefined && { qthreshold: queueThreshold }),
  });
}

export interface RejectOptions {
  /** What the sender is told. Default: `"port-unreachable"`. */
  readonly with?:
    "tcp-reset" | "port-unreachable" | "admin-prohibited" | "host-unreachable" | "no-route";
}
const rejecting = options({
  with: optional(
    oneOf("tcp-reset", "port-unreachable", "admin-prohibited", "host-unreachable", "no-route"),
  ),
});

// The codes of ICMP (RFC 1122), of ICMPv6 (RFC 4443), and of whichever it is (NFT_REJECT_ICMPX_*).
const codes = {
  "port-unreachable": { ip: 3, ip6: 4, both: 1 },
  "admin-prohibited": { ip: 13, ip6: 1, both: 3 },
  "host-unreachable": { ip: 1, ip6: 3, both: 2 },
  "no-route": { ip: 0, ip6: 0, both: 0 },
} as const;

/** Drops the packet, and tells its sender. */
export function reject(given: RejectOptions = {}): Statement {
  const { with: how = "port-unreachable" } = check(rejecting, given, "reject");
  return new Statement((compiler) => {
    if (how === "tcp-reset") {
      compiler.transport("tcp");
      compiler.emit({ kind: "reject", type: "tcp_rst", icmp_code: 0 });
      return;
    }
    const known = compiler.networkKnown;
    const family = known === "ip" || known === "ip6" ? known : undefined;
    compiler.emit({
      kind: "reject",
      type: family === undefined ? "icmpx_unreach" : "icmp_unreach",
      icmp_code: codes[how][family ?? "both"],
    });
  });
}

export interface QueueOptions {
  /** The queue, or the first of several. */
  readonly num: number;
  /** How many queues share the packets, from `num` on. */
  readonly total?: number;
  /** `"bypass"`: accepts where no program listens. `"fanout"`: by CPU. */
  readonly flags?: readonly ("bypass" | "fanout")[];
}
const queueing = options({
  num: small,
  total: optional(integer(1, 0xffff)),
  flags: optional(list(oneOf("bypass", "fanout"))),
});

/** Has a program decide (NFQUEUE). */
export function queue(given: QueueOptions): Statement {
  const { num, total = 1, flags = [] } = check(queueing, given, "queue");
  return emitting({ kind: "queue", num, total, flags });
}
