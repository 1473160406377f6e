import { closeSync } from "node:fs";
import { messageOf } from "../errors.js";
import { addon, type Message } from "../native.js";
import { addressListMessage } from "./address/messages.js";
import type { Channel } from "./channel.js";
import { listMessage } from "./conntrack/filter.js";
import { addMessage } from "./conntrack/messages.js";
import { kernelFiltersDeletions } from "./conntrack/probe.js";
import type { FlowSpec } from "./conntrack/types.js";
import { linkKinds } from "./link/index.js";
import { altnameMessage } from "./link/messages.js";
import type { LinkSpec } from "./link/types.js";
import { Namespace } from "./namespace.js";
import { channelOf } from "./registry.js";
import { requireDscp } from "./rule/dscp.js";
import { sysctlPath } from "./sysctl.js";

/** One answer of {@link features}. */
export interface Feature {
  readonly available: boolean;
  /** Where it is not available: the kernel's words. */
  readonly reason: string | undefined;
  /** The first Linux that has it, where its configuration lets it: `"6.2"`. */
  readonly since: string;
}

/** What {@link features} tries, in alphabetical order. */
export type FeatureName =
  | "address-protocol"
  | "altnames"
  | "conntrack"
  | "conntrack-filter"
  | "conntrack-filter-delete"
  | "delete-by-group"
  | "echo"
  | "force-forwarding"
  | "ipv6"
  | "monitor-all-namespaces"
  | "netns-cookie"
  | "nft"
  | "nft-owner"
  | "nft-persist"
  | "rule-dscp"
  | "strict-dump"
  | "tun"
  | LinkFeature;

type LinkFeature = `link:${Kind}`;
type Kind = Exclude<LinkSpec["kind"], "tap" | "tun">;

/** By name; `console.table` shows it as a table. */
export type Features = Readonly<Record<FeatureName, Feature>>;

/** Resolves where the feature is there; rejects with the reason where it is not. */
interface Probe {
  readonly since: string;
  /** @param lab An empty namespace of its own. @param own The one that was asked about. */
  readonly run: (lab: Channel, own: Channel) => Promise<unknown>;
}

const probes: Readonly<Record<Exclude<FeatureName, LinkFeature>, Probe>> = {
  "address-protocol": { since: "5.18", run: keepsProtocol },
  altnames: { since: "5.5", run: (lab) => lab.request(altnameMessage(1, ["vethwork-probe"])) },
  conntrack: { since: "2.6.18", run: (_, own) => own.request({ type: "IPCTNL_MSG_CT_GET_STATS" }) },
  "conntrack-filter": { since: "5.8", run: filtersFlows },
  "conntrack-filter-delete": { since: "6.8", run: filtersDeletions },
  "delete-by-group": { since: "4.1", run: deletesByGroup },
  echo: { since: "6.2", run: echoesLinks },
  "force-forwarding": { since: "6.17", run: has("net.ipv6.conf.all.force_forwarding") },
  ipv6: { since: "2.2", run: has("net.ipv6.conf.all.disable_ipv6") },
  "monitor-all-namespaces": { since: "4.2", run: listensToAll },
  // Without it there is no Namespace to ask.
  "netns-cookie": { since: "5.14", run: () => Promise.resolve() },
  nft: { since: "3.13", run: (_, own) => own.request({ type: "NFT_MSG_GETGEN" }) },
  "nft-owner": { since: "5.12", run: (lab) => newTable(lab, ["owner"]) },
  "nft-persist": { since: "6.9", run: (lab) => newTable(lab, ["owner", "persist"]) },
  "rule-dscp": { since: "6.13", run: (lab) => requireDscp(lab, "probe") },
  "strict-dump": { since: "4.20", run: dumpsStrictly },
  tun: { since: "2.4", run: opensTun },
};

/**
 * Tries what this kernel can do and these rights allow. What has to make something makes it in a
 * namespace of its own, which is gone afterwards; modules that the kernel loads for it stay loaded.
 *
 * @param namespace Whose sysctls and tables are asked after.
 * @throws {CnmError} `ERR_CNM_CLOSED`.
 */
export async function features(namespace: Namespace): Promise<Features> {
  const own = channelOf(namespace);
  own.assertOpen("features");
  const all = Object.entries(allProbes());
  const lab = await Namespace.create().catch((error: unknown) => messageOf(error));
  if (typeof lab === "string") return tell(all.map(([name, probe]) => [name, no(probe, lab)]));
  try {
    const answers = all.map(async ([name, probe]) => {
      const answer = await tried(probe, channelOf(lab), own);
      return [name, answer] as const;
    });
    return tell(await Promise.all(answers));
  } finally {
    await lab.delete();
  }
}

function tell(answers: readonly (readonly [string, Feature])[]): Features {
  const sorted = [...answers].sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted) as Features;
}

function allProbes(): Readonly<Record<string, Probe>> {
  const kinds = Object.keys(linkKinds) as readonly Kind[];
  const links = kinds.map((kind) => [`link:${kind}`, knowsLink(kind)] as const);
  return { ...probes, ...Object.fromEntries(links) };
}

async function tried(probe: Probe, lab: Channel, own: Channel): Promise<Feature> {
  try {
    await probe.run(lab, own);
    return { available: true, reason: undefined, since: probe.since };
  } catch (error) {
    return no(probe, messageOf(error));
  }
}

function no({ since }: Probe, reason: string): Feature {
  return { available: false, reason, since };
}

function has(sysctl: string): Probe["run"] {
  return (_, own) => own.run([{ do: "sysctl", in: 0, path: sysctlPath(sysctl) }]);
}

/** When the kinds came that are not as old as rtnetlink's own making of links (2.6.24). */
const kindSince: Readonly<Record<string, string>> = {
  geneve: "4.2",
  ipvlan: "3.19",
  macsec: "4.6",
  netkit: "6.7",
  vrf: "4.3",
  vxlan: "3.7",
  wireguard: "5.6",
};

function knowsLink(kind: Kind): Probe {
  const message: Message = {
    type: "RTM_NEWLINK",
    flags: ["create", "excl"],
    attributes: { linkinfo: { kind } },
  };
  return {
    since: kindSince[kind] ?? "2.6.24",
    run: async (lab) => {
      try {
        await lab.request(message);
      } catch (error) {
        // It is known: it asks for options that are not there.
        const { code, extack } = error as { code?: string; extack?: string };
        if (code === "EPERM" || extack === "Unknown device type") throw error;
      }
    },
  };
}

// Older kernels take no notice of the attribute (IFA_PROTO).
async function keepsProtocol(lab: Channel): Promise<void> {
  const local = "127.0.0.77";
  await lab.request({
    type: "RTM_NEWADDR",
    flags: ["create", "excl"],
    header: { family: "inet", prefixlen: 32, index: 1 },
    attributes: { local, address: local, proto: 7 },
  });
  const all = await lab.dump(addressListMessage("inet"));
  const found = all.find(({ attributes }) => attributes["local"] === local);
  if (found?.attributes["proto"] !== 7) throw new Error("the kernel does not keep it");
}

async function echoesLinks(lab: Channel): Promise<void> {
  const replies = await lab.request({
    type: "RTM_NEWLINK",
    flags: ["create", "excl", "echo"],
    attributes: { linkinfo: { kind: "bridge" } }, // without a name nobody looks it up for us
  });
  if (replies.length === 0) throw new Error("the kernel did not echo the link that it made");
}

async function deletesByGroup(lab: Channel): Promise<void> {
  try {
    await lab.request({ type: "RTM_DELLINK", attributes: { group: 0x7fff_0001 } });
  } catch (error) {
    if ((error as { code?: string }).code !== "ENODEV") throw error; // nobody is in that group
  }
}

async function opensTun(lab: Channel): Promise<void> {
  const results = await lab.run([{ do: "tun", in: 0, type: "tun" }]);
  closeSync((results.at(0) as { fd: number }).fd);
}

async function dumpsStrictly(lab: Channel): Promise<void> {
  try {
    await lab.dump({ type: "RTM_GETLINK", flags: ["dump"], header: { index: 1 } });
  } catch (error) {
    if ((error as { code?: string }).code === "EINVAL") return; // no field that a dump may have
    throw error;
  }
  throw new Error("the kernel takes no notice of what is wrong in a request for a dump");
}

async function listensToAll(lab: Channel): Promise<void> {
  const feed = new (addon().Feed)();
  try {
    await lab.run([{ do: "subscribe", in: 0, feed: feed.id, groups: ["RTNLGRP_LINK"], all: true }]);
  } finally {
    feed.close();
  }
}

async function newTable(lab: Channel, flags: readonly string[]): Promise<void> {
  const message: Message = {
    type: "NFT_MSG_NEWTABLE",
    flags: ["create"],
    header: { family: "inet" },
    attributes: { name: `vethwork-${flags.join("-")}`, flags },
  };
  await lab.run([{ do: "transaction", in: 0, messages: [message] }]);
}

async function filtersFlows(lab: Channel): Promise<void> {
  const original = { source: "192.0.2.1", destination: "192.0.2.2", protocol: "udp" } as const;
  const flow = (sourcePort: number): FlowSpec => ({
    original: { ...original, sourcePort, destinationPort: 2 },
    timeoutS: 60,
  });
  for (const port of [3, 4]) await lab.request(addMessage(flow(port)));
  const found = await lab.dump(
    listMessage({ family: "inet", protocol: "udp", original: { sourcePort: 3 } }),
  );
  if (found.length !== 1) throw new Error("the kernel takes no notice of the filter");
}

async function filtersDeletions(): Promise<void> {
  if (await kernelFiltersDeletions()) return;
  throw new Error("the kernel deletes other flows than those that the filter matches");
}
