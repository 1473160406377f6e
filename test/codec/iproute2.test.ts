import type { Message } from "#lib/native.js";
import { needs } from "../support/needs.js";
import { expectSame, sentBy, type Differences, type Subject } from "../support/sent.js";
import {
  add,
  addAltname,
  address,
  bridgeVlan,
  messagesOf,
  remove,
  removeRoute,
  route,
  set,
} from "./messages.js";

// Other eyes on what we send: iproute2 is asked for the same thing and watched by strace. Every
// name of a link is `lo`, whose index is 1 everywhere; what the kernel answers does not matter.

// Numbers of include/uapi/linux/{if_link,if_addr,rtnetlink}.h, typed in anew on purpose.
const link: Subject = {
  fixed: 16,
  nests: { "18": 0, "18.2": 0, "18.2.1": 16, "26": 0, "26.10": 0, "52": 0 },
};
const bridge: Subject = { fixed: 16, nests: { "18": 0, "18.2": 0 } };
const port: Subject = { fixed: 16, nests: { "18": 0, "18.5": 0 } };
const vlanSpec: Subject = { fixed: 16, nests: { "26": 0 } };
const addresses: Subject = { fixed: 8, nests: {} };
const routes: Subject = { fixed: 12, nests: { "8": 0 } };
const neighbours: Subject = { fixed: 12, nests: {} };
const rules: Subject = { fixed: 12, nests: {} };
const nexthops: Subject = { fixed: 8, nests: { "12": 0 } };

interface Case {
  readonly subject: Subject;
  readonly ip: string;
  /** Another program of iproute2 than ip(8). */
  readonly program?: "bridge";
  /** The last of them is compared, as of what ip(8) sends. */
  readonly ours: readonly Message[];
  /** What ip(8) sends otherwise, and may. */
  readonly differs?: Differences;
}

// ip(8) changes links by RTM_NEWLINK without NLM_F_CREATE. RTM_SETLINK never makes one by mistake.
const bySet = { type: 16 } as const;

/** It sends the kind without its NUL. */
const kind = (name: string) => ({ attributes: { "18.1": Buffer.from(name).toString("hex") } });

const cases: Readonly<Record<string, Case>> = {
  "a bridge that is up": {
    subject: bridge,
    ip: "link add name br0 up type bridge",
    ours: await add({ kind: "bridge", name: "br0", up: true }),
    differs: kind("bridge"),
  },
  "a bridge with options": {
    subject: bridge,
    ip:
      "link add name br0 index 20 mtu 1400 address 02:00:00:00:00:01 txqueuelen 100 type bridge " +
      "stp_state 1 forward_delay 400 hello_time 200 max_age 2000 ageing_time 30000 priority 4096 " +
      "vlan_filtering 1 vlan_default_pvid 0 group_fwd_mask 16384 mcast_snooping 0",
    ours: await add({
      kind: "bridge",
      name: "br0",
      index: 20,
      mtu: 1400,
      address: "02:00:00:00:00:01",
      txQueueLength: 100,
      stp: true,
      forwardDelayMs: 4000,
      helloTimeMs: 2000,
      maxAgeMs: 20_000,
      ageingTimeMs: 300_000,
      priority: 4096,
      vlanFiltering: true,
      vlanDefaultPvid: 0,
      groupForwardMask: 16_384,
      multicastSnooping: false,
    }),
    differs: kind("bridge"),
  },
  "a veth with its peer": {
    subject: link,
    ip:
      "link add name veth0 master lo mtu 1450 numtxqueues 1 numrxqueues 1 up type veth " +
      "peer name eth0 address 02:00:00:00:00:02 mtu 1450 numtxqueues 1 numrxqueues 1",
    ours: await add({
      kind: "veth",
      name: "veth0",
      master: 1,
      mtu: 1450,
      txQueues: 1,
      rxQueues: 1,
      up: true,
      peer: { name: "eth0", address: "02:00:00:00:00:02", mtu: 1450, txQueues: 1, rxQueues: 1 },
    }),
    differs: kind("veth"),
  },
  "a link's name, MAC, MTU, group, queue and master": {
    subject: link,
    ip: "link set dev lo name eth1 address 02:00:00:00:00:03 mtu 9000 group 1 txqueuelen 5 master lo up",
    ours: await set(1, {
      name: "eth1",
      address: "02:00:00:00:00:03",
      mtu: 9000,
      group: 1,
      txQueueLength: 5,
      master: 1,
      up: true,
    }),
    differs: bySet,
  },
  "a link that goes down": {
    subject: link,
    ip: "link set dev lo down",
    ours: await set(1, { up: false }),
    differs: bySet,
  },
  "a link without a master": {
    subject: link,
    ip: "link set dev lo nomaster",
    ours: await set(1, { master: null }),
    differs: bySet,
  },
  "a link's way to its link-local address": {
    subject: link,
    ip: "link set dev lo addrgenmode none",
    ours: (await set(1, { addrGenMode: "none" })).slice(0, 1),
    differs: bySet,
  },
  "a vxlan": {
    subject: bridge,
    ip:
      "link add name vx0 type vxlan id 42 local 10.1.0.1 remote 10.1.0.2 dev lo dstport 4789 " +
      "srcport 1000 2000 ttl 5 tos inherit df set nolearning ageing 60 maxaddress 7 proxy rsc " +
      "l2miss l3miss noudpcsum gbp",
    ours: await add({
      kind: "vxlan",
      name: "vx0",
      id: 42,
      local: "10.1.0.1",
      remote: "10.1.0.2",
      link: 1,
      port: 4789,
      portRange: { low: 1000, high: 2000 },
      ttl: 5,
      tos: "inherit",
      df: "set",
      learning: false,
      ageingS: 60,
      limit: 7,
      proxy: true,
      rsc: true,
      l2miss: true,
      l3miss: true,
      udpChecksum: false,
      gbp: true,
    }),
    differs: kind("vxlan"),
  },
  "a vxlan over IPv6": {
    subject: bridge,
    ip:
      "link add name vx0 type vxlan id 42 local fd00::1 group ff05::100 dev lo dstport 4789 " +
      "ttl inherit flowlabel 99 udp6zerocsumtx udp6zerocsumrx remcsumtx remcsumrx",
    ours: await add({
      kind: "vxlan",
      name: "vx0",
      id: 42,
      local: "fd00::1",
      remote: "ff05::100",
      link: 1,
      port: 4789,
      ttl: "inherit",
      learning: true,
      flowLabel: 99,
      udp6ZeroChecksumTx: true,
      udp6ZeroChecksumRx: true,
      remoteChecksumTx: true,
      remoteChecksumRx: true,
    }),
    differs: kind("vxlan"),
  },
  "a macvlan": {
    subject: bridge,
    ip: "link add link lo name m0 type macvlan mode bridge bcqueuelen 500",
    ours: await add({
      kind: "macvlan",
      name: "m0",
      link: 1,
      mode: "bridge",
      broadcastQueueLength: 500,
    }),
    differs: kind("macvlan"),
  },
  "an ipvlan": {
    subject: bridge,
    ip: "link add link lo name i0 type ipvlan mode l3 vepa",
    ours: await add({ kind: "ipvlan", name: "i0", link: 1, mode: "l3", flag: "vepa" }),
    differs: kind("ipvlan"),
  },
  "a VLAN": {
    subject: bridge,
    ip:
      "link add link lo name v0 type vlan protocol 802.1ad id 7 reorder_hdr off gvrp on " +
      "ingress-qos-map 1:2 3:4 egress-qos-map 5:6",
    ours: await add({
      kind: "vlan",
      name: "v0",
      link: 1,
      id: 7,
      protocol: "802.1ad",
      reorderHeader: false,
      gvrp: true,
      ingressQos: [
        { from: 1, to: 2 },
        { from: 3, to: 4 },
      ],
      egressQos: [{ from: 5, to: 6 }],
    }),
    differs: kind("vlan"),
  },
  "a VRF": {
    subject: bridge,
    ip: "link add name red type vrf table 1000",
    ours: await add({ kind: "vrf", name: "red", table: 1000 }),
    differs: kind("vrf"),
  },
  "a bridge's port": {
    subject: port,
    ip:
      "link set dev lo type bridge_slave state 4 priority 9 cost 77 hairpin on guard on " +
      "root_block on fastleave on learning off flood off mcast_flood off bcast_flood off " +
      "mcast_to_unicast on mcast_router 2 proxy_arp on proxy_arp_wifi on group_fwd_mask 16384 " +
      "neigh_suppress on vlan_tunnel on isolated on locked on backup_port lo",
    ours: await set(1, {
      bridgePort: {
        state: "blocking",
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
        locked: true,
        backupPort: 1,
      },
    }),
    // It gives a kind that no link has, and not that of the master.
    differs: {
      attributes: { "18.1": Buffer.from("bridge_slave").toString("hex"), "18.4": undefined },
    },
  },
  "a bridge's port's VLAN": {
    subject: vlanSpec,
    program: "bridge",
    ip: "vlan add dev lo vid 7 pvid untagged",
    ours: await bridgeVlan({ link: 1, vid: 7, pvid: true, untagged: true }),
  },
  "a range of VLANs of a bridge": {
    subject: vlanSpec,
    program: "bridge",
    ip: "vlan add dev lo vid 7-9 self",
    ours: await bridgeVlan({ link: 1, vid: 7, to: 9, self: true }),
  },
  "another name": {
    subject: link,
    ip: "link property add dev lo altname another.long.name.of.it",
    ours: await addAltname(1, "another.long.name.of.it"),
  },
  "the end of a link": { subject: link, ip: "link delete dev lo", ours: await remove(1) },
  "an IPv4 address": {
    subject: addresses,
    ip: "address add 10.0.0.2/16 broadcast 10.0.255.255 dev lo scope global",
    ours: await address({
      link: 1,
      address: "10.0.0.2/16",
      broadcast: "10.0.255.255",
      scope: "global",
    }),
  },
  "an IPv4 address with the other end's": {
    subject: addresses,
    ip: "address add 10.0.0.2 peer 10.0.0.1/32 dev lo scope link noprefixroute metric 50",
    ours: await address({
      link: 1,
      address: "10.0.0.2/32",
      peer: "10.0.0.1",
      scope: "link",
      noPrefixRoute: true,
      metric: 50,
    }),
  },
  "an IPv4 address with a label and lifetimes": {
    subject: addresses,
    ip: "address replace 10.0.0.2/16 dev lo label lo:x scope global valid_lft 1000 preferred_lft 500",
    ours: await address({
      link: 1,
      address: "10.0.0.2/16",
      label: "lo:x",
      validLifetimeS: 1000,
      preferredLifetimeS: 500,
    }),
  },
  "an IPv6 address without DAD": {
    subject: addresses,
    ip: "address add fd00::2/64 dev lo nodad scope global",
    ours: await address({ link: 1, address: "fd00::2/64", noDad: true }),
    // It puts the flags that fit into the header's 8 bits; we, all into IFA_FLAGS.
    differs: { header: "0a40020001000000", attributes: { "8": undefined } },
  },
  "an IPv4 default route": {
    subject: routes,
    ip: "route add default via 10.0.0.1 dev lo proto static",
    ours: await route({ destination: "default", gateway: "10.0.0.1", link: 1 }),
  },
  "an IPv6 default route": {
    subject: routes,
    ip: "route add default via fd00::1 dev lo proto static",
    ours: await route({ destination: "default", gateway: "fd00::1", link: 1 }),
  },
  "an IPv4 route to a link": {
    subject: routes,
    ip: "route add 10.1.0.0/16 dev lo src 10.0.0.2 metric 10 proto static",
    ours: await route({ destination: "10.1.0.0/16", link: 1, source: "10.0.0.2", metric: 10 }),
  },
  "an IPv6 route with an MTU in a table of its own": {
    subject: routes,
    ip: "route add fd01::/64 via fd00::1 table 1000 mtu 1400 proto static",
    ours: await route({ destination: "fd01::/64", gateway: "fd00::1", table: 1000, mtu: 1400 }),
  },
  "an unreachable IPv4 subnet": {
    subject: routes,
    ip: "route add unreachable 192.0.2.0/24 proto static",
    ours: await route({ destination: "192.0.2.0/24", type: "unreachable" }),
  },
  "an IPv4 route of a local address": {
    subject: routes,
    ip: "route add local 192.0.2.0/24 dev lo proto static",
    ours: await route({ destination: "192.0.2.0/24", type: "local", link: 1 }),
  },
  "an IPv4 route through a gateway that is off the link": {
    subject: routes,
    ip: "route add 10.2.0.0/16 via 192.0.2.1 dev lo onlink proto static",
    ours: await route({ destination: "10.2.0.0/16", gateway: "192.0.2.1", link: 1, onlink: true }),
  },
  "an IPv4 route with several ways": {
    subject: routes,
    ip:
      "route add 10.3.0.0/16 proto static nexthop via 10.0.0.2 dev lo weight 3 " +
      "nexthop via 10.0.0.3 dev lo onlink",
    ours: await route({
      destination: "10.3.0.0/16",
      nexthops: [
        { gateway: "10.0.0.2", link: 1, weight: 3 },
        { gateway: "10.0.0.3", link: 1, onlink: true },
      ],
    }),
  },
  "an IPv4 route by an IPv6 gateway": {
    subject: routes,
    ip: "route add 10.3.0.0/16 via inet6 fd00::2 dev lo proto static",
    ours: await route({ destination: "10.3.0.0/16", gateway: "fd00::2", link: 1 }),
  },
  "an IPv4 route with metrics": {
    subject: routes,
    ip:
      "route add 10.3.0.0/16 dev lo proto 77 tos 0x10 mtu lock 1400 advmss 1300 window 20000 " +
      "rtt 12ms rttvar 2ms rto_min 30ms ssthresh 50 cwnd 20 initcwnd 15 initrwnd 16 reordering 5 " +
      "hoplimit 9 quickack 1 congctl reno fastopen_no_cookie 1 features ecn",
    ours: await route({
      destination: "10.3.0.0/16",
      link: 1,
      protocol: 77,
      tos: 16,
      metrics: {
        mtu: 1400,
        advmss: 1300,
        window: 20_000,
        rttMs: 12,
        rttVarMs: 2,
        rtoMinMs: 30,
        ssthresh: 50,
        cwnd: 20,
        initCwnd: 15,
        initRwnd: 16,
        reordering: 5,
        hopLimit: 9,
        quickAck: true,
        congestion: "reno",
        fastOpenNoCookie: true,
        features: ["ecn"],
        locked: ["mtu"],
      },
    }),
    differs: { attributes: { "8.16": Buffer.from("reno").toString("hex") } }, // without its NUL
  },
  "an IPv6 route over a nexthop, with a preference": {
    subject: routes,
    ip: "route add fd03::/64 nhid 9 pref high expires 600 proto static",
    ours: await route({
      destination: "fd03::/64",
      nexthopId: 9,
      preference: "high",
      expiresS: 600,
    }),
  },
  "a look-up": {
    subject: routes,
    ip: "route get 192.0.2.9 from 10.0.0.2 iif lo mark 7 uid 1000 tos 0x10 ipproto udp sport 1024 dport 53",
    ours: await messagesOf((namespace) =>
      namespace.routes.lookup("192.0.2.9", {
        from: "10.0.0.2",
        iif: 1,
        mark: 7,
        uid: 1000,
        tos: 16,
        ipProtocol: "udp",
        sourcePort: 1024,
        destinationPort: 53,
      }),
    ),
  },
  "a neighbour": {
    subject: neighbours,
    ip: "neighbour add 10.0.0.9 lladdr 02:00:00:00:00:09 dev lo",
    ours: await messagesOf((namespace) =>
      namespace.neighbours.add({ link: 1, address: "10.0.0.9", lladdr: "02:00:00:00:00:09" }),
    ),
  },
  "an IPv6 neighbour with marks": {
    subject: neighbours,
    ip: "neighbour replace fd00::9 lladdr 02:00:00:00:00:09 dev lo router extern_learn managed protocol zebra",
    ours: await messagesOf((namespace) =>
      namespace.neighbours.replace({
        link: 1,
        address: "fd00::9",
        lladdr: "02:00:00:00:00:09",
        router: true,
        externLearn: true,
        managed: true,
        protocol: "zebra",
      }),
    ),
  },
  "an entry of a bridge": {
    subject: neighbours,
    program: "bridge",
    ip: "fdb add 02:00:00:00:00:09 dev lo master static sticky vlan 10",
    ours: await messagesOf((namespace) =>
      namespace.fdb.add({
        link: 1,
        mac: "02:00:00:00:00:09",
        master: true,
        state: "static",
        sticky: true,
        vlan: 10,
      }),
    ),
  },
  "an entry of a VXLAN link": {
    subject: neighbours,
    program: "bridge",
    ip: "fdb append 00:00:00:00:00:00 dev lo dst 192.0.2.1 port 8472 vni 77 src_vni 78 via lo dynamic",
    ours: await messagesOf((namespace) =>
      namespace.fdb.append({
        link: 1,
        mac: "00:00:00:00:00:00",
        dst: "192.0.2.1",
        port: 8472,
        vni: 77,
        sourceVni: 78,
        via: 1,
        state: "dynamic",
      }),
    ),
  },
  "a flush of a bridge": {
    subject: neighbours,
    program: "bridge",
    ip: "fdb flush dev lo vlan 10 static",
    ours: await messagesOf((namespace) =>
      namespace.fdb.flush({ link: 1, vlan: 10, state: "static" }),
    ),
  },
  "a nexthop": {
    subject: nexthops,
    ip: "nexthop add id 1 via 10.0.0.2 dev lo onlink protocol static",
    ours: await messagesOf((namespace) =>
      namespace.nexthops.add({ id: 1, gateway: "10.0.0.2", link: 1, onlink: true }),
    ),
  },
  "a resilient group of nexthops": {
    subject: nexthops,
    ip: "nexthop add id 9 group 1,3/2 type resilient buckets 8 idle_timer 60 unbalanced_timer 120 protocol static",
    ours: await messagesOf((namespace) =>
      namespace.nexthops.add({
        id: 9,
        group: [{ id: 1, weight: 3 }, { id: 2 }],
        resilient: { buckets: 8, idleTimerMs: 60_000, unbalancedTimerMs: 120_000 },
      }),
    ),
  },
  "a rule of everything": {
    subject: rules,
    ip:
      "rule add pref 500 not from 10.0.0.0/8 to 192.0.2.0/24 iif lo oif eth9 fwmark 16/240 tos 0x10 " +
      "uidrange 1000-1999 ipproto udp sport 1024-2047 dport 53 tun_id 77 table 70000 " +
      "suppress_prefixlength 0 suppress_ifgroup 9 protocol bird",
    ours: await messagesOf((namespace) =>
      namespace.rules.add({
        priority: 500,
        not: true,
        from: "10.0.0.0/8",
        to: "192.0.2.0/24",
        iif: "lo",
        oif: "eth9",
        mark: 16,
        markMask: 240,
        tos: 16,
        uids: { start: 1000, end: 1999 },
        ipProtocol: "udp",
        sourcePorts: { start: 1024, end: 2047 },
        destinationPorts: 53,
        tunnelId: 77,
        table: 70_000,
        suppressPrefixLength: 0,
        suppressGroup: 9,
        protocol: "bird",
      }),
    ),
  },
  "the end of a rule": {
    subject: rules,
    ip: "rule delete from 10.0.0.0/8 prohibit",
    ours: await messagesOf((namespace) =>
      namespace.rules.delete({ from: "10.0.0.0/8", action: "prohibit" }),
    ),
  },
  "the end of an IPv4 route": {
    subject: routes,
    ip: "route delete 10.1.0.0/16",
    ours: await removeRoute({ destination: "10.1.0.0/16" }),
  },
};

describe("codec: what iproute2 sends", function () {
  for (const [what, { subject, ip, program = "ip", ours, differs = {} }] of Object.entries(cases)) {
    it(`is what we send for ${what}`, async function () {
      needs(this, `program:${program}`, "program:unshare", "ptrace");
      const messages = await sentBy([program, ...ip.split(" ")]);

      expectSame(messages.at(-1), ours.at(-1), subject, differs);
    });
  }
});
