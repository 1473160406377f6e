import type { Link, LinkChanges, LinkSpec, Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import type { Need } from "../support/needs.js";
import { newNetns } from "../support/netns.js";
import { ip, type Seen } from "../support/other-eyes.js";
import { output } from "../support/run.js";

// Each kind of link with its options, made by us and made by ip(8): to ip(8) both look the same, and
// so they do to us. `shows` is what we have to read, written down by hand.

interface Row {
  readonly needs: readonly Need[];
  /** Without a name: it is `x`. There is a pair `below`, `beside`, and a bridge `br`. */
  readonly ours: Omit<LinkSpec, "name"> & Readonly<Record<string, unknown>>;
  /** `ip link` of each. */
  readonly theirs: readonly string[];
  readonly shows: Partial<Link>;
  /** The same of a change of it. */
  readonly change?: {
    readonly ours: LinkChanges;
    readonly theirs: readonly string[];
    readonly shows: Partial<Link>;
  };
}

const mac = "02:00:00:00:00:77";

const rows: Readonly<Record<string, Row>> = {
  "a link with what every link may have": {
    needs: ["link:ifb"],
    ours: {
      kind: "ifb",
      mtu: 1400,
      address: mac,
      group: 7,
      txQueueLength: 55,
      txQueues: 3,
      rxQueues: 2,
      gsoMaxSize: 30_000,
      gsoMaxSegments: 20,
      groMaxSize: 40_000,
      arp: false,
      multicast: true,
      allMulticast: true,
      promiscuous: true,
      alias: "what it is for",
      altnames: ["other.name", "third"],
      addrGenMode: "none",
      up: true,
    },
    theirs: [
      `add name x mtu 1400 address ${mac} group 7 txqueuelen 55 numtxqueues 3 numrxqueues 2 ` +
        "gso_max_size 30000 gso_max_segs 20 gro_max_size 40000 type ifb",
      "property add dev x altname other.name altname third",
      "set dev x arp off multicast on allmulticast on promisc on addrgenmode none",
      ["set dev x alias", "what it is for"].join("\t"),
      "set dev x up",
    ],
    shows: {
      mtu: 1400,
      address: mac,
      group: 7,
      txQueueLength: 55,
      txQueues: 3,
      rxQueues: 2,
      gsoMaxSize: 30_000,
      gsoMaxSegments: 20,
      groMaxSize: 40_000,
      promiscuity: 1,
      allMulticast: 1,
      alias: "what it is for",
      altnames: ["other.name", "third"],
      addrGenMode: "none",
      linkType: "ether",
      broadcast: "ff:ff:ff:ff:ff:ff",
      up: true,
      flags: [
        "up",
        "broadcast",
        "running",
        "noarp",
        "promisc",
        "allmulti",
        "multicast",
        "lower_up",
      ],
    },
    change: {
      ours: {
        mtu: 1300,
        group: 0,
        arp: true,
        multicast: false,
        allMulticast: false,
        promiscuous: false,
        gsoMaxSize: 20_000,
        gsoMaxSegments: 10,
        groMaxSize: 10_000,
        alias: "",
        up: false,
      },
      theirs: [
        "set dev x mtu 1300 group 0 arp on multicast off allmulticast off promisc off " +
          "gso_max_size 20000 gso_max_segs 10 gro_max_size 10000 down",
        "set dev x alias\t",
      ],
      shows: {
        mtu: 1300,
        group: 0,
        flags: ["broadcast"],
        gsoMaxSize: 20_000,
        gsoMaxSegments: 10,
        groMaxSize: 10_000,
        alias: undefined,
        promiscuity: 0,
      },
    },
  },
  "a bridge": {
    needs: ["link:bridge"],
    ours: {
      kind: "bridge",
      stp: true,
      forwardDelayMs: 4000,
      helloTimeMs: 1500,
      maxAgeMs: 10_000,
      ageingTimeMs: 123_000,
      priority: 100,
      groupForwardMask: 16_384,
      groupAddress: "01:80:c2:00:00:0e",
      multicastSnooping: false,
      multicastRouter: "permanent",
      multicastQueryUseAddress: true,
      multicastQuerier: true,
      multicastHashMax: 512,
      multicastLastMemberCount: 3,
      multicastStartupQueryCount: 4,
      multicastLastMemberIntervalMs: 1100,
      multicastMembershipIntervalMs: 250_000,
      multicastQuerierIntervalMs: 240_000,
      multicastQueryIntervalMs: 120_000,
      multicastQueryResponseIntervalMs: 9000,
      multicastStartupQueryIntervalMs: 30_000,
      multicastStatistics: true,
      multicastIgmpVersion: 3,
      multicastMldVersion: 2,
      nfCallIptables: true,
      nfCallIp6tables: true,
      nfCallArptables: true,
      noLinkLocalLearning: true,
    },
    theirs: [
      "add name x type bridge stp_state 1 forward_delay 400 hello_time 150 max_age 1000 " +
        "ageing_time 12300 priority 100 group_fwd_mask 16384 group_address 01:80:c2:00:00:0e " +
        "mcast_snooping 0 mcast_router 2 mcast_query_use_ifaddr 1 mcast_querier 1 " +
        "mcast_hash_max 512 mcast_last_member_count 3 mcast_startup_query_count 4 " +
        "mcast_last_member_interval 110 mcast_membership_interval 25000 " +
        "mcast_querier_interval 24000 mcast_query_interval 12000 " +
        "mcast_query_response_interval 900 mcast_startup_query_interval 3000 " +
        "mcast_stats_enabled 1 mcast_igmp_version 3 mcast_mld_version 2 nf_call_iptables 1 " +
        "nf_call_ip6tables 1 nf_call_arptables 1 no_linklocal_learn 1",
    ],
    shows: {
      bridge: {
        stp: true,
        forwardDelayMs: 4000,
        helloTimeMs: 1500,
        maxAgeMs: 10_000,
        ageingTimeMs: 123_000,
        priority: 100,
        vlanFiltering: false,
        groupForwardMask: 16_384,
        groupAddress: "01:80:c2:00:00:0e",
        multicastSnooping: false,
        multicastRouter: "permanent",
        multicastQueryUseAddress: true,
        multicastQuerier: true,
        multicastHashMax: 512,
        multicastHashElasticity: 16,
        multicastLastMemberCount: 3,
        multicastStartupQueryCount: 4,
        multicastLastMemberIntervalMs: 1100,
        multicastMembershipIntervalMs: 250_000,
        multicastQuerierIntervalMs: 240_000,
        multicastQueryIntervalMs: 120_000,
        multicastQueryResponseIntervalMs: 9000,
        multicastStartupQueryIntervalMs: 30_000,
        multicastStatistics: true,
        multicastIgmpVersion: 3,
        multicastMldVersion: 2,
        nfCallIptables: true,
        nfCallIp6tables: true,
        nfCallArptables: true,
        noLinkLocalLearning: true,
        multicastVlanSnooping: false,
        rootPort: 0,
        topologyChange: false,
      },
    },
    change: {
      ours: { bridge: { priority: 200, ageingTimeMs: 1000, noLinkLocalLearning: false } },
      theirs: ["set dev x type bridge priority 200 ageing_time 100 no_linklocal_learn 0"],
      shows: { bridge: { priority: 200, ageingTimeMs: 1000, noLinkLocalLearning: false } },
    },
  },
  "a bridge with VLANs": {
    needs: ["link:bridge", "bridge-vlan"],
    ours: {
      kind: "bridge",
      vlanFiltering: true,
      vlanProtocol: "802.1ad",
      vlanDefaultPvid: 7,
      vlanStatistics: true,
      vlanStatisticsPerPort: true,
      multicastVlanSnooping: true,
    },
    theirs: [
      "add name x type bridge vlan_filtering 1 vlan_protocol 802.1ad vlan_default_pvid 7 " +
        "vlan_stats_enabled 1 vlan_stats_per_port 1 mcast_vlan_snooping 1",
    ],
    shows: {
      bridge: {
        vlanFiltering: true,
        vlanProtocol: "802.1ad",
        vlanDefaultPvid: 7,
        vlanStatistics: true,
        vlanStatisticsPerPort: true,
        multicastVlanSnooping: true,
      },
    },
  },
  "a veth": {
    needs: ["link:veth"],
    ours: { kind: "veth", mtu: 1400, peer: { name: "y", mtu: 1300, address: mac } },
    theirs: [`add name x mtu 1400 type veth peer name y mtu 1300 address ${mac}`],
    shows: { kind: "veth", mtu: 1400 },
  },
  "a port of a bridge": {
    needs: ["link:veth", "link:bridge"],
    ours: {
      kind: "veth",
      master: "br",
      peer: { name: "y" },
      bridgePort: {
        priority: 9,
        cost: 77,
        hairpin: true,
        guard: true,
        rootBlock: true,
        fastLeave: true,
        learning: false,
        flood: false,
        multicastFlood: false,
        broadcastFlood: false,
        multicastToUnicast: true,
        multicastRouter: "permanent",
        proxyArp: true,
        proxyArpWifi: true,
        groupForwardMask: 16_384,
        neighSuppress: true,
        vlanTunnel: true,
        isolated: true,
        locked: false,
      },
    },
    theirs: [
      "add name x master br type veth peer name y",
      "set dev x type bridge_slave priority 9 cost 77 hairpin on guard on root_block on " +
        "fastleave on learning off flood off mcast_flood off bcast_flood off " +
        "mcast_to_unicast on mcast_router 2 proxy_arp on proxy_arp_wifi on " +
        "group_fwd_mask 16384 neigh_suppress on vlan_tunnel on isolated on locked off",
    ],
    shows: {
      bridgePort: {
        state: "disabled",
        priority: 9,
        cost: 77,
        hairpin: true,
        guard: true,
        rootBlock: true,
        fastLeave: true,
        learning: false,
        flood: false,
        multicastFlood: false,
        broadcastFlood: false,
        multicastToUnicast: true,
        multicastRouter: "permanent",
        proxyArp: true,
        proxyArpWifi: true,
        groupForwardMask: 16_384,
        neighSuppress: true,
        vlanTunnel: true,
        isolated: true,
        locked: false,
        number: 2,
        id: 0x2402,
        designatedCost: 0,
        topologyChangeAck: false,
        configPending: false,
        messageAgeTimerMs: 0,
      },
    },
    change: {
      ours: { bridgePort: { learning: true, locked: true, isolated: false, cost: 3 } },
      theirs: ["set dev x type bridge_slave learning on locked on isolated off cost 3"],
      shows: { bridgePort: { learning: true, locked: true, isolated: false, cost: 3 } },
    },
  },
  "a port with a backup": {
    needs: ["link:veth", "link:bridge"],
    ours: {
      kind: "veth",
      master: "br",
      peer: { name: "y" },
      bridgePort: { backupPort: "beside" },
    },
    theirs: [
      "add name x master br type veth peer name y",
      "set dev x type bridge_slave backup_port beside",
    ],
    shows: { bridgePort: { backupPort: 3 } },
    change: {
      ours: { bridgePort: { backupPort: null } },
      theirs: ["set dev x type bridge_slave nobackup_port"],
      shows: {},
    },
  },
  "a vxlan over IPv4": {
    needs: ["link:vxlan"],
    ours: {
      kind: "vxlan",
      id: 42,
      local: "10.1.0.1",
      remote: "10.1.0.2",
      link: "below",
      port: 4789,
      portRange: { low: 1000, high: 2000 },
      ttl: 5,
      tos: 8,
      df: "set",
      learning: false,
      ageingS: 60,
      limit: 1000,
      proxy: true,
      rsc: true,
      l2miss: true,
      l3miss: true,
      udpChecksum: false,
      gbp: true,
    },
    theirs: [
      "add name x type vxlan id 42 local 10.1.0.1 remote 10.1.0.2 dev below dstport 4789 " +
        "srcport 1000 2000 ttl 5 tos 8 df set nolearning ageing 60 maxaddress 1000 proxy rsc " +
        "l2miss l3miss noudpcsum gbp",
    ],
    shows: {
      vxlan: {
        id: 42,
        local: "10.1.0.1",
        remote: "10.1.0.2",
        link: 4,
        port: 4789,
        portRange: { low: 1000, high: 2000 },
        ttl: 5,
        tos: 8,
        df: "set",
        flowLabel: 0,
        learning: false,
        ageingS: 60,
        limit: 1000,
        proxy: true,
        rsc: true,
        l2miss: true,
        l3miss: true,
        udpChecksum: false,
        udp6ZeroChecksumTx: false,
        udp6ZeroChecksumRx: false,
        remoteChecksumTx: false,
        remoteChecksumRx: false,
        gbp: true,
        gpe: false,
        external: false,
      },
    },
    change: {
      ours: { vxlan: { remote: "10.1.0.3", ageingS: 90, learning: true, ttl: 9 } },
      theirs: ["set dev x type vxlan id 42 remote 10.1.0.3 ageing 90 learning ttl 9"],
      shows: {
        vxlan: { id: 42, remote: "10.1.0.3", ageingS: 90, learning: true, ttl: 9 },
      },
    },
  },
  "a vxlan over IPv6, of a group": {
    needs: ["link:vxlan", "ipv6"],
    ours: {
      kind: "vxlan",
      id: 43,
      local: "fd00::1",
      remote: "ff05::100",
      link: "below",
      port: 4789,
      ttl: "inherit",
      tos: "inherit",
      flowLabel: 99,
      udp6ZeroChecksumTx: true,
      udp6ZeroChecksumRx: true,
      remoteChecksumTx: true,
      remoteChecksumRx: true,
    },
    theirs: [
      "add name x type vxlan id 43 local fd00::1 group ff05::100 dev below dstport 4789 " +
        "ttl inherit tos inherit flowlabel 99 udp6zerocsumtx udp6zerocsumrx remcsumtx remcsumrx",
    ],
    shows: {
      vxlan: {
        id: 43,
        local: "fd00::1",
        remote: "ff05::100",
        link: 4,
        port: 4789,
        ttl: "inherit",
        tos: "inherit",
        flowLabel: 99,
        learning: true,
        udp6ZeroChecksumTx: true,
        udp6ZeroChecksumRx: true,
        remoteChecksumTx: true,
        remoteChecksumRx: true,
        gbp: false,
      },
    },
  },
  "a vxlan whose metadata comes with each packet": {
    needs: ["link:vxlan"],
    ours: { kind: "vxlan", external: true, gpe: true, port: 4790, learning: false },
    theirs: ["add name x type vxlan external gpe dstport 4790 nolearning"],
    shows: {
      linkType: "none",
      vxlan: { id: 0, external: true, gpe: true, port: 4790, ttl: "auto" },
    },
  },
  "a vxlan with a filter of VNIs": {
    needs: ["link:vxlan"],
    ours: { kind: "vxlan", external: true, vnifilter: true, port: 4790, learning: false },
    theirs: ["add name x type vxlan external vnifilter dstport 4790"],
    shows: { vxlan: { id: 0, external: true, vnifilter: true } },
  },
  "a macvlan that takes packets of some sources": {
    needs: ["link:macvlan"],
    ours: {
      kind: "macvlan",
      link: "below",
      address: mac,
      mode: "source",
      flags: ["nodst"],
      macAddresses: ["02:00:00:00:00:01", "02:00:00:00:00:02"],
      broadcastQueueLength: 2000,
    },
    theirs: [
      `add link below name x address ${mac} type macvlan mode source nodst bcqueuelen 2000`,
      "set dev x type macvlan macaddr set 02:00:00:00:00:01 02:00:00:00:00:02",
    ],
    shows: {
      link: 4,
      macvlan: {
        mode: "source",
        flags: ["nodst"],
        macAddresses: ["02:00:00:00:00:02", "02:00:00:00:00:01"], // as the kernel's table has them
        broadcastQueueLength: 2000,
        broadcastQueueLengthUsed: 2000,
      },
    },
    change: {
      ours: { macvlan: { macAddresses: ["02:00:00:00:00:03"], broadcastQueueLength: 500 } },
      theirs: [
        "set dev x type macvlan macaddr set 02:00:00:00:00:03",
        "set dev x type macvlan bcqueuelen 500",
      ],
      shows: {
        macvlan: { macAddresses: ["02:00:00:00:00:03"], broadcastQueueLength: 500 },
      },
    },
  },
  "a macvlan that has its parent for itself": {
    needs: ["link:macvlan"],
    ours: { kind: "macvlan", link: "below", mode: "passthru", flags: ["nopromisc"] },
    theirs: ["add link below name x type macvlan mode passthru nopromisc"],
    shows: { link: 4, macvlan: { mode: "passthru", flags: ["nopromisc"] } },
  },
  "a macvtap": {
    needs: ["link:macvtap"],
    ours: { kind: "macvtap", link: "below", address: mac, mode: "bridge" },
    theirs: [`add link below name x address ${mac} type macvtap mode bridge`],
    shows: { link: 4, macvtap: { mode: "bridge", flags: [] } },
    change: {
      ours: { macvtap: { mode: "private" } },
      theirs: ["set dev x type macvtap mode private"],
      shows: { macvtap: { mode: "private" } },
    },
  },
  "an ipvlan": {
    needs: ["link:ipvlan"],
    ours: { kind: "ipvlan", link: "below", mode: "l3s", flag: "private" },
    theirs: ["add link below name x type ipvlan mode l3s private"],
    shows: { link: 4, ipvlan: { mode: "l3s", flag: "private" } },
    change: {
      ours: { ipvlan: { mode: "l2", flag: "bridge" } },
      theirs: ["set dev x type ipvlan mode l2 bridge"],
      shows: { ipvlan: { mode: "l2", flag: "bridge" } },
    },
  },
  "a VLAN": {
    needs: ["link:vlan"],
    ours: {
      kind: "vlan",
      link: "below",
      address: mac,
      id: 7,
      reorderHeader: false,
      gvrp: true,
      mvrp: true,
      looseBinding: true,
      ingressQos: [
        { from: 1, to: 2 },
        { from: 3, to: 4 },
      ],
      egressQos: [{ from: 5, to: 6 }],
    },
    theirs: [
      `add link below name x address ${mac} type vlan id 7 reorder_hdr off gvrp on mvrp on ` +
        "loose_binding on ingress-qos-map 1:2 3:4 egress-qos-map 5:6",
    ],
    shows: {
      link: 4,
      vlan: {
        id: 7,
        protocol: "802.1Q",
        reorderHeader: false,
        gvrp: true,
        mvrp: true,
        looseBinding: true,
        bridgeBinding: false,
        ingressQos: [
          { from: 1, to: 2 },
          { from: 3, to: 4 },
        ],
        egressQos: [{ from: 5, to: 6 }],
      },
    },
    change: {
      ours: { vlan: { gvrp: false, egressQos: [{ from: 1, to: 1 }] } },
      theirs: ["set dev x type vlan gvrp off egress-qos-map 1:1"],
      shows: { vlan: { id: 7, gvrp: false, mvrp: true } },
    },
  },
  "a VLAN of the service provider": {
    needs: ["link:vlan"],
    ours: { kind: "vlan", link: "below", id: 8, protocol: "802.1ad" },
    theirs: ["add link below name x type vlan protocol 802.1ad id 8"],
    shows: { vlan: { id: 8, protocol: "802.1ad", reorderHeader: true } },
  },
  "a VLAN that is up where the bridge's ports of it are": {
    needs: ["link:vlan"],
    ours: { kind: "vlan", link: "br", id: 9, bridgeBinding: true },
    theirs: ["add link br name x type vlan id 9 bridge_binding on"],
    shows: { link: 2, vlan: { id: 9, bridgeBinding: true, looseBinding: false } },
  },
  "a dummy": {
    needs: ["link:dummy"],
    ours: { kind: "dummy", address: mac },
    theirs: [`add name x address ${mac} type dummy`],
    shows: { kind: "dummy", flags: ["broadcast", "noarp"] },
  },
  "a VRF": {
    needs: ["link:vrf"],
    ours: { kind: "vrf", table: 1234, address: mac },
    theirs: [`add name x address ${mac} type vrf table 1234`],
    shows: { kind: "vrf", vrf: { table: 1234 } },
  },
  "a WireGuard link": {
    needs: ["link:wireguard"],
    ours: { kind: "wireguard" },
    theirs: ["add name x type wireguard"],
    shows: { kind: "wireguard", linkType: "none", address: undefined },
  },
};

describe("links of every kind", function () {
  for (const [what, row] of Object.entries(rows)) {
    it(`are made by us as by ip(8), and read: ${what}`, async function () {
      await using by = await bothWays(this, row.needs);

      await by.us.links.add({ name: "x", ...row.ours } as unknown as LinkSpec);
      await ipLinks(by.ip, row.theirs);

      await expectSame(by, row.shows);
      if (row.change === undefined) return;
      await by.us.links.set("x", row.change.ours);
      await ipLinks(by.ip, row.change.theirs);
      await expectSame(by, row.change.shows);
    });
  }
});

interface Both extends AsyncDisposable {
  readonly us: Namespace;
  readonly ip: Namespace;
}

/** Two namespaces that are the same to begin with: lo, br, beside (its port), below. */
async function bothWays(context: Context, needed: readonly Need[]): Promise<Both> {
  const all = ["program:ip", "link:veth", "link:bridge", ...needed] as const;
  const us = await newNetns(context, ...all);
  const other = await newNetns(context);
  const both = {
    us,
    ip: other,
    async [Symbol.asyncDispose]() {
      await us[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
  for (const netns of [us, other]) {
    await ipLinks(netns, [
      "add name br index 2 address 02:00:00:00:00:99 type bridge",
      "add name below index 4 up type veth peer name beside index 3",
      "set dev beside master br",
    ]);
  }
  return both;
}

async function expectSame(by: Both, shows: Partial<Link>): Promise<void> {
  const [ours] = await ip(by.us, "link", "show", "dev", "x");
  const [theirs] = await ip(by.ip, "link", "show", "dev", "x");
  const [read, readOfTheirs] = [await by.us.links.get("x"), await by.ip.links.get("x")];

  expect(lasting(ours)).to.deep.equal(lasting(theirs));
  expect(lasting(read)).to.deep.equal(lasting(readOfTheirs));
  expectIncludes(readOfTheirs, shows);
}

/** Objects inside need to hold what is expected, and may hold more. */
function expectIncludes(read: object, shows: object): void {
  for (const [key, value] of Object.entries(shows) as [keyof typeof read, unknown][]) {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      expect(read[key], key).to.deep.include(value);
    } else {
      expect(read[key], key).to.deep.equal(value);
    }
  }
}

/** Without random addresses, what was counted, and clocks that run. */
function lasting(seen: Seen | Link | undefined): unknown {
  const random = (value: unknown) =>
    typeof value === "string" &&
    /^(?:[0-9a-f]{4}\.)?[0-9a-f:]{10,17}$/.test(value) &&
    !/^(?:02:00:00:00:00|01:80:c2|ff:ff)/.test(value);
  const text = JSON.stringify(seen, (key, value: unknown) =>
    /timer|statistics|^carrierChanges$/i.test(key) || random(value) ? undefined : value,
  );
  return JSON.parse(text);
}

/** A tab begins a last word that holds spaces. */
async function ipLinks(netns: Namespace, commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const [words = "", last] = command.split("\t");
    const args = [...words.split(" "), ...(last === undefined ? [] : [last])];
    await output("nsenter", [`--net=${netns.path ?? ""}`, "--", "ip", "link", ...args]);
  }
}
