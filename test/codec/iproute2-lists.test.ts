import { addon, type Message } from "#lib/native.js";
import { needs } from "../support/needs.js";
import { expectSame, sentBy, type Differences, type Subject } from "../support/sent.js";
import { add, messagesOf } from "./messages.js";

// Other eyes on what we send, as in iproute2.test.ts: more kinds of links, ends and lists.

// Numbers of include/uapi/linux/{if_link,if_addr,neighbour}.h, typed in anew on purpose.
const link: Subject = { fixed: 16, nests: { "18": 0, "18.2": 0 } };
const addresses: Subject = { fixed: 8, nests: {} };
const routes: Subject = { fixed: 12, nests: {} };
const neighbours: Subject = { fixed: 12, nests: {} };
const statistics: Subject = { fixed: 12, nests: {} };

interface Case {
  readonly subject: Subject;
  readonly words: string;
  readonly ours: readonly Message[];
  readonly differs?: Differences;
}

/** It sends the kind without its NUL. */
const kind = (name: string) => ({ attributes: { "18.1": Buffer.from(name).toString("hex") } });

const cases: Readonly<Record<string, Case>> = {
  "a dummy": {
    subject: link,
    words: "ip link add name d0 arp off promisc on type dummy",
    ours: await add({ kind: "dummy", name: "d0", arp: false, promiscuous: true }),
    differs: kind("dummy"),
  },
  "an ifb": {
    subject: link,
    words: "ip link add name i0 up type ifb",
    ours: await add({ kind: "ifb", name: "i0", up: true }),
    differs: kind("ifb"),
  },
  "a macvtap": {
    subject: link,
    words: "ip link add link lo name t0 type macvtap mode vepa",
    ours: await add({ kind: "macvtap", name: "t0", link: 1, mode: "vepa" }),
    differs: kind("macvtap"),
  },
  // The kernel need not have the module: the link is asked for all the same.
  "a WireGuard link": {
    subject: link,
    words: "ip link add name wg0 mtu 1420 type wireguard",
    ours: await add({ kind: "wireguard", name: "wg0", mtu: 1420 }),
    differs: kind("wireguard"),
  },
  "the end of an IPv4 address": {
    subject: addresses,
    words: "ip address delete 10.0.0.2/16 dev lo",
    ours: await messagesOf((namespace) =>
      namespace.addresses.delete({ link: 1, address: "10.0.0.2/16" }),
    ),
  },
  "the end of an IPv6 address": {
    subject: addresses,
    words: "ip address delete fd00::2/64 dev lo",
    ours: await messagesOf((namespace) =>
      namespace.addresses.delete({ link: 1, address: "fd00::2/64" }),
    ),
  },
  "the end of a neighbour": {
    subject: neighbours,
    words: "ip neighbour delete 10.0.0.9 dev lo",
    ours: await messagesOf((namespace) =>
      namespace.neighbours.delete({ link: 1, address: "10.0.0.9" }),
    ),
    differs: { header: "020000000100000080000000" }, // permanent: a state that no end needs
  },
  "the end of an entry of a bridge": {
    subject: neighbours,
    words: "bridge fdb delete 02:00:00:00:00:09 dev lo master vlan 10",
    ours: await messagesOf((namespace) =>
      namespace.fdb.delete({ link: 1, mac: "02:00:00:00:00:09", master: true, vlan: 10 }),
    ),
    differs: { header: "0700000001000000c0000400" }, // permanent and without ARP, as above
  },
  "the end of an entry of a VXLAN link": {
    subject: neighbours,
    words: "bridge fdb delete 02:00:00:00:00:09 dev lo dst 192.0.2.1",
    ours: await messagesOf((namespace) =>
      namespace.fdb.delete({ link: 1, mac: "02:00:00:00:00:09", dst: "192.0.2.1" }),
    ),
    differs: { header: "0700000001000000c0000200" },
  },
  "a list of a master's links": {
    subject: link,
    words: "ip link show master lo type veth",
    ours: await messagesOf((namespace) => namespace.links.list({ master: 1, kind: "veth" })),
    // Of AF_PACKET, which the kernel takes for any; with virtual functions. We do without statistics.
    differs: {
      header: "11000000000000000000000000000000",
      attributes: { ...kind("veth").attributes, "29": "01000000" },
    },
  },
  "a list of a link's addresses": {
    subject: addresses,
    words: "ip -6 address show dev lo",
    ours: await messagesOf((namespace) => namespace.addresses.list({ link: 1, family: "inet6" })),
  },
  "a list of a table's routes": {
    subject: routes,
    words: "ip -4 route show table 1000 dev lo",
    ours: await messagesOf((namespace) =>
      namespace.routes.list({ link: 1, family: "inet", table: 1000 }),
    ),
  },
  "a list of a link's neighbours": {
    subject: neighbours,
    words: "ip -4 neighbour show dev lo",
    ours: await messagesOf((namespace) => namespace.neighbours.list({ link: 1, family: "inet" })),
  },
  "a list of a bridge's entries": {
    subject: neighbours,
    words: "bridge fdb show br lo",
    ours: await messagesOf((namespace) => namespace.fdb.list({ master: 1 })),
  },
  "a list of VLANs": {
    subject: { fixed: 8, nests: {} },
    words: "bridge -d vlan show",
    ours: await messagesOf((namespace) => namespace.bridgeVlans.list()),
    differs: { more: ["1"] }, // flags of the list: none
  },
  "a link's statistics": {
    subject: statistics,
    words: "ip stats show dev lo group link",
    ours: await messagesOf((namespace) => namespace.links.statistics(1)),
  },
  "the statistics of all links": {
    subject: statistics,
    words: "ip stats show group link",
    ours: await messagesOf((namespace) => namespace.links.listStatistics()),
  },
  "a list of namespace ids": {
    subject: { fixed: 4, nests: {} },
    words: "ip netns list-id",
    ours: await messagesOf((namespace) => namespace.namespaceIds.list()),
  },
};

const typeOf = (message: Uint8Array) => Buffer.from(message).readUInt16LE(4);

describe("codec: what iproute2 sends for ends and lists", function () {
  for (const [what, { subject, words, ours, differs }] of Object.entries(cases)) {
    it(`is what we send for ${what}`, async function () {
      const [program = "", ...rest] = words.split(" ");
      needs(this, `program:${program}`, "program:unshare", "ptrace");

      const messages = await sentBy([program, ...rest]);

      const mine = ours.at(-1);
      const type = mine && typeOf(addon().encode(JSON.stringify(mine)));
      expectSame(messages.filter((each) => typeOf(each) === type).at(-1), mine, subject, differs);
    });
  }
});
