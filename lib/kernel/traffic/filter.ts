import type { Decoded, Message } from "../../native.js";
import type { Family } from "../../net/ip.js";
import { check, type Type } from "../../util/check.js";
import { optional, options, variant } from "../../util/options.js";
import {
  address,
  boolean,
  checked,
  choice,
  cidr,
  integer,
  ipProtocol,
  list,
  oneOf,
  string,
} from "../../util/schemas.js";
import { target } from "../link/schema.js";
import { plainTarget } from "../scope.js";
import { actionAttributes, actionSpec, toAction, type ActionAttributes } from "./action.js";
import { checkMatch, familyOfMatch, keysOf } from "./match.js";
import { invalid } from "./qdisc.js";
import type {
  PacketMatch,
  TrafficFilter,
  TrafficFilterKey,
  TrafficFilterSpec,
  TrafficFilterTarget,
  TrafficProtocol,
} from "./types.js";
import {
  classHandle,
  classHandleOf,
  handleNumber,
  handleOf,
  handleText,
  u32Type,
} from "./units.js";

const hook = oneOf("ingress", "egress");
/** @internal */
export const filterParent: Type<string> = choice("string", (value) =>
  value === "ingress" || value === "egress" ? hook : handleText,
);

const etherType = integer(1, 65_535);
const etherName = oneOf("all", "ip", "ipv6", "arp", "802.1Q", "802.1ad");
const protocol = optional(
  choice("string or number", (value) => {
    if (typeof value === "number") return etherType;
    return typeof value === "string" ? etherName : undefined;
  }),
);
const priority = optional(integer(1, 65_535));

const common = {
  link: target,
  parent: filterParent,
  protocol,
  priority,
  chain: optional(u32Type),
  classid: optional(classHandle),
  actions: optional(list(actionSpec)),
};

const subnetText = cidr();
const addressText = address();
const addressOrSubnet = choice("string", (value) =>
  typeof value === "string" && value.includes("/") ? subnetText : addressText,
);
const port = optional(integer(0, 65_535));
const packetMatch = options({
  source: optional(addressOrSubnet),
  destination: optional(addressOrSubnet),
  ipProtocol: optional(ipProtocol()),
  sourcePort: port,
  destinationPort: port,
});

const programName = checked(string(), (text) =>
  Buffer.byteLength(text) > 256 || text.includes("\0")
    ? "must have at most 256 bytes, and no NUL"
    : undefined,
);

const spec: Type<TrafficFilterSpec> = variant("kind", {
  bpf: {
    ...common,
    programFd: integer(0, 0x7fff_ffff),
    name: optional(programName),
    directAction: optional(boolean()),
  },
  matchall: common,
  u32: { ...common, match: optional(packetMatch) },
});
const filterTarget: Type<TrafficFilterTarget> = options({
  link: target,
  parent: filterParent,
  protocol,
  priority,
  chain: optional(u32Type),
  handle: optional(u32Type),
});

/** @internal */
export function checkFilter(value: TrafficFilterSpec, operation: string): TrafficFilterSpec {
  const wanted = check(spec, value, operation);
  if ((wanted.actions?.length ?? 0) > 32) {
    throw invalid(operation, "actions", "must be at most 32 (TCA_ACT_MAX_PRIO)");
  }
  if (wanted.kind !== "u32") return wanted;
  const match = checkMatch(wanted.match ?? {}, operation);
  const protocol = protocolOf(wanted.protocol, match);
  if (familyOf(protocol) === undefined && Object.keys(match).length > 0) {
    throw invalid(operation, "protocol", "must be ip or ipv6, for what match compares");
  }
  if ((familyOfMatch(match) ?? familyOf(protocol)) !== familyOf(protocol)) {
    throw invalid(operation, "match", "is of another family than protocol");
  }
  return { ...wanted, match, protocol };
}

/** @internal */
export function checkFilterTarget(
  value: TrafficFilterTarget,
  operation: string,
): TrafficFilterTarget {
  const wanted = check(filterTarget, value, operation);
  const { protocol, handle, priority } = wanted;
  if (priority !== undefined || (protocol ?? handle) === undefined) return wanted;
  throw invalid(operation, "priority", "is needed with protocol or handle");
}

function protocolOf(protocol: TrafficProtocol | undefined, match: PacketMatch): TrafficProtocol {
  if (protocol !== undefined) return protocol;
  const family = familyOfMatch(match);
  if (family === undefined) return match.ipProtocol === undefined ? "all" : "ip";
  return family === "inet" ? "ip" : "ipv6";
}

function familyOf(protocol: TrafficProtocol): Family | undefined {
  if (protocol === "ip") return "inet";
  return protocol === "ipv6" ? "inet6" : undefined;
}

function filterHeader(where: TrafficFilterTarget) {
  const { link, parent, protocol, priority, handle } = where;
  return {
    index: plainTarget(link, "link"),
    parent: parent === "ingress" || parent === "egress" ? parent : handleNumber(parent),
    protocol,
    priority,
    handle,
  };
}

/** @internal */
export function filterMessage(spec: TrafficFilterSpec, flags: Message["flags"] & object): Message {
  const { kind, protocol = "all", classid, actions } = spec;
  return {
    type: "RTM_NEWTFILTER",
    flags,
    header: filterHeader({ ...targetOf(spec), protocol }),
    attributes: {
      kind,
      chain: spec.chain,
      options: {
        classid: classid === undefined ? undefined : handleNumber(classid),
        ...ownOptions(spec, protocol),
        actions: actions?.map(actionAttributes),
      },
    },
  };
}

function ownOptions(spec: TrafficFilterSpec, protocol: TrafficProtocol) {
  switch (spec.kind) {
    case "bpf": {
      const { programFd: fd, name, directAction } = spec;
      return { fd, name, flags: directAction === true ? ["direct_action"] : undefined };
    }
    case "matchall":
      return {};
    case "u32":
      return { sel: selector(spec.match ?? {}, familyOf(protocol) ?? "inet") };
  }
}

function targetOf({ link, parent, priority }: TrafficFilterSpec): TrafficFilterTarget {
  return { link, parent, ...(priority !== undefined && { priority }) };
}

function selector(match: PacketMatch, family: Family) {
  const rows = keysOf(match, family).map((key) => ({ ...key }));
  return { header: { flags: ["terminal"], nkeys: rows.length }, rows };
}

/** @internal */
export function filterRemoval(where: TrafficFilterTarget): Message {
  return {
    type: "RTM_DELTFILTER",
    header: filterHeader(where),
    attributes: { chain: where.chain },
  };
}

/** @internal */
export function filterListMessage(where: Pick<TrafficFilterTarget, "link" | "parent">): Message {
  return { type: "RTM_GETTFILTER", flags: ["dump"], header: filterHeader(where) };
}

interface FilterOptions {
  readonly classid?: number;
  readonly divisor?: number;
  readonly sel?: { readonly rows: readonly TrafficFilterKey[] };
  readonly actions?: readonly ActionAttributes[];
  readonly name?: string;
  readonly id?: number;
  readonly flags?: readonly string[];
}

/**
 * `undefined` for what is no filter of its own: the head of a priority, a hash table of u32.
 * @internal
 */
export function toFilter({ header, attributes }: Decoded): TrafficFilter | undefined {
  const h = header as Omit<TrafficFilter, "link" | "parent"> & {
    index: number;
    parent: number | string;
  };
  const a = attributes as { kind: string; chain?: number; options?: FilterOptions };
  if (h.handle === 0 || a.options === undefined || a.options.divisor !== undefined) {
    return undefined;
  }
  const { classid, sel, actions = [], name, id, flags = [] } = a.options;
  return {
    link: h.index,
    kind: a.kind,
    parent: typeof h.parent === "number" ? handleOf(h.parent) : h.parent,
    protocol: h.protocol,
    priority: h.priority,
    handle: h.handle,
    chain: a.chain ?? 0,
    classid: classHandleOf(classid),
    actions: actions.map(toAction),
    ...(sel !== undefined && { keys: sel.rows }),
    ...(a.kind === "bpf" && {
      bpf: { name, id, directAction: flags.includes("direct_action") },
    }),
  };
}
