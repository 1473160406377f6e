import type { Decoded, Message } from "../../native.js";
import type { Family } from "../../net/ip.js";
import type { RouteTable } from "../route/types.js";
import { familyOfRule } from "./schema.js";
import type { NumberRange, Rule, RuleSpec } from "./types.js";

function actionOf({ goto, action }: RuleSpec, adding: boolean): string | undefined {
  if (action !== undefined) return action;
  if (goto !== undefined) return "goto";
  return adding ? "to_tbl" : undefined; // left out of a deletion, it matches any
}

function rangeOf(ports: number | NumberRange | undefined): NumberRange | undefined {
  return typeof ports === "number" ? { start: ports, end: ports } : ports;
}

/** @internal */
export function ruleMessage(type: "RTM_NEWRULE" | "RTM_DELRULE", rule: RuleSpec): Message {
  const [src, srcLength] = rule.from?.split("/") ?? [];
  const [dst, dstLength] = rule.to?.split("/") ?? [];
  const adding = type === "RTM_NEWRULE";
  const action = actionOf(rule, adding);
  const plain = rule.table === undefined && rule.l3mdev !== true;
  const table = action === "to_tbl" && plain ? "main" : rule.table;
  return {
    type,
    ...(adding && { flags: ["create", "excl", "echo"] }),
    header: {
      family: familyOfRule(rule),
      dst_len: dstLength === undefined ? undefined : Number(dstLength),
      src_len: srcLength === undefined ? undefined : Number(srcLength),
      tos: rule.tos,
      table: typeof table === "number" && table > 255 ? undefined : table,
      action,
      flags: rule.not === true ? ["invert"] : undefined,
    },
    attributes: {
      dst: dstLength === "0" ? undefined : dst,
      src: srcLength === "0" ? undefined : src,
      iifname: rule.iif,
      oifname: rule.oif,
      goto: rule.goto,
      priority: rule.priority,
      fwmark: rule.mark,
      fwmask: rule.markMask,
      tun_id: rule.tunnelId,
      suppress_ifgroup: rule.suppressGroup,
      suppress_prefixlen: rule.suppressPrefixLength,
      table: typeof table === "number" && table > 255 ? table : undefined,
      l3mdev: rule.l3mdev === true ? 1 : undefined,
      uid_range: rule.uids && { ...rule.uids },
      protocol: rule.protocol,
      ip_proto: rule.ipProtocol,
      sport_range: toPlain(rangeOf(rule.sourcePorts)),
      dport_range: toPlain(rangeOf(rule.destinationPorts)),
      dscp: rule.dscp,
    },
  };
}

const toPlain = (range: NumberRange | undefined) => range && { ...range };

interface RuleAttributes {
  readonly dst?: string;
  readonly src?: string;
  readonly iifname?: string;
  readonly oifname?: string;
  readonly goto?: number;
  readonly priority?: number;
  readonly fwmark?: number;
  readonly fwmask?: number;
  readonly tun_id?: number;
  readonly suppress_ifgroup?: number;
  readonly suppress_prefixlen?: number;
  readonly table?: RouteTable;
  readonly l3mdev?: number;
  readonly uid_range?: NumberRange;
  readonly protocol?: string | number;
  readonly ip_proto?: string | number;
  readonly sport_range?: NumberRange;
  readonly dport_range?: NumberRange;
  readonly dscp?: number;
}

/** @internal */
export function decodeRule({ header, attributes }: Decoded): Rule {
  const h = header as {
    family: Family;
    dst_len: number;
    src_len: number;
    tos: number;
    table: RouteTable;
    action: string | number;
    flags: readonly string[];
  };
  const a = attributes as RuleAttributes;
  const looks = h.action === "to_tbl" && a.l3mdev !== 1;
  return {
    family: h.family,
    priority: a.priority ?? 0,
    action: h.action === "to_tbl" ? "table" : h.action,
    table: looks ? (a.table ?? h.table) : undefined,
    goto: a.goto,
    not: h.flags.includes("invert"),
    from: a.src === undefined ? undefined : `${a.src}/${h.src_len}`,
    to: a.dst === undefined ? undefined : `${a.dst}/${h.dst_len}`,
    iif: a.iifname,
    oif: a.oifname,
    mark: a.fwmark,
    markMask: a.fwmask,
    tos: h.tos === 0 ? undefined : h.tos,
    dscp: a.dscp,
    uids: a.uid_range,
    ipProtocol: a.ip_proto,
    sourcePorts: a.sport_range,
    destinationPorts: a.dport_range,
    tunnelId: a.tun_id,
    l3mdev: a.l3mdev === 1,
    suppressPrefixLength: known(a.suppress_prefixlen),
    suppressGroup: known(a.suppress_ifgroup),
    protocol: a.protocol,
    flags: h.flags.filter((flag) => flag !== "invert"),
  };
}

// -1, which the kernel shows where there is none
const known = (value: number | undefined) => (value === 0xffff_ffff ? undefined : value);

/** "to table main, from 10.0.0.0/8", for messages. @internal */
export function describeRule(rule: RuleSpec): string {
  const { priority, from, to, iif, oif, mark } = rule;
  const words = Object.entries({ priority, from, to, iif, oif, mark })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${String(value)}`);
  return words.length > 0 ? words.join(" ") : "for all packets";
}
