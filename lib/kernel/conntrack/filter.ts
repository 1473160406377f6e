import type { Message, Plain } from "../../native.js";
import { contains, parseCidr } from "../../net/cidr.js";
import { parseIp } from "../../net/ip.js";
import { addresses, nfFamily } from "./messages.js";
import type { Flow, FlowFilter, FlowTuple, FlowTupleFilter } from "./types.js";
import { comparedPorts } from "./words.js";

// The kernel filters for speed, and what comes is filtered again here: older kernels take no notice
// of what they do not know (a zone before Linux 6.8, a status before 5.15), and in IPv6 the kernel
// compares addresses the wrong way round (ctnetlink_filter_match_tuple()).

/** Whether the filter leaves out any flow at all. @internal */
export function isEmpty(filter: FlowFilter): boolean {
  const { original = {}, reply = {}, status = [], withoutStatus = [], ...others } = filter;
  const isSet = (parts: object) => Object.values(parts).some((part) => part !== undefined);
  return ![original, reply, others].some(isSet) && status.length + withoutStatus.length === 0;
}

/** Whether the flow meets all of it. @internal */
export function matches(flow: Flow, filter: FlowFilter): boolean {
  const { family, protocol, zone, mark, markMask = 0xffff_ffff } = filter;
  const { status = [], withoutStatus = [] } = filter;
  return (
    (family === undefined || flow.family === family) &&
    (protocol === undefined || flow.original.protocol === protocol) &&
    (zone === undefined || isInZone(flow, zone)) &&
    // Numbers of 32 bits, as `&` makes signed ones
    (mark === undefined || (flow.mark & markMask) >>> 0 === mark) &&
    status.every((bit) => flow.status.includes(bit)) &&
    !withoutStatus.some((bit) => flow.status.includes(bit)) &&
    meets(flow.original, filter.original) &&
    meets(flow.reply, filter.reply)
  );
}

// As nf_ct_zone_equal_any(): a zone of one direction counts too.
function isInZone(flow: Flow, zone: number): boolean {
  return (flow.original.zone ?? flow.reply.zone ?? flow.zone) === zone;
}

function meets(tuple: FlowTuple, filter: FlowTupleFilter = {}): boolean {
  const { source, destination, sourcePort, destinationPort } = filter;
  return (
    (source === undefined || isAt(tuple.source, source)) &&
    (destination === undefined || isAt(tuple.destination, destination)) &&
    (sourcePort === undefined || tuple.sourcePort === sourcePort) &&
    (destinationPort === undefined || tuple.destinationPort === destinationPort)
  );
}

function isAt(address: string, wanted: string): boolean {
  if (!wanted.includes("/")) return address === wanted; // both are canonical
  return contains(parseCidr(wanted), parseIp(address));
}

interface KernelTuple {
  readonly tuple: Readonly<Record<string, Plain | undefined>> | undefined;
  readonly flags: readonly string[];
}

// What of one direction the kernel can compare, with a flag for each part: a part without its flag
// is not looked at.
function kernelTuple(filter: FlowFilter, direction: "original" | "reply"): KernelTuple {
  const { family, protocol } = filter;
  if (family === undefined) return { tuple: undefined, flags: [] }; // it wants to know
  const { source, destination, sourcePort, destinationPort } = filter[direction] ?? {};
  const address = (text: string | undefined) =>
    text === undefined || family === "inet6" || text.includes("/") ? undefined : text;
  const ip = { src: address(source), dst: address(destination) };
  const withPorts = comparedPorts.includes(protocol);
  const port = {
    src: withPorts ? sourcePort : undefined,
    dst: withPorts ? destinationPort : undefined,
  };
  const flags = [
    ...(ip.src === undefined ? [] : ["ip_src"]),
    ...(ip.dst === undefined ? [] : ["ip_dst"]),
    ...(protocol === undefined ? [] : ["proto_num"]),
    ...(port.src === undefined ? [] : ["proto_src_port"]),
    ...(port.dst === undefined ? [] : ["proto_dst_port"]),
  ];
  if (flags.length === 0) return { tuple: undefined, flags };
  const proto = { num: protocol, src_port: port.src, dst_port: port.dst };
  return {
    tuple: {
      ip: ip.src === undefined && ip.dst === undefined ? undefined : addresses(ip.src, ip.dst),
      proto: protocol === undefined ? undefined : proto,
    },
    flags,
  };
}

function filterBody(filter: FlowFilter) {
  const { family, mark, markMask, status = [], withoutStatus = [] } = filter;
  const original = kernelTuple(filter, "original");
  const reply = kernelTuple(filter, "reply");
  const bits = [...status, ...withoutStatus];
  return {
    header: { family: family === undefined ? "unspec" : nfFamily[family] },
    attributes: {
      tuple_orig: original.tuple,
      tuple_reply: reply.tuple,
      mark,
      mark_mask: markMask,
      status: bits.length === 0 ? undefined : status,
      status_mask: bits.length === 0 ? undefined : bits,
      filter: { orig_flags: original.flags, reply_flags: reply.flags },
    },
  };
}

/** @internal */
export function listMessage(filter: FlowFilter): Message {
  const { header, attributes } = filterBody(filter);
  const { zone } = filter;
  return {
    type: "IPCTNL_MSG_CT_GET",
    flags: ["dump"],
    header,
    attributes: isEmpty(filter) ? {} : { ...attributes, zone },
  };
}

/**
 * A deletion of all that the filter matches; `undefined` where the kernel would delete more or
 * less: it knows no subnets, compares ports of TCP and UDP alone, IPv6 addresses wrongly, and a zone
 * not on every kernel, where a deletion by zone alone empties the table.
 * @internal
 */
export function deleteAllMessage(filter: FlowFilter): Message | undefined {
  const { family, protocol, zone, original = {}, reply = {} } = filter;
  const parts = [original, reply];
  const ends = parts.flatMap(({ source = [], destination = [] }) => [source, destination].flat());
  const ports = parts.some((one) => (one.sourcePort ?? one.destinationPort) !== undefined);
  if (zone !== undefined || isEmpty(filter)) return undefined;
  if (ends.length > 0 && (family === "inet6" || ends.some((text) => text.includes("/")))) {
    return undefined;
  }
  if (protocol !== undefined && family === undefined) return undefined;
  if (ports && (family === undefined || !comparedPorts.includes(protocol))) return undefined;
  return { type: "IPCTNL_MSG_CT_DELETE", ...filterBody(filter) };
}
