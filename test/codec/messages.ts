import {
  Namespace,
  nft,
  type AddressSpec,
  type BridgeVlanSpec,
  type FlowTuple,
  type LinkChanges,
  type LinkSpec,
  type RouteSpec,
} from "#lib/netlink.js";
import { addon, type Message, type Step } from "#lib/native.js";
import { rejection } from "../support/rejection.js";

const nowhere = "no kernel was asked";

/**
 * The messages that the public call `act` makes: the addon is stood in for by one that notes the
 * job and fails it. References to an earlier answer become 1.
 */
export async function messagesOf(
  act: (namespace: Namespace, other: Namespace) => Promise<unknown>,
): Promise<readonly Message[]> {
  const real = addon().run.bind(addon());
  const steps: Step[] = [];
  addon().run = (_handles, job) => {
    steps.push(...(JSON.parse(job, unreferenced) as { steps: Step[] }).steps);
    if (steps.every((step) => step.do === "open")) {
      return Promise.resolve('{"results":[{"cookie":"1"}]}');
    }
    const error = { code: "ECANCELED", errno: -125, meaning: nowhere, syscall: "run" };
    return Promise.resolve(JSON.stringify({ error }));
  };
  try {
    const [namespace, other] = await Promise.all([Namespace.own(), Namespace.own()]);
    const error = await rejection(act(namespace, other));
    if (!error.message.includes(nowhere)) throw error;
  } finally {
    addon().run = real;
  }
  return steps.flatMap((step) => {
    if (step.do === "request" || step.do === "transaction") return step.messages;
    return step.do === "remove" || step.do === "dump" ? [step.message] : [];
  });
}

function unreferenced(_key: string, value: unknown): unknown {
  return typeof value === "object" && value !== null && "of" in value ? 1 : value;
}

/** The messages that make a link; those after the first name it by index 1. */
export const add = (spec: LinkSpec) => messagesOf((namespace) => namespace.links.add(spec));
export const set = (link: number, changes: LinkChanges) =>
  messagesOf((namespace) => namespace.links.set(link, changes));
export const addAltname = (link: number, altname: string) =>
  messagesOf((namespace) => namespace.links.addAltname(link, altname));
export const remove = (link: number) => messagesOf((namespace) => namespace.links.delete(link));
export const address = (spec: AddressSpec) =>
  messagesOf((namespace) => namespace.addresses.add(spec));
export const bridgeVlan = (spec: BridgeVlanSpec) =>
  messagesOf((namespace) => namespace.bridgeVlans.add(spec));
export const route = (spec: RouteSpec) => messagesOf((namespace) => namespace.routes.add(spec));
const transaction = (fill: (transaction: nft.Transaction) => void) =>
  messagesOf((namespace) => {
    const made = namespace.nft.transaction();
    fill(made);
    return made.commit();
  });
const nftTable = nft.table("inet", "t", { comment: "ours" });
const nftChain = nftTable.chain("c", { type: "filter", hook: "input", priority: "raw + 1" });
const nftSets = {
  ipv4: nftTable.set("s", { type: "ipv4_addr", flags: ["interval"], timeoutMs: 5000 }),
  services: nftTable.map("m", { type: ["ipv4_addr", "inet_service"], data: "verdict" }),
};
export const removeRoute = (spec: RouteSpec) =>
  messagesOf((namespace) => namespace.routes.delete(spec));

const tuple: FlowTuple = {
  source: "10.0.0.1",
  destination: "10.0.0.2",
  protocol: "tcp",
  sourcePort: 40_000,
  destinationPort: 80,
};

/** One of every kind of message that the library sends, by the name of its golden file. */
export const sent: Readonly<Record<string, readonly Message[]>> = {
  "newlink-bridge": await add({ kind: "bridge", name: "br0", up: true }),
  "newlink-bridge-options": await add({
    kind: "bridge",
    name: "br0",
    mtu: 1400,
    address: "02:00:00:00:00:01",
    group: 7,
    index: 20,
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
  "newlink-veth": await messagesOf((namespace, other) =>
    namespace.links.add({
      kind: "veth",
      name: "veth0",
      master: 3,
      mtu: 1450,
      up: true,
      txQueues: 1,
      rxQueues: 1,
      peer: {
        name: "eth0",
        address: "02:00:00:00:00:02",
        mtu: 1450,
        txQueues: 1,
        rxQueues: 1,
        namespace: other,
      },
    }),
  ),
  "newlink-bridge-switches": await add({
    kind: "bridge",
    name: "br0",
    groupAddress: "01:80:c2:00:00:0e",
    multicastQueryIntervalMs: 120_000,
    vlanProtocol: "802.1ad",
    noLinkLocalLearning: true,
    mst: false,
  }),
  "newlink-dummy": await add({
    kind: "dummy",
    name: "dummy0",
    alias: "text",
    arp: false,
    promiscuous: true,
    gsoMaxSize: 65_536,
  }),
  "newlink-elsewhere": await messagesOf((namespace, other) =>
    namespace.links.add({
      kind: "macvlan",
      name: "eth0",
      link: 3,
      namespace: other,
      mode: "source",
      flags: ["nodst"],
      macAddresses: ["02:00:00:00:00:01", "02:00:00:00:00:02"],
      broadcastQueueLength: 2000,
      broadcastCutoff: -1,
      master: 7,
      up: true,
    }),
  ),
  "newlink-ipvlan": await add({ kind: "ipvlan", name: "i0", link: 3, mode: "l3s", flag: "vepa" }),
  "newlink-netkit": await add({
    kind: "netkit",
    name: "nk0",
    mode: "l2",
    policy: "blackhole",
    peerPolicy: "forward",
    scrub: "none",
    peerScrub: "default",
    peer: { name: "nk1" },
  }),
  "newlink-port": await add({
    kind: "veth",
    name: "veth0",
    master: 3,
    peer: { name: "veth1" },
    bridgePort: { isolated: true, hairpin: true, cost: 7, backupPort: 9, state: "blocking" },
  }),
  "newlink-vlan": await add({
    kind: "vlan",
    name: "v0",
    link: 3,
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
  "newlink-vrf": await add({ kind: "vrf", name: "red", table: 1000 }),
  "newlink-vxlan": await add({
    kind: "vxlan",
    name: "vx0",
    id: 42,
    local: "10.1.0.1",
    remote: "10.1.0.2",
    link: 3,
    port: 4789,
    portRange: { low: 1000, high: 2000 },
    ttl: 5,
    tos: "inherit",
    learning: false,
    limit: 7,
    gbp: true,
  }),
  "newlink-vxlan6": await add({
    kind: "vxlan",
    name: "vx0",
    id: 42,
    local: "fd00::1",
    remote: "ff05::100",
    ttl: "inherit",
    flowLabel: 99,
    udp6ZeroChecksumTx: true,
  }),
  "newlink-changes": await set(5, {
    bridge: { priority: 7, mst: true },
    bridgePort: { learning: false, backupPort: null },
  }),
  "newlink-down-genmode-up-altnames": await add({
    kind: "veth",
    name: "veth0",
    up: true,
    addrGenMode: "none",
    altnames: ["vethwork.a", "vethwork.b"],
    peer: { name: "veth1" },
  }),
  "setlink-all": await set(5, {
    name: "eth1",
    address: "02:00:00:00:00:03",
    mtu: 9000,
    group: 1,
    up: true,
    txQueueLength: 0,
    master: 3,
    addrGenMode: "eui64",
  }),
  "setlink-flags": await set(5, {
    arp: true,
    multicast: false,
    allMulticast: true,
    promiscuous: false,
    alias: "",
    groIpv4MaxSize: 4096,
  }),
  "setlink-vlan": await bridgeVlan({ link: 5, vid: 7, pvid: true, untagged: true }),
  "setlink-vlan-range": await bridgeVlan({ link: 5, vid: 7, to: 9, self: true }),
  "dellink-vlan": await messagesOf((namespace) =>
    namespace.bridgeVlans.delete({ link: 5, vid: 7 }),
  ),
  "dellink-group": await messagesOf((namespace) => namespace.links.deleteGroup(7)),
  dellinkprop: await messagesOf((namespace) => namespace.links.deleteAltname(5, "other")),
  getstats: await messagesOf((namespace) => namespace.links.statistics(5)),
  "getstats-dump": await messagesOf((namespace) => namespace.links.listStatistics()),
  "getvlan-dump": await messagesOf((namespace) => namespace.bridgeVlans.list({ link: 5 })),
  "setlink-down": await set(5, { up: false }),
  "setlink-nomaster": await set(5, { master: null }),
  newlinkprop: await addAltname(5, "an.other.name.of.more.than.15.bytes"),
  "dellink-index": await remove(5),
  "getlink-index": await messagesOf((namespace) => namespace.links.get(5)),
  "getlink-name": await messagesOf((namespace) => namespace.links.get("veth0")),
  "getlink-altname": await messagesOf((namespace) =>
    namespace.links.get("a.name.longer.than.15.bytes"),
  ),
  "getlink-dump": await messagesOf((namespace) =>
    namespace.links.list({ master: 3, kind: "veth" }),
  ),
  "getaddr-dump": await messagesOf((namespace) =>
    namespace.addresses.list({ link: 5, family: "inet6" }),
  ),
  "getroute-dump": await messagesOf((namespace) =>
    namespace.routes.list({ link: 5, family: "inet", table: "main" }),
  ),
  "nft-objects": await transaction((tx) => {
    const { ipv4, services } = nftSets;
    tx.add(nftTable, nftChain, ipv4, services);
    tx.add(ipv4.elements(["10.0.0.0/8", { key: "1.1.1.1", comment: "one" }]));
    tx.add(services.elements([[["10.0.0.1", 80], nft.accept]]));
  }),
  "nft-rule": await transaction((tx) => {
    const { concat, counter, ip, jump, tcp } = nft;
    tx.add(
      nftChain.rule(
        ...[ip.saddr.in(nftSets.ipv4), tcp.dport.in(22, "80-90"), counter, jump("other")],
        nft.comment("why"),
      ),
    );
    tx.add(nftChain.rule(concat(ip.daddr, tcp.dport).vmap(nftSets.services)));
  }),
  "nft-destroy": await transaction((tx) => {
    tx.destroy(nftSets.ipv4.elements(["1.1.1.1"]), nftChain.ruleAt(7), nftChain, nftTable);
  }),
  "deladdr-inet": await messagesOf((namespace) =>
    namespace.addresses.delete({ link: 5, address: "10.0.0.2/16" }),
  ),
  "newaddr-inet": await address({ link: 5, address: "10.0.0.2/16", broadcast: "10.0.255.255" }),
  "newaddr-inet6-nodad": await address({ link: 5, address: "fd00::2/64", noDad: true }),
  "newaddr-peer": await address({
    link: 5,
    address: "10.0.0.2/32",
    peer: "10.0.0.1",
    scope: "link",
    noPrefixRoute: true,
    metric: 50,
  }),
  "newaddr-all": [
    ...(await address({
      link: 5,
      address: "fd00::2/64",
      noDad: true,
      optimistic: true,
      home: true,
      mngTmpAddr: true,
      noPrefixRoute: true,
      validLifetimeS: 1000,
      preferredLifetimeS: 500,
      protocol: "kernel_ra",
    })),
    ...(await messagesOf((namespace) =>
      namespace.addresses.replace({
        link: 5,
        address: "232.1.1.1/32",
        label: "eth0:x",
        autoJoin: true,
        preferredLifetimeS: 0,
      }),
    )),
  ],
  "newroute-default-inet": await route({ destination: "default", gateway: "10.0.0.1", link: 5 }),
  "newroute-default-inet6": await route({ destination: "default", gateway: "fd00::1", link: 5 }),
  "newroute-inet": await route({
    destination: "10.1.0.0/16",
    link: 5,
    source: "10.0.0.2",
    metric: 10,
  }),
  "newroute-inet6": await route({
    destination: "fd01::/64",
    gateway: "fd00::1",
    mtu: 1400,
    table: 1000,
  }),
  "newroute-unreachable": await route({ destination: "192.0.2.0/24", type: "unreachable" }),
  "newroute-onlink": await route({
    destination: "10.2.0.0/16",
    gateway: "192.0.2.1",
    link: 5,
    onlink: true,
    table: 100,
  }),
  "newneigh-inet": await messagesOf((namespace) =>
    namespace.neighbours.add({ link: 5, address: "10.0.0.9", lladdr: "02:00:00:00:00:09" }),
  ),
  "newneigh-inet6-flags": await messagesOf((namespace) =>
    namespace.neighbours.replace({
      link: 5,
      address: "fd00::9",
      state: "reachable",
      lladdr: "02:00:00:00:00:09",
      router: true,
      externLearn: true,
      managed: true,
      use: true,
      protocol: "zebra",
    }),
  ),
  "newneigh-proxy": await messagesOf((namespace) =>
    namespace.neighbours.add({ link: 5, address: "10.0.0.9", proxy: true }),
  ),
  "delneigh-inet": await messagesOf((namespace) =>
    namespace.neighbours.delete({ link: 5, address: "10.0.0.9" }),
  ),
  "getneigh-inet6": await messagesOf((namespace) =>
    namespace.neighbours.get({ link: 5, address: "fd00::9" }),
  ),
  "getneigh-dump": await messagesOf((namespace) =>
    namespace.neighbours.list({ link: 5, family: "inet", master: 3 }),
  ),
  "newneigh-fdb-bridge": await messagesOf((namespace) =>
    namespace.fdb.add({
      link: 5,
      mac: "02:00:00:00:00:09",
      vlan: 10,
      master: true,
      state: "static",
      sticky: true,
    }),
  ),
  "newneigh-fdb-vxlan": await messagesOf((namespace) =>
    namespace.fdb.append({
      link: 5,
      mac: "00:00:00:00:00:00",
      dst: "192.0.2.1",
      port: 8472,
      vni: 77,
      sourceVni: 78,
      via: 3,
      state: "dynamic",
    }),
  ),
  "newneigh-fdb-nexthop": await messagesOf((namespace) =>
    namespace.fdb.replace({ link: 5, mac: "02:00:00:00:00:09", nexthopId: 9 }),
  ),
  "delneigh-fdb": await messagesOf((namespace) =>
    namespace.fdb.delete({ link: 5, mac: "02:00:00:00:00:09", dst: "192.0.2.1" }),
  ),
  "delneigh-fdb-flush": await messagesOf((namespace) =>
    namespace.fdb.flush({ link: 5, vlan: 10, state: "static" }),
  ),
  "getneigh-fdb": await messagesOf((namespace) =>
    namespace.fdb.get({ link: 5, mac: "02:00:00:00:00:09", vlan: 10, master: true }),
  ),
  "getneigh-fdb-dump": await messagesOf((namespace) => namespace.fdb.list({ master: 3 })),
  "newroute-ways": await route({
    destination: "10.3.0.0/16",
    nexthops: [
      { gateway: "10.0.0.2", weight: 3 },
      { gateway: "fd00::2", link: 5, onlink: true },
    ],
  }),
  "newroute-via-inet6": await route({ destination: "10.3.0.0/16", gateway: "fd00::2", link: 5 }),
  "newroute-nexthop": await messagesOf((namespace) =>
    namespace.routes.replace({ destination: "10.3.0.0/16", nexthopId: 9 }),
  ),
  "newroute-metrics": await messagesOf((namespace) =>
    namespace.routes.change({
      destination: "10.3.0.0/16",
      gateway: "10.0.0.2",
      tos: 16,
      protocol: 77,
      metrics: {
        mtu: 1400,
        advmss: 1300,
        window: 20_000,
        rttMs: 12.5,
        rttVarMs: 2.25,
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
        locked: ["mtu", "cwnd"],
      },
    }),
  ),
  "newroute-inet6-options": await messagesOf((namespace) =>
    namespace.routes.append({
      destination: "fd03::/64",
      link: 5,
      from: "fd00::/64",
      preference: "high",
      expiresS: 600,
    }),
  ),
  "getroute-lookup": await messagesOf((namespace) =>
    namespace.routes.lookup("192.0.2.9", {
      from: "10.0.0.2",
      iif: 5,
      mark: 7,
      uid: 1000,
      tos: 16,
      ipProtocol: "udp",
      sourcePort: 1024,
      destinationPort: 53,
      match: true,
    }),
  ),
  "newnexthop-gateway": await messagesOf((namespace) =>
    namespace.nexthops.add({ id: 1, gateway: "10.0.0.2", link: 5, onlink: true }),
  ),
  "newnexthop-group": await messagesOf((namespace) =>
    namespace.nexthops.replace({
      id: 9,
      group: [{ id: 1, weight: 300 }, { id: 2 }],
      resilient: { buckets: 8, idleTimerMs: 60_000, unbalancedTimerMs: 0 },
    }),
  ),
  "newnexthop-blackhole-fdb": [
    ...(await messagesOf((namespace) => namespace.nexthops.add({ blackhole: true }))),
    ...(await messagesOf((namespace) =>
      namespace.nexthops.add({ gateway: "192.0.2.1", fdb: true, protocol: "bird" }),
    )),
  ],
  "delnexthop-getnexthop": [
    ...(await messagesOf((namespace) => namespace.nexthops.delete(9))),
    ...(await messagesOf((namespace) => namespace.nexthops.get(9))),
  ],
  "getnexthop-dump": await messagesOf((namespace) =>
    namespace.nexthops.list({ link: 5, groups: true, fdb: true, family: "inet" }),
  ),
  "newrule-all": await messagesOf((namespace) =>
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
  "newrule-goto-dscp": (
    await messagesOf((namespace) =>
      namespace.rules.add({ goto: 40_000, dscp: 46, family: "inet6" }),
    )
  ).slice(-1), // before it goes one that tries whether the kernel knows dscp
  "newrule-l3mdev": await messagesOf((namespace) => namespace.rules.add({ l3mdev: true })),
  "delrule-action": await messagesOf((namespace) =>
    namespace.rules.delete({ action: "prohibit", from: "fd00::/64" }),
  ),
  "getrule-dump": await messagesOf((namespace) => namespace.rules.list({ family: "inet6" })),
  newnsid: await messagesOf((namespace, other) => namespace.namespaceIds.assign(other, 42)),
  "getnsid-dump": await messagesOf((namespace) => namespace.namespaceIds.list()),
  "delroute-inet": await removeRoute({ destination: "10.1.0.0/16" }),
  "ct-new": await messagesOf((namespace) =>
    namespace.conntrack.add({
      original: tuple,
      timeoutS: 600,
      zone: 5,
      mark: 7,
      status: ["assured", "seen_reply"],
      tcpState: "established",
      sourceNat: { address: "192.0.2.1", port: 50_000, lastPort: 50_007 },
      destinationNat: { address: "172.18.0.2" },
      helper: "ftp",
    }),
  ),
  "ct-new-icmpv6": await messagesOf((namespace) =>
    namespace.conntrack.add({
      original: {
        source: "fd00::1",
        destination: "fd00::2",
        protocol: "icmpv6",
        icmp: { id: 7, type: 128, code: 0 },
      },
      timeoutS: 30,
    }),
  ),
  "ct-set": await messagesOf((namespace) =>
    namespace.conntrack.set({ original: tuple }, { mark: 1, markMask: 255, timeoutS: 5 }),
  ),
  "ct-get": await messagesOf((namespace) => namespace.conntrack.get({ reply: tuple, zone: 5 })),
  "ct-get-dump": await messagesOf((namespace) =>
    namespace.conntrack.list({
      protocol: "tcp",
      original: { destination: "10.0.0.2", destinationPort: 80 },
      reply: { source: "172.18.0.2" },
      mark: 1,
      markMask: 15,
      zone: 5,
      status: ["assured"],
      withoutStatus: ["offload"],
    }),
  ),
  "ct-get-stats": await messagesOf((namespace) => namespace.conntrack.count()),
  "ct-delete": await messagesOf((namespace) =>
    namespace.conntrack.delete({ original: { ...tuple, zone: 3 }, id: 99 }),
  ),
  "ct-delete-all": await messagesOf((namespace) => namespace.conntrack.flush()),
  "newqdisc-tbf": await messagesOf((namespace) =>
    namespace.qdiscs.add({
      kind: "tbf",
      link: 5,
      handle: "5:",
      rateBitsPerSecond: 40_000_000_000,
      burstBytes: 64_000_000,
      latencyMs: 10,
    }),
  ),
  "newqdisc-htb": await messagesOf((namespace) =>
    namespace.qdiscs.add({ kind: "htb", link: 5, handle: "1:", defaultClass: "1:30" }),
  ),
  "newqdisc-netem": await messagesOf((namespace) =>
    namespace.qdiscs.add({
      kind: "netem",
      link: 5,
      parent: "1:10",
      delayMs: 12.5,
      jitterMs: 2,
      lossPercent: 1.5,
      corruptPercent: 0.5,
      rateBitsPerSecond: 80_000_000,
    }),
  ),
  "newqdisc-fq_codel": await messagesOf((namespace) =>
    namespace.qdiscs.replace({ kind: "fq_codel", link: 5, limitPackets: 500, ecn: true }),
  ),
  "newqdisc-fq": await messagesOf((namespace) =>
    namespace.qdiscs.add({ kind: "fq", link: 5, flowMaxRateBitsPerSecond: 8000 }),
  ),
  "newqdisc-pfifo": await messagesOf((namespace) =>
    namespace.qdiscs.add({ kind: "pfifo", link: 5, limit: 7 }),
  ),
  "newqdisc-clsact": await messagesOf((namespace) =>
    namespace.qdiscs.add({ kind: "clsact", link: 5 }),
  ),
  "delqdisc-ingress": await messagesOf((namespace) =>
    namespace.qdiscs.delete({ link: 5, parent: "ingress" }),
  ),
  "getqdisc-dump": await messagesOf((namespace) => namespace.qdiscs.list()),
  "newtclass-htb": await messagesOf((namespace) =>
    namespace.trafficClasses.add({
      kind: "htb",
      link: 5,
      parent: "1:",
      classid: "1:1f",
      rateBitsPerSecond: 8_000_000,
      ceilBitsPerSecond: 48_000_000_000,
      burstBytes: 15_000,
      priority: 3,
    }),
  ),
  "deltclass-htb": await messagesOf((namespace) =>
    namespace.trafficClasses.delete({ link: 5, classid: "1:1f" }),
  ),
  "gettclass-dump": await messagesOf((namespace) => namespace.trafficClasses.list(5)),
  "newtfilter-u32": await messagesOf((namespace) =>
    namespace.trafficFilters.add({
      kind: "u32",
      link: 5,
      parent: "1:",
      priority: 10,
      classid: "1:10",
      match: { destination: "10.0.0.0/9", ipProtocol: "tcp", destinationPort: 80 },
    }),
  ),
  "newtfilter-matchall-actions": await messagesOf((namespace) =>
    namespace.trafficFilters.add({
      kind: "matchall",
      link: 5,
      parent: "ingress",
      chain: 2,
      actions: [
        { kind: "mirred", action: "mirror", link: 7 },
        { kind: "gact", control: "drop" },
      ],
    }),
  ),
  "newtfilter-police": await messagesOf((namespace) =>
    namespace.trafficFilters.add({
      kind: "matchall",
      link: 5,
      parent: "egress",
      actions: [{ kind: "police", rateBitsPerSecond: 8_000_000, burstBytes: 10_000 }],
    }),
  ),
  "newtfilter-bpf": await messagesOf((namespace) =>
    namespace.trafficFilters.add({
      kind: "bpf",
      link: 5,
      parent: "ingress",
      protocol: "ip",
      programFd: 9,
      name: "ours",
      directAction: true,
    }),
  ),
  "deltfilter-one": await messagesOf((namespace) =>
    namespace.trafficFilters.delete({
      link: 5,
      parent: "1:",
      priority: 10,
      protocol: "ip",
      handle: 0x8000_0800,
    }),
  ),
  "gettfilter-dump": await messagesOf((namespace) =>
    namespace.trafficFilters.list({ link: 5, parent: "egress" }),
  ),
  "ethtool-features-get": await messagesOf((namespace) => namespace.ethtool.features(5)),
  "ethtool-features-set": await messagesOf((namespace) =>
    namespace.ethtool.setFeatures("eth0", { "tx-checksum-ip-generic": false, "rx-gro": true }),
  ),
  "generic-family": await messagesOf((namespace) => namespace.generic.family("ethtool")),
  "wireguard-get": await messagesOf((namespace) => namespace.wireguard.get(5)),
  "wireguard-set": await messagesOf((namespace) =>
    namespace.wireguard.set("wg0", {
      privateKey: Buffer.alloc(32, 0x40).toString("base64"),
      listenPort: 51_820,
      fwmark: 7,
      replacePeers: true,
      peers: [
        {
          publicKey: Buffer.alloc(32, 1).toString("base64"),
          presharedKey: null,
          endpoint: "192.0.2.1:51821",
          allowedIps: ["10.0.0.0/24", "fd00::1"],
          replaceAllowedIps: true,
          persistentKeepaliveS: 25,
        },
        { publicKey: Buffer.alloc(32, 2).toString("base64"), remove: true },
        { publicKey: Buffer.alloc(32, 3).toString("base64"), endpoint: "[fd00::1]:80" },
      ],
    }),
  ),
};
