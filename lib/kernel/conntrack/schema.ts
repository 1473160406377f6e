import { CnmError } from "../../errors.js";
import type { IpProtocol } from "../../net/ip-protocol.js";
import type { Family } from "../../net/ip.js";
import { check, type Type } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import {
  address,
  checked,
  choice,
  cidr,
  integer,
  ipProtocol,
  list,
  oneOf,
  string,
} from "../../util/schemas.js";
import type {
  FlowChanges,
  FlowDeletion,
  FlowFilter,
  FlowSpec,
  FlowTarget,
  FlowTuple,
} from "./types.js";
import { statusBits, tcpStates } from "./words.js";

const protocol = ipProtocol();
const port = optional(integer(0, 65_535));
const u32 = integer(0, 0xffff_ffff);
const zone = optional(integer(0, 65_535));
const status = optional(list(oneOf(...statusBits)));
const tcpState = optional(oneOf(...tcpStates));
// NF_CT_HELPER_NAME_LEN, with the NUL
const helper = checked(string(), (text) =>
  text === "" || Buffer.byteLength(text) > 15 || text.includes("\0")
    ? "must have from 1 to 15 bytes"
    : undefined,
);

const wholeTuple: Type<FlowTuple> = options({
  source: address(),
  destination: address(),
  protocol,
  sourcePort: port,
  destinationPort: port,
  icmp: optional(options({ id: integer(0, 65_535), type: integer(0, 255), code: integer(0, 255) })),
  zone,
});
const isIcmp = (protocol: IpProtocol) => protocol === "icmp" || protocol === "icmpv6";
const tuple = checked(wholeTuple, (one) => {
  if (familyOf(one.source) !== familyOf(one.destination)) return "has addresses of two families";
  const ports = one.sourcePort !== undefined || one.destinationPort !== undefined;
  if (isIcmp(one.protocol)) {
    return ports || one.icmp === undefined ? "of ICMP needs icmp, and has no ports" : undefined;
  }
  return one.icmp === undefined ? undefined : "has icmp, and is of another protocol";
});

const subnetText = cidr();
const addressText = address();
const addressOrSubnet = choice("string", (value) =>
  typeof value === "string" && value.includes("/") ? subnetText : addressText,
);
const tupleFilter = options({
  source: optional(addressOrSubnet),
  destination: optional(addressOrSubnet),
  sourcePort: port,
  destinationPort: port,
});

const flowTarget = options({ original: optional(tuple), reply: optional(tuple), zone });
const flowDeletion = options({
  original: optional(tuple),
  reply: optional(tuple),
  zone,
  id: optional(u32),
});

const nat = optional(
  options({
    address: address(),
    lastAddress: optional(address()),
    port,
    lastPort: port,
  }),
);
const spec: Type<FlowSpec> = options({
  original: tuple,
  reply: optional(tuple),
  timeoutS: u32,
  zone,
  mark: optional(u32),
  status,
  tcpState,
  sourceNat: nat,
  destinationNat: nat,
  helper: optional(helper),
});

const changes: Type<FlowChanges> = options({
  timeoutS: optional(u32),
  mark: optional(u32),
  markMask: optional(integer(1, 0xffff_ffff)),
  status,
  tcpState,
});

const filter: Type<FlowFilter> = options({
  family: optional(oneOf("inet", "inet6")),
  protocol: optional(protocol),
  original: optional(tupleFilter),
  reply: optional(tupleFilter),
  mark: optional(u32),
  markMask: optional(integer(1, 0xffff_ffff)),
  zone,
  status,
  withoutStatus: status,
});

/** Of an address or a subnet that has been checked. @internal */
export function familyOf(text: string): Family {
  return text.includes(":") ? "inet6" : "inet";
}

/** @internal */
export function checkTarget(value: unknown, operation: string): FlowTarget {
  return oneDirection(check(flowTarget, value, operation, "flow"), operation);
}

/** @internal */
export function checkDeletion(value: unknown, operation: string): FlowDeletion {
  return oneDirection(check(flowDeletion, value, operation, "flow"), operation);
}

function oneDirection<T extends FlowTarget>(target: T, operation: string): T {
  if (target.original !== undefined || target.reply !== undefined) return target;
  throw invalid(operation, "flow.original", "this or flow.reply is needed: it names the flow");
}

/** @internal */
export function checkSpec(value: unknown, operation: string): FlowSpec {
  const flow = check(spec, value, operation);
  const family = familyOf(flow.original.source);
  for (const [field, text] of [
    ["reply.source", flow.reply?.source],
    ["sourceNat.address", flow.sourceNat?.address],
    ["sourceNat.lastAddress", flow.sourceNat?.lastAddress],
    ["destinationNat.address", flow.destinationNat?.address],
    ["destinationNat.lastAddress", flow.destinationNat?.lastAddress],
  ] as const) {
    if (text !== undefined && familyOf(text) !== family) throw wrongFamily(operation, field, text);
  }
  return flow;
}

/** @internal */
export function checkChanges(value: unknown, operation: string): FlowChanges {
  const wanted = check(changes, value, operation);
  if (wanted.markMask === undefined || wanted.mark !== undefined) return wanted;
  throw invalid(operation, "markMask", "needs mark");
}

/** The family is filled in where addresses tell it. @internal */
export function checkFilter(value: unknown, operation: string): FlowFilter {
  const wanted = check(filter, value, operation);
  if (wanted.markMask !== undefined && wanted.mark === undefined) {
    throw invalid(operation, "markMask", "needs mark");
  }
  let { family } = wanted;
  for (const direction of ["original", "reply"] as const) {
    for (const end of ["source", "destination"] as const) {
      const text = wanted[direction]?.[end];
      if (text === undefined) continue;
      family ??= familyOf(text);
      if (familyOf(text) !== family) throw wrongFamily(operation, `${direction}.${end}`, text);
    }
  }
  return family === undefined ? wanted : { ...wanted, family };
}

function invalid(operation: string, field: string, text: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_OPTION", `${operation}: ${field}: ${text}`, { field });
}

function wrongFamily(operation: string, field: string, text: string): CnmError {
  return new CnmError(
    "ERR_CNM_INVALID_ADDRESS",
    `${operation}: ${field}: ${text} is of another family than the rest`,
    { field },
  );
}
