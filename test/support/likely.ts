import { nft } from "#lib/netlink.js";
import fc from "fast-check";

// Values as users write them: valid ones, near misses, and what the kernel is likely to refuse.

const { constantFrom: of } = fc;

/** Objects of which any property may be left out. */
export function some(properties: Readonly<Record<string, fc.Arbitrary<unknown>>>) {
  return fc.record(properties, { requiredKeys: [] });
}

export const name = of<unknown>("a", "web-1", "a.b", "", "a b", "n".repeat(64));
export const ifname = of("eth0", "br0", "vw7", "lo", "e".repeat(15), "e".repeat(16), "a/b", ".");
export const link = fc.oneof(ifname, fc.integer({ min: -1, max: 5 }));
export const ip = of(
  "10.0.0.2",
  "0.0.0.0",
  "255.255.255.255",
  "fd00::2",
  "::",
  "fe80::1%lo",
  "1.2.3",
);
export const cidr = of(
  "10.0.0.0/24",
  "10.0.0.2/24",
  "fd00::/64",
  "0.0.0.0/28",
  "::/0",
  "10.0.0.0/33",
);
export const mac = of("02:00:00:00:00:01", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "02-00", "");
export const mtu = of(68, 1280, 1500, 65535, 0, -1, 1.5, 65536, 2 ** 31);
export const path = fc.nat(50).map((n) => `/run/vw-any-${n}`);
export const signal: fc.Arbitrary<unknown> = fc
  .boolean()
  .map((aborted) => (aborted ? AbortSignal.abort() : new AbortController().signal));
export const flag = fc.boolean();
export const number = fc.oneof(fc.integer(), of(0, 1, 255, 2 ** 31, 2 ** 32, -1, 0.5));

const auxiliaryAddresses = fc.dictionary(fc.string(), ip, { maxKeys: 2 });
export const subnets = fc.array(
  fc.oneof(cidr, some({ subnet: cidr, gateway: ip, range: cidr, auxiliaryAddresses })),
  { maxLength: 3 },
);
export const networkOptions = some({
  driver: of("bridge", "bridgr", "host", "null"),
  ipam: of("default", "null", "nul"),
  subnets,
  ipv4: flag,
  ipv6: flag,
  internal: flag,
  configOnly: flag,
  configFrom: name,
  labels: fc.dictionary(fc.string(), fc.string()),
  mtu,
  bridge: ifname,
  isolateEndpoints: flag,
  mode: of("managed", "unmanaged", "manged"),
  vlanFiltering: flag,
  signal,
});
export const controllerOptions = some({
  instance: of("any", "lab-1", "Lab", ""),
  runDirectory: path,
  pools: fc.array(some({ family: of("inet", "inet6"), base: cidr, prefix: number }), {
    maxLength: 2,
  }),
  drivers: fc.array(some({ name, optionNames: fc.array(fc.string()), subnets: fc.string() }), {
    maxLength: 2,
  }),
  ipams: fc.array(some({ name, create: of(() => undefined, 7) }), { maxLength: 2 }),
  store: of<unknown>(undefined, undefined, {}, "lmdb"),
  signal,
});
export const sandboxOptions = some({ path, hostname: name, signal });
export const source = fc.oneof(
  fc.record({ path }),
  fc.record({ pid: of(process.pid, 0, -1, 2 ** 31) }),
  fc.record({ fd: fc.integer({ min: -1, max: 40 }) }),
);
export const endpointOptions = some({
  addresses: fc.array(fc.oneof(ip, cidr)),
  aliases: fc.array(name, { maxLength: 3 }),
  gatewayPriority: number,
  linkLocalAddresses: fc.array(of("169.254.0.7", "fe80::7", "10.0.0.2"), { maxLength: 2 }),
  mac,
  mtu,
  hostIfname: ifname,
  routes: fc.array(some({ destination: cidr, gateway: ip }), { maxLength: 2 }),
  vlan: number,
  sysctls: fc.dictionary(of("net.ipv4.conf.IFNAME.forwarding", "net.ipv4.ip_forward", "x"), number),
  signal,
});
export const joinOptions = some({ ifname, signal });

const linkBase = { mtu, address: mac, master: link, group: number, up: flag, txQueues: number };
export const linkSpec = fc.oneof(
  fc.record(
    { kind: of("bridge", "brigde", "dummy"), name: ifname, ...linkBase, ageingTimeMs: number },
    { requiredKeys: ["kind", "name"] },
  ),
  fc.record(
    {
      kind: of("vxlan", "macvlan"),
      name: ifname,
      id: number,
      remote: ip,
      link,
      mode: of("bridge", "source"),
      macAddresses: fc.array(mac),
      bridgePort: some({ isolated: flag }),
      namespace: of(undefined, {}),
      ...linkBase,
    },
    { requiredKeys: ["kind", "name"] },
  ),
  fc.record(
    {
      kind: of("veth"),
      name: ifname,
      peer: some({ name: ifname, address: mac, mtu }),
      ...linkBase,
    },
    { requiredKeys: ["kind", "name", "peer"] },
  ),
  fc.record(
    {
      kind: of("tun", "tap"),
      name: ifname,
      owner: number,
      ownerGroup: number,
      multiQueue: flag,
      vnetHeader: flag,
      packetInformation: flag,
      ...linkBase,
    },
    { requiredKeys: ["kind", "name"] },
  ),
);
export const linkChanges = some({
  ...linkBase,
  name: ifname,
  addrGenMode: of("none", "eui64"),
  alias: fc.string(),
  promiscuous: flag,
  bridge: some({ priority: number, mst: flag, vlanProtocol: of("802.1Q", "802.1q") }),
  bridgePort: some({ cost: number, isolated: flag, backupPort: link }),
  vxlan: some({ id: number, remote: ip, ttl: fc.oneof(number, of("inherit")) }),
});
export const bridgeVlan = some({ link, vid: number, to: number, pvid: flag, self: flag });
export const addressSpec = some({
  link,
  address: cidr,
  peer: ip,
  noDad: flag,
  label: of("lo:x", "", "x".repeat(16)),
  validLifetimeS: fc.oneof(number, of("forever")),
  preferredLifetimeS: fc.oneof(number, of("forever")),
  protocol: number,
});
const hop = some({ gateway: ip, link, weight: number, onlink: flag });
export const routeSpec = some({
  destination: fc.oneof(cidr, of("default")),
  family: of("inet", "inet6"),
  gateway: ip,
  link,
  nexthops: fc.array(hop, { maxLength: 3 }),
  nexthopId: of(1, 9, 0),
  table: fc.oneof(number, of("main", "local")),
  metric: number,
  tos: number,
  metrics: some({
    mtu: number,
    rttMs: number,
    congestion: of("reno", "none at all"),
    cwnd: number,
  }),
  type: of("unicast", "blackhole", "unreachable"),
});
export const routeLookup = some({ from: ip, iif: link, oif: link, mark: number, uid: number });
export const neighbourSpec = some({
  link,
  address: ip,
  lladdr: mac,
  state: of("permanent", "stale", "reachabel"),
  proxy: flag,
  router: flag,
  protocol: fc.oneof(number, of("bird")),
});
export const fdbSpec = some({
  link,
  mac,
  dst: ip,
  port: number,
  vni: number,
  vlan: number,
  master: flag,
  state: of("static", "local"),
});
export const nexthopSpec = some({
  id: of(1, 2, 9, 0),
  gateway: ip,
  link,
  blackhole: flag,
  fdb: flag,
  group: fc.array(some({ id: of(1, 2), weight: number }), { maxLength: 2 }),
});
export const ruleSpec = some({
  priority: number,
  from: cidr,
  to: cidr,
  iif: ifname,
  mark: number,
  uids: some({ start: number, end: number }),
  sourcePorts: fc.oneof(number, some({ start: number, end: number })),
  table: fc.oneof(number, of("main", "local")),
  goto: number,
  action: of("blackhole", "nop"),
});
export const filter = some({
  link,
  family: of("inet", "inet6"),
  kind: of("veth"),
  table: of("main"),
  statistics: of(true, "yes"),
});
export const socketSpec = some({ type: of("udp", "tcp"), address: ip, port: number });
export const tunQueueSpec = some({
  type: of("tun", "tap", "tum"),
  name: ifname,
  multiQueue: flag,
  vnetHeader: flag,
  packetInformation: flag,
  blocking: flag,
});
export const holdName = of("lab/one", "", "n".repeat(107), "n".repeat(108), "a b", "a\0b");
export const sysctl = of(
  "net.ipv4.ip_forward",
  "net.ipv4.nothing",
  "kernel.hostname",
  "net/../x",
  "net",
);
export const spawnOptions = some({
  cwd: of("/", "/none"),
  env: fc.dictionary(fc.string(), fc.string()),
  uid: number,
  gid: number,
  argv0: fc.string(),
  shell: of<unknown>(false, "", 7, {}),
  stdio: of<unknown>("ignore", "pipe", ["ignore"], "pype", [7, -1], [null]),
  timeout: of(1, -1),
  signal,
});

const tupleParts = { source: ip, destination: ip, sourcePort: number, destinationPort: number };
const protocol = of<unknown>("tcp", "udp", "icmp", "tpc", 6, 255, 256);
const status = fc.array(of("assured", "seen_reply", "confirmed", "fixed"), { maxLength: 2 });
const flowTuple = fc.record(
  { ...tupleParts, protocol, zone: number },
  { requiredKeys: ["source", "destination", "protocol"] },
);
export const flowTarget = some({ original: flowTuple, reply: flowTuple, zone: number, id: number });
export const flowSpec = some({
  original: flowTuple,
  reply: flowTuple,
  timeoutS: number,
  zone: number,
  mark: number,
  status,
  tcpState: of("none", "established", "open"),
  sourceNat: some({ address: ip, port: number }),
  helper: of("ftp", "none-such", ""),
});
export const flowChanges = some({ timeoutS: number, mark: number, markMask: number, status });
export const flowFilter = some({
  family: of("inet", "inet6"),
  protocol,
  original: some({ ...tupleParts, source: fc.oneof(ip, cidr) }),
  mark: number,
  markMask: number,
  zone: number,
  status,
});
export const monitorOptions = some({
  addresses: flag,
  conntrack: flag,
  fdb: flag,
  links: flag,
  namespaceIds: flag,
  neighbours: flag,
  nexthops: flag,
  rules: flag,
  routes: flag,
  existing: flag,
  allNamespaces: flag,
  queueBytes: number,
  signal,
});
export const runOptions = some({ signal });

const handle = of("1:", "1:10", "ffff:", "root", "1", "x:y", "10000:1");
const rate = of(8000, 8_000_000, 80_000_000_000, 7, 1e300);
export const qdiscSpec = fc.oneof(
  some({
    kind: of("tbf"),
    link,
    handle,
    rateBitsPerSecond: rate,
    burstBytes: number,
    limitBytes: number,
  }),
  some({ kind: of("htb", "clsact", "ingress", "noqueue"), link, handle, parent: handle }),
  some({ kind: of("netem", "fq", "pfifo", "cbq"), link, parent: handle, limit: number }),
);
export const qdiscTarget = some({ link, parent: fc.oneof(handle, of("ingress")) });
export const classSpec = some({
  kind: of("htb", "hfsc"),
  link,
  parent: handle,
  classid: handle,
  rateBitsPerSecond: rate,
  burstBytes: number,
});
export const classTarget = some({ link, classid: handle });
export const trafficFilterSpec = some({
  kind: of("u32", "matchall", "bpf"),
  programFd: number,
  directAction: flag,
  link,
  parent: fc.oneof(handle, of("ingress", "egress")),
  protocol: of<unknown>("ip", "all", "ipx", 5, 70_000),
  priority: number,
  match: some({ source: fc.oneof(ip, cidr), ipProtocol: protocol, destinationPort: number }),
  actions: fc.array(
    fc.oneof(
      some({ kind: of("mirred"), action: of("mirror", "drop"), link }),
      some({ kind: of("gact", "police", "nat"), control: of("drop", "dorp") }),
    ),
    { maxLength: 2 },
  ),
});
export const trafficFilterTarget = some({
  link,
  parent: handle,
  priority: number,
  protocol: of("ip"),
  handle: number,
});

export const nftFamily = of("inet", "ip", "ip6", "arp", "bridge", "netdev", "inet6");
export const nftTableOptions = some({
  flags: fc.array(of("dormant", "persist"), { maxLength: 2 }),
  comment: name,
});
export const nftChainOptions = some({
  type: of("filter", "nat", "route"),
  hook: of("input", "prerouting", "ingress", "egress", "postrouting"),
  priority: of<unknown>("filter", "dstnat + 1", "out", "low", 5),
  policy: of("accept", "drop"),
  devices: of<unknown>(["lo"], ["lo", "none"], []),
  comment: name,
});
const nftType = of<unknown>("ipv4_addr", "mark", "ifname", ["mark", "inet_service"], [], "none");
export const nftSetOptions = some({
  type: nftType,
  flags: fc.array(of("interval", "timeout", "constant", "dynamic"), { maxLength: 2 }),
  timeoutMs: number,
  size: number,
  counter: flag,
});
export const nftElement = of<unknown>(
  1,
  "1-5",
  "10.0.0.0/8",
  [1, 2],
  { key: 7, comment: "x" },
  "*",
);
export const nftFilter = some({ family: nftFamily, table: name, chain: name });
export const nftSet = some({ family: nftFamily, table: name, name });

const { accept, counter, ip6, meta, reject, tcp } = nft;
export const nftPart = of<unknown>(
  ...[accept, counter, nft.ip.saddr.eq("10.0.0.0/8"), ip6.daddr.in("::1", "::2"), meta.mark.set(3)],
  ...[tcp.dport.vmap([[1, nft.drop]]), nft.jump("c"), reject(), nft.dnat({ address: "::1" })],
  ...[{ kind: "counter" }, { kind: "meta", key: "mark", dreg: "reg1" }, { kind: "none" }],
);
const table = nft.table("inet", "t");
const chain = table.chain("c");
const set = table.set("s", { type: "mark" });
export const nftObject = of<unknown>(
  ...[table, chain, chain.rule(accept), chain.ruleAt(1), set, set.elements([1])],
  ...[table.counter("n"), table.flowtable("f", { devices: ["lo"] })],
);
export const features = fc.dictionary(of("rx-gro", "tx-udp-segmentation", "magic"), fc.oneof(flag));
export const wireguardChanges = some({
  privateKey: of<unknown>(null, "AAAA", `${"A".repeat(43)}=`),
  listenPort: number,
  peers: fc.array(
    some({ publicKey: of(`${"A".repeat(43)}=`, "key"), endpoint: of("10.0.0.1:1", "x:1") }),
    { maxLength: 2 },
  ),
});

const count = of(0, 1, 2 ** 53, -1, 0.5);
const latency = some({ sumUs: count, buckets: fc.array(count, { maxLength: 3 }) });
export const metrics = fc.record({
  version: of(1, 2),
  controller: fc.record({ id: fc.string(), instance: fc.string() }),
  ...{ networks: count, endpoints: count, joinedEndpoints: count, sandboxes: count },
  latencyBucketsUs: fc.array(count, { maxLength: 3 }),
  operations: fc.dictionary(
    fc.string(),
    fc.record({
      ...{ count, running: count, latency },
      failures: fc.dictionary(fc.string(), count, { maxKeys: 2 }),
    }),
    { maxKeys: 2 },
  ),
  store: fc.record({ writes: count, changes: count, failures: count }),
  pools: fc.array(
    some({ network: fc.string(), subnet: cidr, used: count, free: fc.oneof(count, of(null)) }),
    { maxLength: 2 },
  ),
  drift: fc.constant([]),
});
