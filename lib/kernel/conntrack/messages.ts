import type { Decoded, Message, Plain } from "../../native.js";
import type { IpProtocol } from "../../net/ip-protocol.js";
import type { Family } from "../../net/ip.js";
import { familyOf } from "./schema.js";
import type {
  Flow,
  FlowChanges,
  FlowCounters,
  FlowDeletion,
  FlowSpec,
  FlowStatus,
  FlowTarget,
  FlowTuple,
  NatRange,
  TcpState,
} from "./types.js";

/** nfnetlink's words for families. @internal */
export const nfFamily = { inet: "ip", inet6: "ip6" } as const satisfies Record<Family, string>;

/** @internal */
export function tupleAttribute(tuple: FlowTuple): Readonly<Record<string, Plain | undefined>> {
  return {
    ip: addresses(tuple.source, tuple.destination),
    proto: {
      num: tuple.protocol,
      src_port: tuple.sourcePort,
      dst_port: tuple.destinationPort,
      ...icmpAttributes(tuple),
    },
    zone: tuple.zone,
  };
}

/** @internal */
export function addresses(source: string | undefined, destination: string | undefined) {
  const v6 = familyOf(source ?? destination ?? "") === "inet6";
  return v6 ? { v6_src: source, v6_dst: destination } : { v4_src: source, v4_dst: destination };
}

function icmpAttributes({ protocol, icmp }: FlowTuple) {
  if (icmp === undefined) return {};
  const { id, type, code } = icmp;
  return protocol === "icmpv6"
    ? { icmpv6_id: id, icmpv6_type: type, icmpv6_code: code }
    : { icmp_id: id, icmp_type: type, icmp_code: code };
}

function targetBody({ original, reply, zone }: FlowTarget) {
  return {
    header: { family: nfFamily[familyOf((original ?? reply)?.source ?? "")] },
    attributes: {
      tuple_orig: original && tupleAttribute(original),
      tuple_reply: original === undefined && reply ? tupleAttribute(reply) : undefined,
      zone,
    },
  };
}

/** @internal */
export function getMessage(target: FlowTarget): Message {
  return { type: "IPCTNL_MSG_CT_GET", ...targetBody(target) };
}

/** @internal */
export function deleteMessage(target: FlowDeletion): Message {
  const { header, attributes } = targetBody(target);
  return { type: "IPCTNL_MSG_CT_DELETE", header, attributes: { ...attributes, id: target.id } };
}

/** @internal */
export function setMessage(target: FlowTarget, changes: FlowChanges): Message {
  const { header, attributes } = targetBody(target);
  return {
    type: "IPCTNL_MSG_CT_NEW",
    header,
    attributes: {
      ...attributes,
      timeout: changes.timeoutS,
      mark: changes.mark,
      mark_mask: changes.markMask,
      status: confirmed(changes.status),
      protoinfo: tcp(changes.tcpState),
    },
  };
}

/** @internal */
export function addMessage(flow: FlowSpec): Message {
  const { header } = targetBody(flow);
  return {
    type: "IPCTNL_MSG_CT_NEW",
    flags: ["create", "excl"],
    header,
    attributes: {
      tuple_orig: tupleAttribute(flow.original),
      tuple_reply: tupleAttribute(flow.reply ?? opposite(flow.original)),
      zone: flow.zone,
      timeout: flow.timeoutS,
      mark: flow.mark,
      status: confirmed(flow.status),
      protoinfo: tcp(flow.tcpState),
      nat_src: natAttribute(flow.sourceNat),
      nat_dst: natAttribute(flow.destinationNat),
      help: flow.helper === undefined ? undefined : { name: flow.helper },
    },
  };
}

// Every flow in the table has that bit, and the kernel refuses to unset it (EBUSY).
function confirmed(status: readonly FlowStatus[] | undefined) {
  return status && [...new Set([...status, "confirmed" as const])];
}

function tcp(state: TcpState | undefined) {
  return state === undefined ? undefined : { tcp: { state } };
}

function natAttribute(range: NatRange | undefined) {
  if (range === undefined) return undefined;
  const { address, lastAddress, port, lastPort } = range;
  const at = familyOf(address) === "inet6" ? "v6" : "v4";
  return {
    [`${at}_minip`]: address,
    [`${at}_maxip`]: lastAddress ?? address,
    proto: port === undefined ? undefined : { port_min: port, port_max: lastPort ?? port },
  };
}

// Request and answer: echo, timestamp, information, address mask; echo of ICMPv6 (RFC 792, 4443).
const icmpPairs = [
  ...([
    [8, 0],
    [13, 14],
    [15, 16],
    [17, 18],
  ] as const),
  ...([[128, 129]] as const),
] as const;

function opposite(tuple: FlowTuple): FlowTuple {
  const { icmp } = tuple;
  const pair = icmpPairs.find(([ask, answer]) => icmp?.type === ask || icmp?.type === answer);
  return {
    source: tuple.destination,
    destination: tuple.source,
    protocol: tuple.protocol,
    ...(tuple.destinationPort !== undefined && { sourcePort: tuple.destinationPort }),
    ...(tuple.sourcePort !== undefined && { destinationPort: tuple.sourcePort }),
    ...(icmp !== undefined && {
      icmp: { ...icmp, type: pair?.find((type) => type !== icmp.type) ?? icmp.type },
    }),
  };
}

interface TupleAttributes {
  readonly ip: Readonly<Record<"v4_src" | "v4_dst" | "v6_src" | "v6_dst", string | undefined>>;
  readonly proto: {
    readonly num: IpProtocol;
    readonly src_port?: number;
    readonly dst_port?: number;
    readonly icmp_id?: number;
    readonly icmp_type?: number;
    readonly icmp_code?: number;
    readonly icmpv6_id?: number;
    readonly icmpv6_type?: number;
    readonly icmpv6_code?: number;
  };
  readonly zone?: number;
}

function decodeTuple({ ip, proto, zone }: TupleAttributes): FlowTuple {
  const id = proto.icmp_id ?? proto.icmpv6_id;
  return {
    source: ip.v4_src ?? ip.v6_src ?? "",
    destination: ip.v4_dst ?? ip.v6_dst ?? "",
    protocol: proto.num,
    ...(proto.src_port !== undefined && { sourcePort: proto.src_port }),
    ...(proto.dst_port !== undefined && { destinationPort: proto.dst_port }),
    ...(id !== undefined && {
      icmp: {
        id,
        type: proto.icmp_type ?? proto.icmpv6_type ?? 0,
        code: proto.icmp_code ?? proto.icmpv6_code ?? 0,
      },
    }),
    ...(zone !== undefined && { zone }),
  };
}

interface FlowAttributes {
  readonly tuple_orig: TupleAttributes;
  readonly tuple_reply: TupleAttributes;
  readonly tuple_master?: TupleAttributes;
  readonly zone?: number;
  readonly id: number;
  readonly mark?: number;
  readonly status: readonly FlowStatus[];
  readonly timeout?: number;
  readonly protoinfo?: { readonly tcp?: { readonly state?: TcpState } };
  readonly counters_orig?: FlowCounters;
  readonly counters_reply?: FlowCounters;
  readonly timestamp?: { readonly start?: number };
  readonly help?: { readonly name?: string };
}

/** @internal */
export function decodeFlow({ attributes }: Decoded): Flow {
  const a = attributes as unknown as FlowAttributes;
  const original = decodeTuple(a.tuple_orig);
  const { counters_orig, counters_reply, timestamp } = a;
  return {
    family: familyOf(original.source),
    original,
    reply: decodeTuple(a.tuple_reply),
    zone: a.zone ?? 0,
    id: a.id,
    mark: a.mark ?? 0,
    status: a.status,
    timeoutS: a.timeout,
    tcpState: a.protoinfo?.tcp?.state,
    counters:
      counters_orig && counters_reply
        ? { original: counters_orig, reply: counters_reply }
        : undefined,
    startedAtMs: timestamp?.start === undefined ? undefined : Math.floor(timestamp.start / 1e6),
    helper: a.help?.name,
    master: a.tuple_master && decodeTuple(a.tuple_master),
  };
}
