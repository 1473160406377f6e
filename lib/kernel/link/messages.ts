import type { Message, NamespaceReference, Plain } from "../../native.js";
import { describeTarget, type Scope } from "../scope.js";
import type { Data } from "./fields.js";
import { linkKinds } from "./index.js";
import type { LinkKind, MessageSpec, SpecOf } from "./kind.js";
import { encodePort } from "./bridge-port.js";
import type { AddrGenMode, LinkChanges, LinkSettings, LinkSpec, LinkTarget } from "./types.js";

type Kind = MessageSpec["kind"];
const kinds: { readonly [K in Kind]: LinkKind<K> } = linkKinds;

const up = ["up"] as const;

/** What makes a link: the first message makes it, the others are sent where it lives. @internal */
export interface LinkAddition {
  readonly create: Message;
  /** @param index Stands for the link's index. */
  readonly rest: (index: Plain) => readonly Message[];
}

/**
 * The messages that make the link. The first is echoed; the rest names the link by the index in
 * that echo, never by a name that somebody else's link may have.
 *
 * @param elsewhere The namespace that it is made in, where that is another: nothing is echoed then.
 * @internal
 */
export function linkAddMessages(
  spec: MessageSpec,
  scope: Scope,
  elsewhere?: NamespaceReference,
): LinkAddition {
  const { addrGenMode, master, altnames = [], bridgePort } = spec;
  // What a link is to be before it goes up has to come before.
  const late = spec.up === true && addrGenMode !== undefined;
  const { flags, change } = flagsOf(late ? { ...spec, up: undefined } : spec);
  const named = master === undefined ? undefined : scope.target(master, "master");
  const here = elsewhere === undefined;
  const create: Message = {
    type: "RTM_NEWLINK",
    flags: here ? ["create", "excl", "echo"] : ["create", "excl"],
    header: { index: spec.index, flags, change },
    attributes: {
      ifname: spec.name,
      ...settingsOf(spec),
      master: here ? named : undefined,
      num_tx_queues: spec.txQueues,
      num_rx_queues: spec.rxQueues,
      net_ns_fd: elsewhere && { ...elsewhere },
      ...besideData(spec.kind, spec, scope),
      linkinfo: { kind: spec.kind, data: dataOf(spec.kind, spec, scope) },
    },
  };
  const rest = (index: Plain) => {
    const messages: Message[] = [];
    if (addrGenMode !== undefined) messages.push(genModeMessage(index, addrGenMode));
    if (!here && named !== undefined) messages.push(setMessage(index, { master: named }));
    if (spec.alias !== undefined) messages.push(setMessage(index, { ifalias: spec.alias }));
    if (late) messages.push({ type: "RTM_SETLINK", header: { index, flags: up, change: up } });
    if (altnames.length > 0) messages.push(altnameMessage(index, altnames));
    if (bridgePort !== undefined) messages.push(infoMessage(index, encodePort(bridgePort, scope)));
    return messages;
  };
  return { create, rest };
}

function dataOf<K extends Kind>(kind: K, spec: SpecOf<K>, scope: Scope): Data | undefined {
  return kinds[kind].encode(spec, scope);
}

function besideData<K extends Kind>(kind: K, spec: SpecOf<K>, scope: Scope): Data | undefined {
  return kinds[kind].attributes?.(spec, scope);
}

// Both what RTM_NEWLINK and what RTM_SETLINK takes.
function settingsOf(settings: LinkSettings): Data {
  return {
    address: settings.address,
    mtu: settings.mtu,
    group: settings.group,
    txqlen: settings.txQueueLength,
    gso_max_size: settings.gsoMaxSize,
    gso_max_segs: settings.gsoMaxSegments,
    gro_max_size: settings.groMaxSize,
    gso_ipv4_max_size: settings.gsoIpv4MaxSize,
    gro_ipv4_max_size: settings.groIpv4MaxSize,
  };
}

interface Switches {
  readonly up?: boolean | undefined;
  readonly arp?: boolean;
  readonly multicast?: boolean;
  readonly allMulticast?: boolean;
  readonly promiscuous?: boolean;
}

function flagsOf({ up, arp, multicast, allMulticast, promiscuous }: Switches) {
  const flags: string[] = [];
  const change: string[] = [];
  const turn = (flag: string, on: boolean | undefined) => {
    if (on === undefined) return;
    change.push(flag);
    if (on) flags.push(flag);
  };
  turn("up", up);
  turn("noarp", arp === undefined ? undefined : !arp);
  turn("multicast", multicast);
  turn("allmulti", allMulticast);
  turn("promisc", promiscuous);
  return change.length > 0 ? { flags, change } : { flags: undefined, change: undefined };
}

// IFLA_AF_SPEC is refused in the message that makes a link, and comes after IFF_UP in one that
// changes it (do_setlink() in net/core/rtnetlink.c): a message of its own, before the link goes up.
function genModeMessage(index: Plain, mode: AddrGenMode): Message {
  return setMessage(index, { af_spec: { inet6: { addr_gen_mode: mode } } });
}

function setMessage(index: Plain, attributes: Data): Message {
  return { type: "RTM_SETLINK", header: { index }, attributes };
}

// IFLA_INFO_DATA and IFLA_INFO_SLAVE_DATA are read in RTM_NEWLINK alone. Without NLM_F_CREATE it
// makes no link.
function infoMessage(index: Plain, linkinfo: Data): Message {
  return { type: "RTM_NEWLINK", header: { index }, attributes: { linkinfo } };
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
export function altnameRemoval(index: Plain, altname: string): Message {
  return {
    type: "RTM_DELLINKPROP",
    header: { index },
    attributes: { prop_list: { alt_ifname: [altname] } },
  };
}

/** @internal */
export function linkSetMessages(index: Plain, changes: LinkChanges, scope: Scope): Message[] {
  const messages = settingMessages(index, changes, scope);
  return messages.length > 0 ? messages : [setMessage(index, {})]; // is there such a link?
}

/** The same, and none where there are no changes. @internal */
export function settingMessages(index: Plain, changes: LinkChanges, scope: Scope): Message[] {
  const { master, addrGenMode, bridgePort, name, alias } = changes;
  const messages: Message[] = [];
  if (addrGenMode !== undefined) messages.push(genModeMessage(index, addrGenMode));
  const { flags, change } = flagsOf(changes);
  const attributes: Data = {
    ifname: name,
    ...settingsOf(changes),
    ifalias: alias,
    master: master === null ? 0 : master && scope.target(master, "master"),
  };
  const set: Message = { type: "RTM_SETLINK", header: { index, flags, change }, attributes };
  if (change !== undefined || isAnyGiven(attributes)) messages.push(set);
  for (const key of Object.keys(changes)) {
    if (isKind(key)) messages.push(detailMessage(index, key, changes, scope));
  }
  if (bridgePort !== undefined) messages.push(infoMessage(index, encodePort(bridgePort, scope)));
  return messages;
}

function isAnyGiven(data: Data): boolean {
  for (const key in data) if (data[key] !== undefined) return true;
  return false;
}

function detailMessage(index: Plain, key: Kind, changes: LinkChanges, scope: Scope): Message {
  const given = (changes as Readonly<Record<string, object>>)[key] ?? {};
  const kind: Pick<LinkKind, "change"> = kinds[key];
  return infoMessage(index, { kind: key, data: kind.change?.(given, scope) });
}

function isKind(key: string): key is Kind {
  return Object.hasOwn(kinds, key);
}

/** @internal */
export function linkGetMessage(target: Plain): Message {
  const attributes = { ext_mask: ["skip_stats"] };
  if (typeof target !== "string") {
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

/** One link's, or with 0 and as a dump everybody's. @internal */
export function statisticsMessage(index: Plain): Message {
  return {
    type: "RTM_GETSTATS",
    ...(index === 0 && { flags: ["dump"] }),
    header: { index, filter_mask: ["link_64"] },
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

/** @internal */
export function groupRemoval(group: number): Message {
  return { type: "RTM_DELLINK", flags: ["ack"], attributes: { group } };
}

/** @internal "add veth v1", for messages. */
export function describeLink(spec: LinkSpec): string {
  return `${spec.kind} ${describeTarget(spec.name)}`;
}
