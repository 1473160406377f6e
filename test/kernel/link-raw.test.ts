import type { Link, LinkChanges, LinkSpec, Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { skipFor, type Need } from "../support/needs.js";
import { newNetns } from "../support/netns.js";
import { creationFlags, exchange, requestFlags } from "../support/raw.js";
import { takeApart, type Wire } from "../support/wire.js";

// What ip(8) of Debian 12 has no words for: kinds of links and options that are younger than it. As in
// link-matrix.test.ts, made by us and made by others; here the others speak netlink in Python, and what the kernel
// says is compared by numbers of include/uapi/linux/if_link.h, written down by hand.

interface Row {
  readonly needs: readonly Need[];
  /** The link `x`, without its name. There is a bridge `br`, index 2. */
  readonly ours: Omit<LinkSpec, "name"> & Readonly<Record<string, unknown>>;
  /** Attributes by path, in hex. */
  readonly made: Wire["attributes"];
  /** What of it the kernel has to show. */
  readonly seen: Wire["attributes"];
  /** Name and path of one that not every kernel has: shown by none that has it not, whoever made the link. */
  readonly youngest?: readonly [name: string, path: string];
  readonly shows: Partial<Link>;
  readonly change?: {
    readonly ours: LinkChanges;
    readonly seen: Wire["attributes"];
    readonly shows: Partial<Link>;
  };
}

const nests = { "18": 0, "18.2": 0, "18.5": 0 }; // IFLA_LINKINFO, its INFO_DATA and INFO_SLAVE_DATA
const infoSize = 16; // struct ifinfomsg
const messages = { newLink: 16, getLink: 18 }; // RTM_*
const hexOf = (text: string) => Buffer.from(text).toString("hex");
const kind = (name: string) => ({ "18.1": hexOf(name) }); // IFLA_INFO_KIND
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes.toString("hex");
};

/** IFLA_IFNAME of the other end, as a message of its own within IFLA_NETKIT_PEER_INFO or VETH_INFO_PEER. */
const peer = { "18.2.1.header": "00".repeat(infoSize), "18.2.1.3": hexOf("y\0") };
const veth = { ...kind("veth"), ...peer };

const port = (attributes: Wire["attributes"]) => ({ "18.4": hexOf("bridge"), ...attributes });

const rows: Readonly<Record<string, Row>> = {
  "netkit: mode, policies": {
    needs: ["link:netkit"],
    ours: {
      kind: "netkit",
      mode: "l2",
      policy: "blackhole",
      peerPolicy: "forward",
      peer: { name: "y" },
    },
    made: {
      ...kind("netkit"),
      ...peer,
      "18.2.3": u32(2), // IFLA_NETKIT_POLICY: NETKIT_DROP
      "18.2.4": u32(0), // IFLA_NETKIT_PEER_POLICY: NETKIT_PASS
      "18.2.5": u32(0), // IFLA_NETKIT_MODE: NETKIT_L2
    },
    seen: { "18.2.2": "01", "18.2.3": u32(2), "18.2.4": u32(0), "18.2.5": u32(0) },
    shows: {
      kind: "netkit",
      netkit: { primary: true, mode: "l2", policy: "blackhole", peerPolicy: "forward" },
    },
    change: {
      ours: { netkit: { policy: "forward", peerPolicy: "blackhole" } },
      seen: { "18.2.3": u32(0), "18.2.4": u32(2) },
      shows: { netkit: { policy: "forward", peerPolicy: "blackhole" } },
    },
  },
  "netkit: scrubbing": {
    needs: ["link:netkit"],
    ours: { kind: "netkit", scrub: "none", peerScrub: "default", peer: { name: "y" } },
    made: {
      ...kind("netkit"),
      ...peer,
      "18.2.6": u32(0), // IFLA_NETKIT_SCRUB: NETKIT_SCRUB_NONE
      "18.2.7": u32(1), // IFLA_NETKIT_PEER_SCRUB: NETKIT_SCRUB_DEFAULT
    },
    seen: { "18.2.5": u32(1), "18.2.6": u32(0), "18.2.7": u32(1) },
    youngest: ["IFLA_NETKIT_SCRUB", "18.2.6"],
    shows: { netkit: { mode: "l3", scrub: "none", peerScrub: "default" } },
  },
  "bridge: how many addresses it learns": {
    needs: ["link:bridge"],
    ours: { kind: "bridge", fdbMaxLearned: 99 },
    made: { ...kind("bridge"), "18.2.49": u32(99) }, // IFLA_BR_FDB_MAX_LEARNED
    seen: { "18.2.48": u32(0), "18.2.49": u32(99) },
    youngest: ["IFLA_BR_FDB_MAX_LEARNED", "18.2.49"],
    shows: { bridge: { fdbMaxLearned: 99, fdbLearned: 0 } },
    change: {
      ours: { bridge: { fdbMaxLearned: 7 } },
      seen: { "18.2.49": u32(7) },
      shows: { bridge: { fdbMaxLearned: 7 } },
    },
  },
  "bridge: multiple spanning trees": {
    needs: ["link:bridge", "bridge-vlan"],
    ours: { kind: "bridge", vlanFiltering: true, vlanDefaultPvid: 0, mst: true },
    made: {
      ...kind("bridge"),
      "18.2.7": "01", // IFLA_BR_VLAN_FILTERING
      "18.2.39": "0000", // IFLA_BR_VLAN_DEFAULT_PVID
      "18.2.46": u32(4) + u32(4), // IFLA_BR_MULTI_BOOLOPT: 1 << BR_BOOLOPT_MST_ENABLE, value and mask
    },
    seen: { "18.2.7": "01", "18.2.39": "0000" },
    shows: { bridge: { vlanFiltering: true, vlanDefaultPvid: 0, mst: true } },
    change: {
      ours: { bridge: { mst: false } },
      seen: {},
      shows: { bridge: { mst: false } },
    },
  },
  "port: learning as locked": {
    needs: ["link:bridge", "link:veth"],
    ours: {
      kind: "veth",
      master: "br",
      peer: { name: "y" },
      bridgePort: { locked: true, learning: true, mab: true },
    },
    made: { ...veth, "10": u32(2), ...port({ "18.5.39": "01", "18.5.8": "01", "18.5.40": "01" }) },
    seen: { "18.5.39": "01", "18.5.40": "01" }, // IFLA_BRPORT_LOCKED, IFLA_BRPORT_MAB
    youngest: ["IFLA_BRPORT_MAB", "18.5.40"],
    shows: { bridgePort: { locked: true, learning: true, mab: true } },
  },
  "port: hosts": {
    needs: ["link:bridge", "link:veth"],
    ours: {
      kind: "veth",
      master: "br",
      peer: { name: "y" },
      bridgePort: { multicastEhtHostsLimit: 77 },
    },
    made: { ...veth, "10": u32(2), ...port({ "18.5.37": u32(77) }) },
    seen: { "18.5.37": u32(77), "18.5.38": u32(0) }, // IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT, _CNT
    shows: { bridgePort: { multicastEhtHostsLimit: 77, multicastEhtHosts: 0 } },
  },
  "port: groups": {
    needs: ["link:bridge", "link:veth"],
    ours: {
      kind: "veth",
      master: "br",
      peer: { name: "y" },
      bridgePort: { multicastMaxGroups: 88 },
    },
    made: { ...veth, "10": u32(2), ...port({ "18.5.42": u32(88) }) },
    seen: { "18.5.41": u32(0), "18.5.42": u32(88) }, // IFLA_BRPORT_MCAST_N_GROUPS, _MAX_GROUPS
    youngest: ["IFLA_BRPORT_MCAST_MAX_GROUPS", "18.5.42"],
    shows: { bridgePort: { multicastGroups: 0, multicastMaxGroups: 88 } },
  },
  "port: neighbours, a nexthop": {
    needs: ["link:bridge", "link:veth"],
    ours: {
      kind: "veth",
      master: "br",
      peer: { name: "y" },
      bridgePort: { neighVlanSuppress: true, backupNexthop: 5 },
    },
    made: { ...veth, "10": u32(2), ...port({ "18.5.43": "01", "18.5.44": u32(5) }) },
    seen: { "18.5.43": "01", "18.5.44": u32(5) }, // IFLA_BRPORT_NEIGH_VLAN_SUPPRESS, _BACKUP_NHID
    youngest: ["IFLA_BRPORT_BACKUP_NHID", "18.5.44"],
    shows: { bridgePort: { neighVlanSuppress: true, backupNexthop: 5 } },
  },
  "vxlan: no shortcut between local ones": {
    needs: ["link:vxlan"],
    ours: { kind: "vxlan", id: 42, port: 4789, localBypass: false },
    made: {
      ...kind("vxlan"),
      "18.2.1": u32(42), // IFLA_VXLAN_ID
      "18.2.15": "12b5", // IFLA_VXLAN_PORT, in network order
      "18.2.31": "00", // IFLA_VXLAN_LOCALBYPASS
    },
    seen: { "18.2.31": "00" },
    youngest: ["IFLA_VXLAN_LOCALBYPASS", "18.2.31"],
    shows: { vxlan: { id: 42, localBypass: false } },
  },
  "vxlan: checksums not in part": {
    needs: ["link:vxlan"],
    ours: { kind: "vxlan", id: 42, port: 4789, remoteChecksumNoPartial: true },
    made: {
      ...kind("vxlan"),
      "18.2.1": u32(42),
      "18.2.15": "12b5",
      "18.2.24": "", // IFLA_VXLAN_REMCSUM_NOPARTIAL
    },
    seen: { "18.2.24": "" },
    shows: { vxlan: { id: 42, remoteChecksumNoPartial: true } },
  },
  "macvlan: when broadcasts are not queued": {
    needs: ["link:macvlan"],
    ours: { kind: "macvlan", link: "br", mode: "bridge", broadcastCutoff: 9 },
    made: {
      "5": u32(2), // IFLA_LINK
      ...kind("macvlan"),
      "18.2.1": u32(4), // IFLA_MACVLAN_MODE: MACVLAN_MODE_BRIDGE
      "18.2.9": u32(9), // IFLA_MACVLAN_BC_CUTOFF
    },
    seen: { "18.2.9": u32(9) },
    youngest: ["IFLA_MACVLAN_BC_CUTOFF", "18.2.9"],
    shows: { macvlan: { mode: "bridge", broadcastCutoff: 9 } },
  },
  "any link: packets of IPv4 that are cut up late": {
    needs: ["link:bridge"],
    ours: { kind: "bridge", gsoIpv4MaxSize: 30_000, groIpv4MaxSize: 20_000 },
    made: { ...kind("bridge"), "63": u32(30_000), "64": u32(20_000) }, // IFLA_GSO_, IFLA_GRO_IPV4_MAX_SIZE
    seen: { "63": u32(30_000), "64": u32(20_000) },
    youngest: ["IFLA_GSO_IPV4_MAX_SIZE", "63"],
    shows: { gsoIpv4MaxSize: 30_000, groIpv4MaxSize: 20_000 },
  },
};

describe("links beyond ip(8)", function () {
  for (const [what, row] of Object.entries(rows)) {
    it(`are made by us as by others, and read: ${what}`, async function () {
      await using theirs = await withBridge(this, row.needs);
      await using us = await withBridge(this, []);

      await makeRaw(theirs, row.made);
      const raw = await readRaw(theirs);
      const [name, path = ""] = row.youngest ?? [];
      if (name !== undefined && raw[path] === undefined) {
        skipFor(this, `attribute:${name}`, "the kernel does not show it");
      }
      await us.links.add({ name: "x", ...row.ours } as unknown as LinkSpec);

      expect(raw).to.include(row.seen);
      expect(await readRaw(us)).to.include(row.seen);
      for (const netns of [us, theirs]) expectShown(await netns.links.get("x"), row.shows);
      if (row.change === undefined) return;
      await us.links.set("x", row.change.ours);
      expect(await readRaw(us)).to.include(row.change.seen);
      expectShown(await us.links.get("x"), row.change.shows);
    });
  }
});

async function withBridge(context: Context, needed: readonly Need[]): Promise<Namespace> {
  const all = ["program:python3", "link:bridge", ...needed] as const;
  const netns = await newNetns(context, ...all);
  await netns.links.add({ kind: "bridge", name: "br", index: 2 });
  return netns;
}

/** The kernel takes a master of a link that is there, and a port's options of one that has a master. */
async function makeRaw(netns: Namespace, made: Wire["attributes"]): Promise<void> {
  const name = { "3": hexOf("x\0") }; // IFLA_IFNAME
  const isOfPort = (path: string) => path === "10" || /^18\.[45]/.test(path);
  const steps = [
    pick(made, (path) => !isOfPort(path)),
    pick(made, (path) => path === "10"),
    pick(made, (path) => isOfPort(path) && path !== "10"),
  ].filter((attributes) => Object.keys(attributes).length > 0);
  const acknowledged = 0x4; // NLM_F_ACK
  const asked = steps.map((attributes, at) => ({
    type: messages.newLink,
    flags: (at === 0 ? creationFlags : requestFlags) & (at + 1 < steps.length ? ~acknowledged : ~0),
    header: "00".repeat(infoSize),
    attributes: { ...name, ...attributes },
  }));
  await exchange(netns, "route", ...asked);
}

function pick(all: Wire["attributes"], wanted: (path: string) => boolean): Wire["attributes"] {
  return Object.fromEntries(Object.entries(all).filter(([path]) => wanted(path)));
}

async function readRaw(netns: Namespace): Promise<Wire["attributes"]> {
  const [bytes] = await exchange(netns, "route", {
    type: messages.getLink,
    flags: requestFlags,
    header: "00".repeat(infoSize),
    attributes: { "3": hexOf("x\0") },
  });
  if (bytes === undefined) throw new Error("the kernel says nothing of the link");
  return takeApart(bytes, infoSize, nests).attributes;
}

/** Objects inside need to hold what is expected, and may hold more. */
function expectShown(link: Link, shows: Partial<Link>): void {
  for (const [key, value] of Object.entries(shows) as [keyof Link, unknown][]) {
    if (typeof value === "object") expect(link[key], key).to.deep.include(value);
    else expect(link[key], key).to.deep.equal(value);
  }
}
