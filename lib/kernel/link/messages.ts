import type { Decoded, Message, Plain } from "../../native.js";
import { describeTarget, type Scope } from "../scope.js";
import { linkKinds } from "./index.js";
import type {
  AddrGenMode,
  Link,
  LinkChanges,
  LinkSpec,
  LinkStatistics,
  LinkTarget,
} from "./types.js";

/** An earlier answer's number, for messages of one job. @internal */
export type Earlier = (message: number, field: "index" | "link") => Plain;

const upFlag = ["up"] as const;
const noFlags = [] as const;

/**
 * The messages that make the link: the first makes it and is echoed, the rest names it by the
 * index in that echo, never by a name that somebody else's link may have.
 * @internal
 */
export function linkAddMessages(spec: LinkSpec, scope: Scope, earlier: Earlier): Message[] {
  const late = spec.addrGenMode !== undefined && spec.up === true;
  const up = spec.up === true && !late ? upFlag : undefined;
  const create: Message = {
    type: "RTM_NEWLINK",
    flags: ["create", "excl", "echo"],
    header: { index: spec.index, flags: up, change: up },
    attributes: {
      ifname: spec.name,
      address: spec.address,
      mtu: spec.mtu,
      master: spec.master === undefined ? undefined : scope.target(spec.master, "master"),
      group: spec.group,
      txqlen: spec.txQueueLength,
      num_tx_queues: spec.txQueues,
      num_rx_queues: spec.rxQueues,
      linkinfo: { kind: spec.kind, data: encodeData(spec, scope) },
    },
  };
  const messages = [create];
  const index = () => earlier(0, "index");
  if (spec.addrGenMode !== undefined) messages.push(genModeMessage(index(), spec.addrGenMode));
  if (late) {
    messages.push({
      type: "RTM_SETLINK",
      header: { index: index(), flags: upFlag, change: upFlag },
    });
  }
  if (spec.altnames !== undefined && spec.altnames.length > 0) {
    messages.push(altnameMessage(index(), spec.altnames));
  }
  return messages;
}

function encodeData(spec: LinkSpec, scope: Scope): Message["attributes"] {
  switch (spec.kind) {
    case "bridge":
      return linkKinds.bridge.encode(spec);
    case "veth":
      return linkKinds.veth.encode(spec, scope);
    default:
      return spec satisfies never;
  }
}

// IFLA_AF_SPEC is refused in the message that makes a link, and comes after IFF_UP in one that
// changes it (do_setlink() in net/core/rtnetlink.c): a message of its own, before the link goes up.
function genModeMessage(index: Plain, mode: AddrGenMode): Message {
  return {
    type: "RTM_SETLINK",
    header: { index },
    attributes: { af_spec: { inet6: { addr_gen_mode: mode } } },
  };
}

/** Inside RTM_NEWLINK altnames are silently ignored: a message of their own. @internal */
export function altnameMessage(index: Plain, altnames: readonly string[]): Message {
  return {
    type: "RTM_NEWLINKPROP",
    flags: ["create", "excl", "append"],
    header: { index },
    attributes: { prop_list: { alt_ifname: altnames } },
  };
}

/** @internal */
export function linkSetMessages(index: Plain, changes: LinkChanges, scope: Scope): Message[] {
  const { master } = changes;
  const set: Message = {
    type: "RTM_SETLINK",
    header: {
      index,
      flags: changes.up === undefined ? undefined : changes.up ? upFlag : noFlags,
      change: changes.up === undefined ? undefined : upFlag,
    },
    attributes: {
      ifname: changes.name,
      address: changes.address,
      mtu: changes.mtu,
      group: changes.group,
      txqlen: changes.txQueueLength,
      master: master === null ? 0 : master && scope.target(master, "master"),
    },
  };
  if (changes.addrGenMode === undefined) return [set];
  const { addrGenMode, ...others } = changes;
  const first = genModeMessage(index, addrGenMode);
  return Object.keys(others).length === 0 ? [first] : [first, set];
}

/** @internal */
export function linkGetMessage(target: string | number): Message {
  const attributes = { ext_mask: ["skip_stats"] };
  if (typeof target === "number") {
    return { type: "RTM_GETLINK", header: { index: target }, attributes };
  }
  const key = Buffer.byteLength(target) <= 15 ? "ifname" : "alt_ifname";
  return { type: "RTM_GETLINK", attributes: { ...attributes, [key]: target } };
}

/** @internal */
export function linkListMessage(master?: Plain, kind?: string): Message {
  return {
    type: "RTM_GETLINK",
    flags: ["dump"],
    attributes: {
      ext_mask: ["skip_stats"],
      master,
      linkinfo: kind === undefined ? undefined : { kind },
    },
  };
}

/** @internal */
export function linkRemoval(target: LinkTarget, scope: Scope): Message {
  return {
    type: "RTM_DELLINK",
    flags: ["ack", "echo"],
    header: { index: scope.target(target, "link") },
  };
}

interface LinkAttributes {
  readonly ifname: string;
  readonly prop_list?: { readonly alt_ifname?: readonly string[] };
  readonly linkinfo?: { readonly kind?: string; readonly data?: Readonly<Record<string, unknown>> };
  readonly address?: string;
  readonly mtu: number;
  readonly operstate: string;
  readonly master?: number;
  readonly link?: number;
  readonly link_netnsid?: number;
  readonly group?: number;
  readonly num_tx_queues?: number;
  readonly num_rx_queues?: number;
  readonly af_spec?: { readonly inet6?: { readonly addr_gen_mode?: AddrGenMode } };
  readonly stats64: LinkStatistics;
}

/** @internal */
export function decodeLink({ header, attributes }: Decoded): Link {
  const a = attributes as unknown as LinkAttributes;
  const { index, flags } = header as { index: number; flags: readonly string[] };
  const kind = a.linkinfo?.kind;
  const known = Object.hasOwn(linkKinds, kind ?? "") ? linkKinds[kind as LinkSpec["kind"]] : null;
  return {
    index,
    name: a.ifname,
    altnames: a.prop_list?.alt_ifname ?? [],
    kind,
    address: a.address,
    mtu: a.mtu,
    up: flags.includes("up"),
    operstate: a.operstate,
    flags,
    master: a.master,
    link: a.link,
    linkNetnsid: a.link_netnsid,
    group: a.group ?? 0,
    txQueues: a.num_tx_queues ?? 1,
    rxQueues: a.num_rx_queues ?? 1,
    addrGenMode: a.af_spec?.inet6?.addr_gen_mode,
    statistics: a.stats64,
    ...known?.decode(a.linkinfo?.data ?? {}),
  };
}

/** @internal "add veth v1", for messages. */
export function describeLink(spec: LinkSpec): string {
  return `${spec.kind} ${describeTarget(spec.name)}`;
}
