import { CnmError } from "../../errors.js";
import type { Family } from "../../net/ip.js";
import { check, type Type } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import {
  boolean,
  checked,
  choice,
  cidr,
  ifname,
  integer,
  oneOf,
  signal,
} from "../../util/schemas.js";
import { routingProtocol } from "../protocol.js";
import { familyOfText, ipProtocol, routeTable } from "../route/schema.js";
import type { NumberRange, RuleSpec } from "./types.js";

const u32 = optional(integer(0, 0xffff_ffff));
const family = optional(oneOf("inet", "inet6"));

function range(min: number, max: number): Type<NumberRange> {
  const ends = options({ start: integer(min, max), end: integer(min, max) });
  return checked(ends, ({ start, end }) =>
    start <= end ? undefined : `must begin before it ends, not ${start}-${end}`,
  );
}

const port = integer(1, 65535);
const portRange = range(1, 65535);
const ports = optional(
  choice<Type<number> | Type<NumberRange>>("number or object", (value) => {
    if (typeof value === "number") return port;
    return typeof value === "object" && value !== null ? portRange : undefined;
  }),
);

const spec: Type<RuleSpec> = options({
  family,
  priority: u32,
  not: optional(boolean()),
  from: optional(cidr()),
  to: optional(cidr()),
  iif: optional(ifname()),
  oif: optional(ifname()),
  mark: u32,
  markMask: u32,
  tos: optional(integer(0, 255)),
  dscp: optional(integer(0, 63)),
  uids: optional(range(0, 0xffff_fffe)),
  ipProtocol: optional(ipProtocol),
  sourcePorts: ports,
  destinationPorts: ports,
  tunnelId: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  l3mdev: optional(boolean()),
  table: optional(routeTable),
  goto: u32,
  action: optional(oneOf("blackhole", "unreachable", "prohibit", "nop")),
  suppressPrefixLength: optional(integer(0, 128)),
  suppressGroup: optional(integer(0, 0x7fff_ffff)),
  protocol: optional(routingProtocol),
});

/** @internal */
export const ruleFilter = options({ family, signal: optional(signal()) });

/** @internal */
export function checkRule(value: RuleSpec, operation: string): RuleSpec {
  const rule = check(spec, value, operation);
  const wanted = familyOfRule(rule);
  for (const field of ["from", "to"] as const) {
    const text = rule[field];
    if (text === undefined || familyOfText(text) === wanted) continue;
    throw new CnmError(
      "ERR_CNM_INVALID_ADDRESS",
      `${operation}: ${field}: ${text} is not of the rule's family, ${wanted}`,
      { field },
    );
  }
  // The kernel has one action a rule and is silent about a table beside it.
  const actions = (["table", "goto", "action"] as const).filter((key) => rule[key] !== undefined);
  if (rule.l3mdev === true) actions.unshift("l3mdev" as "table");
  const [first, second] = actions;
  if (second === undefined) return rule;
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `${operation}: ${second}: a rule does one thing, and this one has ${first ?? ""} already`,
    { field: second },
  );
}

/** @internal */
export function familyOfRule({ family, from, to }: RuleSpec): Family {
  const hint = from ?? to;
  return family ?? (hint === undefined ? "inet" : familyOfText(hint));
}
