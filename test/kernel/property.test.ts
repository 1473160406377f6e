import * as vethwork from "#lib/index.js";
import {
  Controller,
  formatMetrics,
  ipOf,
  Namespace,
  type Endpoint,
  type Network,
  type Sandbox,
} from "#lib/index.js";
import * as netlink from "#lib/netlink.js";
import { features, Job, nft } from "#lib/netlink.js";
import { expect } from "chai";
import type { ChildProcess } from "node:child_process";
import fc from "fast-check";
import { closeSync } from "node:fs";
import { inspect } from "node:util";
import { newHost, type TestHost } from "../support/cnm.js";
import { isTyped, mangled } from "../support/hostile.js";
import * as likely from "../support/likely.js";
import { ipLinkNames } from "../support/other-eyes.js";

/** What the functions are called on: anew for each of them. */
interface Scene {
  readonly world: TestHost;
  readonly network: Network;
  readonly endpoint: Endpoint;
  readonly sandbox: Sandbox;
  /** Of a second namespace, which may be spoilt. */
  readonly netns: Namespace;
}

/** `never` goes wherever a type is asked for: the functions are given what they do not ask for. */
type Call = (scene: Scene, ...words: never[]) => unknown;

/** Words that stand for an object of the scene, so that one of them can be right. */
const standIns: Readonly<Record<string, "endpoint" | "netns" | "network" | "sandbox">> = {
  "the endpoint": "endpoint",
  "the namespace": "netns",
  "the network": "network",
  "the sandbox": "sandbox",
};

const { name, link, number, some } = likely;

/** Builders of rules, by name. */
const words = {
  concat: nft.concat,
  counterFrom: nft.counterFrom,
  ctCount: nft.ctCount,
  ctState: (value) => nft.ct.state.in(value),
  dnat: nft.dnat,
  fib: nft.fib,
  jhash: nft.jhash,
  limit: nft.limit,
  log: nft.log,
  mark: (value) => nft.meta.mark.set(value),
  map: (a, b) => nft.ip.saddr.map(a, b),
  masquerade: nft.masquerade,
  numgen: nft.numgen.inc,
  port: (value) => nft.tcp.dport.eq(value),
  ports: (a, b) => nft.tcp.dport.in(a, b),
  queue: nft.queue,
  quota: nft.quota,
  raw: (a, b) => nft.raw(a, b, b),
  reject: nft.reject,
  saddr: (value) => nft.ip.saddr.eq(value),
  symhash: nft.symhash,
  tproxy: nft.tproxy,
  vmap: (value) => nft.tcp.dport.vmap(value),
} satisfies Readonly<Record<string, (a: never, b: never) => unknown>>;
const text = fc.string();

/** What is spread in a call must be a list; what is none goes in as it is. */
function listOf<T>(value: T[]): readonly T[] {
  return Array.isArray(value) ? value : [value];
}

/** Every public function that takes something: what it is likely to be given, and the call. */
const functions: Readonly<
  Record<string, readonly [words: readonly fc.Arbitrary<unknown>[], call: Call]>
> = {
  "Controller.open": [[likely.controllerOptions], (_, options) => Controller.open(options)],
  "Controller#createNetwork": [
    [name, likely.networkOptions],
    ({ world }, a, b) => world.cnm.createNetwork(a, b),
  ],
  "Controller#createSandbox": [
    [name, likely.sandboxOptions],
    ({ world }, a, b) => world.cnm.createSandbox(a, b),
  ],
  "Controller#adoptSandbox": [
    [name, likely.source, likely.sandboxOptions],
    ({ world }, a, b, c) => world.cnm.adoptSandbox(a, b, c),
  ],
  "Controller#network": [[name], ({ world }, a) => void world.cnm.network(a)],
  "Controller#sandbox": [[name], ({ world }, a) => void world.cnm.sandbox(a)],
  "Controller#attach": [
    [
      fc.constant("the sandbox"),
      fc.constant("the network"),
      likely.some({ name, ifname: likely.ifname }),
    ],
    async ({ world }, a, b, c) => {
      const endpoint = await world.cnm.attach(a, b, c);
      await endpoint.delete();
    },
  ],
  "Controller#prune": [
    // Others than by a label would take the scene's network away.
    [likely.some({ labels: fc.constant({ never: "set" }), until: likely.number })],
    ({ world }, a) => world.cnm.prune(a),
  ],
  "Controller#attachMany": [
    [
      fc.array(
        likely.some({
          sandbox: fc.oneof(fc.constant("the sandbox"), likely.some({ name })),
          network: fc.constant("the network"),
          ifname: likely.ifname,
        }),
      ),
    ],
    async ({ world }, a, b) => {
      await world.cnm.detachMany(await world.cnm.attachMany(a, b));
    },
  ],
  "Controller#detachMany": [
    [fc.array(fc.constantFrom("the network", 1)), likely.some({ signal: fc.integer() })],
    ({ world }, a, b) => world.cnm.detachMany(a, b),
  ],
  "Controller#createWarmPool": [
    [
      fc.constant("the network"),
      likely.some({ size: fc.integer({ min: 0, max: 3 }), refillAt: fc.integer() }),
    ],
    async ({ world }, a, b) => {
      await using pool = await world.cnm.createWarmPool(a, b);
      await pool.filled();
    },
  ],
  "WarmPool#filled": [
    [fc.constant("the network")],
    async ({ world }, a) => {
      await using pool = await world.cnm.createWarmPool(a, { size: 2 });
      await pool.filled();
    },
  ],
  "WarmPool#take": [
    [name, likely.some({ name, hostname: name })],
    async ({ world, network }, a, b) => {
      await using pool = await world.cnm.createWarmPool(network, { size: 1 });
      const { sandbox } = await pool.take(a, b);
      if (sandbox !== undefined) await world.cnm.detachMany([sandbox]);
    },
  ],
  "Controller#removeLeftovers": [[text], ({ world }, a) => world.cnm.removeLeftovers(a)],
  "Controller#watch": [
    [likely.some({ signal: fc.integer() })],
    ({ world }, a) => {
      world.cnm.watch(a).close();
    },
  ],
  "Network#update": [
    [likely.some({ labels: fc.dictionary(fc.string(), fc.string()) })],
    ({ network }, a) => network.update(a),
  ],
  "Network#createEndpoint": [
    [name, likely.endpointOptions],
    ({ network }, a, b) => network.createEndpoint(a, b),
  ],
  "Network#endpoint": [[name], ({ network }, a) => void network.endpoint(a)],
  "Endpoint#join": [
    [fc.constant("the sandbox"), likely.joinOptions],
    async ({ endpoint }, a, b) => {
      await endpoint.join(a, b);
      await endpoint.leave();
    },
  ],
  "Sandbox#spawn": [
    [fc.constantFrom("true", "/none"), fc.array(text), likely.spawnOptions],
    ({ sandbox }, a, b, c) => sandbox.spawn(a, b, c),
  ],
  formatMetrics: [[likely.metrics], (_, a) => void formatMetrics(a)],
  ipOf: [
    [fc.constant("the endpoint"), fc.constantFrom("inet", "inet6", "inet7")],
    (_, a, b) => void ipOf(a, b),
  ],

  "Namespace.create": [[likely.sandboxOptions], (_, options) => Namespace.create(options)],
  "Namespace.open": [[likely.source], (_, source) => Namespace.open(source)],
  "Namespace#openSocket": [
    [likely.socketSpec],
    async ({ netns }, spec) => {
      closeSync((await netns.openSocket(spec)).fd);
    },
  ],
  "Namespace#openTun": [
    [likely.tunQueueSpec],
    async ({ netns }, spec) => {
      closeSync((await netns.openTun(spec)).fd);
    },
  ],
  "Namespace#hold": [[likely.holdName], ({ netns }, holdName) => netns.hold(holdName)],
  "Namespace#monitor": [
    [likely.monitorOptions],
    async ({ netns }, options) => {
      const monitor = netns.monitor(options);
      await monitor.ready;
      return monitor;
    },
  ],
  "Namespace#trace": [
    [likely.monitorOptions],
    async ({ netns }, options) => {
      const monitor = netns.trace(options);
      await monitor.ready;
      return monitor;
    },
  ],
  features: [[fc.constant("the namespace")], (_, a) => features(a)],
  "Links#add": [
    [likely.linkSpec],
    async ({ netns }, spec) => netns.links.delete((await netns.links.add(spec)).index),
  ],
  "Links#get": [[link], ({ netns }, a) => netns.links.get(a)],
  "Links#list": [[likely.filter], ({ netns }, a) => netns.links.list(a)],
  "Links#set": [[link, likely.linkChanges], ({ netns }, a, b) => netns.links.set(a, b)],
  "Links#addAltname": [[link, name], ({ netns }, a, b) => netns.links.addAltname(a, b)],
  "Links#deleteAltname": [[link, name], ({ netns }, a, b) => netns.links.deleteAltname(a, b)],
  "Links#deleteGroup": [[number], ({ netns }, a) => netns.links.deleteGroup(a)],
  "Links#statistics": [[link], ({ netns }, a) => netns.links.statistics(a)],
  "Links#listStatistics": [[], ({ netns }) => netns.links.listStatistics()],
  "Links#delete": [[link], ({ netns }, a) => netns.links.delete(a)],
  "Addresses#add": [[likely.addressSpec], ({ netns }, a) => netns.addresses.add(a)],
  "Addresses#addMany": [
    [fc.array(likely.addressSpec, { maxLength: 3 })],
    ({ netns }, a) => netns.addresses.addMany(a),
  ],
  "Addresses#replace": [[likely.addressSpec], ({ netns }, a) => netns.addresses.replace(a)],
  "Addresses#list": [[likely.filter], ({ netns }, a) => netns.addresses.list(a)],
  "Addresses#delete": [[likely.addressSpec], ({ netns }, a) => netns.addresses.delete(a)],
  "BridgeVlans#add": [[likely.bridgeVlan], ({ netns }, a) => netns.bridgeVlans.add(a)],
  "BridgeVlans#list": [[likely.filter], ({ netns }, a) => netns.bridgeVlans.list(a)],
  "BridgeVlans#delete": [[likely.bridgeVlan], ({ netns }, a) => netns.bridgeVlans.delete(a)],
  "Conntrack#add": [[likely.flowSpec], ({ netns }, a) => netns.conntrack.add(a)],
  "Conntrack#get": [[likely.flowTarget], ({ netns }, a) => netns.conntrack.get(a)],
  "Conntrack#list": [[likely.flowFilter], ({ netns }, a) => netns.conntrack.list(a)],
  "Conntrack#set": [
    [likely.flowTarget, likely.flowChanges],
    ({ netns }, a, b) => netns.conntrack.set(a, b),
  ],
  "Conntrack#delete": [[likely.flowTarget], ({ netns }, a) => netns.conntrack.delete(a)],
  "Conntrack#deleteMatching": [
    [likely.flowFilter],
    ({ netns }, a) => netns.conntrack.deleteMatching(a),
  ],
  "Ethtool#features": [[link], ({ netns }, a) => netns.ethtool.features(a)],
  "Ethtool#setFeatures": [
    [link, likely.features],
    ({ netns }, a, b) => netns.ethtool.setFeatures(a, b),
  ],
  "GenericNetlink#family": [[name], ({ netns }, a) => netns.generic.family(a)],
  "Wireguard#get": [[link], ({ netns }, a) => netns.wireguard.get(a)],
  "Wireguard#set": [
    [link, likely.wireguardChanges],
    ({ netns }, a, b) => netns.wireguard.set(a, b),
  ],
  "Qdiscs#add": [
    [likely.qdiscSpec],
    async ({ netns }, a) => {
      const { link, parent } = await netns.qdiscs.add(a);
      await netns.qdiscs.delete({ link, parent });
    },
  ],
  "Qdiscs#replace": [
    [likely.qdiscSpec],
    async ({ netns }, a) => {
      const { link, parent } = await netns.qdiscs.replace(a);
      await netns.qdiscs.delete({ link, parent });
    },
  ],
  "Qdiscs#list": [[likely.filter], ({ netns }, a) => netns.qdiscs.list(a)],
  "Qdiscs#delete": [[likely.qdiscTarget], ({ netns }, a) => netns.qdiscs.delete(a)],
  "TrafficClasses#add": [[likely.classSpec], ({ netns }, a) => netns.trafficClasses.add(a)],
  "TrafficClasses#replace": [[likely.classSpec], ({ netns }, a) => netns.trafficClasses.replace(a)],
  "TrafficClasses#list": [[link], ({ netns }, a) => netns.trafficClasses.list(a)],
  "TrafficClasses#delete": [[likely.classTarget], ({ netns }, a) => netns.trafficClasses.delete(a)],
  "TrafficFilters#add": [[likely.trafficFilterSpec], ({ netns }, a) => netns.trafficFilters.add(a)],
  "TrafficFilters#list": [[likely.qdiscTarget], ({ netns }, a) => netns.trafficFilters.list(a)],
  "TrafficFilters#delete": [
    [likely.trafficFilterTarget],
    ({ netns }, a) => netns.trafficFilters.delete(a),
  ],
  "Nftables#table": [
    [likely.nftFamily, name, likely.nftTableOptions],
    async ({ netns }, a, b, c) => {
      const table = netns.nft.table(a, b, c);
      await netns.nft.add(table);
      await netns.nft.delete(table);
    },
  ],
  "Nftables#add": [[likely.nftObject], ({ netns }, a) => netns.nft.add(a)],
  "Nftables#delete": [[likely.nftObject], ({ netns }, a) => netns.nft.delete(a)],
  "Nftables#tables": [[likely.nftFilter], ({ netns }, a) => netns.nft.tables(a)],
  "Nftables#chains": [[likely.nftFilter], ({ netns }, a) => netns.nft.chains(a)],
  "Nftables#rules": [[likely.nftFilter], ({ netns }, a) => netns.nft.rules(a)],
  "Nftables#sets": [[likely.nftFilter], ({ netns }, a) => netns.nft.sets(a)],
  "Nftables#objects": [[likely.nftFilter], ({ netns }, a) => netns.nft.objects(a)],
  "Nftables#flowtables": [[likely.nftFilter], ({ netns }, a) => netns.nft.flowtables(a)],
  "Nftables#elements": [[likely.nftSet], ({ netns }, a) => netns.nft.elements(a)],
  "Transaction#add": [
    [likely.nftFamily, name, likely.nftChainOptions, fc.array(likely.nftPart)],
    ({ netns }, a, b, c, d: never[]) => {
      const table = netns.nft.table(a, b);
      const chain = table.chain("c", c);
      return netns.nft
        .transaction()
        .add(table, chain, chain.rule(...listOf(d)))
        .commit();
    },
  ],
  "Transaction#create": [
    [likely.nftSetOptions, fc.array(likely.nftElement)],
    ({ netns }, a, b) => {
      const table = nft.table("inet", "t");
      const set = table.set("s", a) as nft.NftSet<["mark"]>;
      return netns.nft.transaction().add(table).create(set, set.elements(b)).commit();
    },
  ],
  "Transaction#append": [
    [likely.nftObject, some({ after: number })],
    ({ netns }, a, b) => netns.nft.transaction().append(a, b).commit(),
  ],
  "Transaction#insert": [
    [likely.nftObject, some({ before: number })],
    ({ netns }, a, b) => netns.nft.transaction().insert(a, b).commit(),
  ],
  "Transaction#replace": [
    [likely.nftObject, likely.nftObject],
    ({ netns }, a, b) => netns.nft.transaction().replace(a, b).commit(),
  ],
  "Transaction#destroy": [
    [likely.nftObject],
    ({ netns }, a) => netns.nft.transaction().destroy(a).commit(),
  ],
  "Transaction#commit": [
    [some({ generation: number, handles: fc.boolean(), chunks: fc.boolean() })],
    ({ netns }, a) => netns.nft.transaction().add(nft.table("inet", "t")).commit(a),
  ],
  "nft, its words": [
    [fc.constantFrom(...Object.keys(words)), fc.anything(), fc.anything()],
    (_, a: unknown, b, c) => {
      const known = typeof a === "string" && Object.hasOwn(words, a);
      if (known) (words[a as keyof typeof words] as (b: never, c: never) => unknown)(b, c);
    },
  ],
  "Routes#add": [[likely.routeSpec], ({ netns }, a) => netns.routes.add(a)],
  "Routes#list": [[likely.filter], ({ netns }, a) => netns.routes.list(a)],
  "Routes#delete": [[likely.routeSpec], ({ netns }, a) => netns.routes.delete(a)],
  "Routes#addMany": [
    [fc.array(likely.routeSpec, { maxLength: 3 })],
    ({ netns }, a) => netns.routes.addMany(a),
  ],
  "Routes#append": [[likely.routeSpec], ({ netns }, a) => netns.routes.append(a)],
  "Routes#change": [[likely.routeSpec], ({ netns }, a) => netns.routes.change(a)],
  "Routes#lookup": [
    [likely.ip, likely.routeLookup],
    ({ netns }, a, b) => netns.routes.lookup(a, b),
  ],
  "Routes#replace": [[likely.routeSpec], ({ netns }, a) => netns.routes.replace(a)],
  "Fdb#add": [[likely.fdbSpec], ({ netns }, a) => netns.fdb.add(a)],
  "Fdb#append": [[likely.fdbSpec], ({ netns }, a) => netns.fdb.append(a)],
  "Fdb#replace": [[likely.fdbSpec], ({ netns }, a) => netns.fdb.replace(a)],
  "Fdb#addMany": [[fc.array(likely.fdbSpec)], ({ netns }, a) => netns.fdb.addMany(a)],
  "Fdb#appendMany": [[fc.array(likely.fdbSpec)], ({ netns }, a) => netns.fdb.appendMany(a)],
  "Fdb#replaceMany": [[fc.array(likely.fdbSpec)], ({ netns }, a) => netns.fdb.replaceMany(a)],
  "Fdb#deleteMany": [[fc.array(likely.fdbSpec)], ({ netns }, a) => netns.fdb.deleteMany(a)],
  "Fdb#delete": [[likely.fdbSpec], ({ netns }, a) => netns.fdb.delete(a)],
  "Fdb#get": [[likely.fdbSpec], ({ netns }, a) => netns.fdb.get(a)],
  "Fdb#list": [[likely.filter], ({ netns }, a) => netns.fdb.list(a)],
  "Fdb#flush": [[likely.fdbSpec], ({ netns }, a) => netns.fdb.flush(a)],
  "NamespaceIds#assign": [
    [fc.constant("the namespace"), number],
    ({ netns, world }, a, b) => (netns === a ? world.host : netns).namespaceIds.assign(a, b),
  ],
  "NamespaceIds#get": [
    [fc.constant("the namespace")],
    ({ world }, a) => world.host.namespaceIds.get(a),
  ],
  "NamespaceIds#list": [[], ({ netns }) => netns.namespaceIds.list()],
  "Neighbours#add": [[likely.neighbourSpec], ({ netns }, a) => netns.neighbours.add(a)],
  "Neighbours#replace": [[likely.neighbourSpec], ({ netns }, a) => netns.neighbours.replace(a)],
  "Neighbours#addMany": [
    [fc.array(likely.neighbourSpec)],
    ({ netns }, a) => netns.neighbours.addMany(a),
  ],
  "Neighbours#replaceMany": [
    [fc.array(likely.neighbourSpec)],
    ({ netns }, a) => netns.neighbours.replaceMany(a),
  ],
  "Neighbours#deleteMany": [
    [fc.array(likely.neighbourSpec)],
    ({ netns }, a) => netns.neighbours.deleteMany(a),
  ],
  "Neighbours#delete": [[likely.neighbourSpec], ({ netns }, a) => netns.neighbours.delete(a)],
  "Neighbours#get": [[likely.neighbourSpec], ({ netns }, a) => netns.neighbours.get(a)],
  "Neighbours#list": [[likely.filter], ({ netns }, a) => netns.neighbours.list(a)],
  "Neighbours#flush": [[likely.filter], ({ netns }, a) => netns.neighbours.flush(a)],
  "Nexthops#add": [[likely.nexthopSpec], ({ netns }, a) => netns.nexthops.add(a)],
  "Nexthops#replace": [[likely.nexthopSpec], ({ netns }, a) => netns.nexthops.replace(a)],
  "Nexthops#get": [[number], ({ netns }, a) => netns.nexthops.get(a)],
  "Nexthops#delete": [[number], ({ netns }, a) => netns.nexthops.delete(a)],
  "Nexthops#list": [[likely.filter], ({ netns }, a) => netns.nexthops.list(a)],
  "Rules#add": [[likely.ruleSpec], ({ netns }, a) => netns.rules.add(a)],
  "Rules#delete": [[likely.ruleSpec], ({ netns }, a) => netns.rules.delete(a)],
  "Rules#list": [[likely.filter], ({ netns }, a) => netns.rules.list(a)],
  "Sysctl#get": [[likely.sysctl], ({ netns }, a) => netns.sysctl.get(a)],
  "Sysctl#set": [
    [likely.sysctl, fc.oneof(text, number)],
    ({ netns }, a, b) => netns.sysctl.set(a, b),
  ],

  "Job#createNamespace": [
    [likely.sandboxOptions],
    async (_, options) => {
      const job = new Job();
      const made = job.createNamespace(options);
      await job.run();
      return made;
    },
  ],
  "Job#openNamespace": [
    [likely.source],
    async (_, source) => {
      const job = new Job();
      const opened = job.openNamespace(source);
      await job.run();
      return opened;
    },
  ],
  "Job#addLink": [
    [fc.constant("the namespace"), likely.linkSpec],
    async ({ netns }, a, spec) => {
      const job = new Job();
      const made = job.addLink(a, spec);
      job.deleteLink(netns, made.index);
      await job.run();
    },
  ],
  "Job#setLink": [
    [link, likely.linkChanges],
    ({ netns }, a, b) => jobOf((job) => job.setLink(netns, a, b)),
  ],
  "Job#addAddress": [
    [likely.addressSpec],
    ({ netns }, a) => jobOf((job) => job.addAddress(netns, a)),
  ],
  "Job#addBridgeVlan": [
    [likely.bridgeVlan],
    ({ netns }, a) => jobOf((job) => job.addBridgeVlan(netns, a)),
  ],
  "Job#deleteBridgeVlan": [
    [likely.bridgeVlan],
    ({ netns }, a) => jobOf((job) => job.deleteBridgeVlan(netns, a)),
  ],
  "Job#addRoute": [[likely.routeSpec], ({ netns }, a) => jobOf((job) => job.addRoute(netns, a))],
  "Job#replaceRoute": [
    [likely.routeSpec],
    ({ netns }, a) => jobOf((job) => job.replaceRoute(netns, a)),
  ],
  "Job#setSysctl": [
    [likely.sysctl, fc.oneof(text, number)],
    ({ netns }, a, b) => jobOf((job) => job.setSysctl(netns, a, b)),
  ],
  "Job#deleteLink": [[link], ({ netns }, a) => jobOf((job) => job.deleteLink(netns, a))],
  "Job#run": [[likely.runOptions], (_, a) => new Job().run(a)],
  "Job#deleteNamespace": [[fc.constant(7)], (_, a) => jobOf((job) => job.deleteNamespace(a))],
};

function real(scene: Scene, value: unknown): unknown {
  const key = typeof value === "string" ? standIns[value] : undefined;
  return key === undefined ? value : scene[key];
}

async function jobOf(fill: (job: Job) => void): Promise<void> {
  const job = new Job();
  fill(job);
  await job.run();
}

describe("public functions, given anything at all,", function () {
  for (const [called, [words, call]] of Object.entries(functions)) {
    it(`succeed or throw a typed error, and leave nothing: ${called}`, async function () {
      this.timeout(30_000);
      await using world = await newHost(this);
      await using netns = await Namespace.create();
      const network = await world.cnm.createNetwork("net", { bridge: "br-net" });
      const endpoint = await network.createEndpoint("e");
      const sandbox = await world.cnm.createSandbox("s");
      const scene = { world, network, endpoint, sandbox, netns };
      const before = await state(scene);

      await fc.assert(
        fc.asyncProperty(fc.tuple(...words.map(mangled)), async (recipes) => {
          const values = recipes.map((make) => real(scene, make()));
          try {
            await dispose(await call(scene, ...(values as never[])));
          } catch (error) {
            if (!isTyped(error)) throw new Error(`untyped, of ${show(values)}`, { cause: error });
          }
        }),
        { numRuns: 60, endOnFailure: true }, // shrinking would start programs by the thousand
      );

      expect(await state(scene)).to.deep.equal(before);
    });
  }

  it("are all of those that there are", async function () {
    const withoutWords =
      /^(?:constructor|check|close|delete|destroy|leave|metrics|repair|inspect|leftovers|networks|sandboxes|endpoints|run|own|count|flush|generation|ruleset|statistics|transaction)$/;

    const classes = [vethwork, netlink].flatMap((module) => Object.values(module) as unknown[]);
    await using own = await Namespace.own();
    const nouns = [
      own.addresses,
      own.bridgeVlans,
      own.conntrack,
      own.ethtool,
      own.fdb,
      own.generic,
      own.links,
      own.namespaceIds,
      own.neighbours,
      own.nexthops,
      own.nft,
      own.qdiscs,
      own.routes,
      own.rules,
      own.sysctl,
      own.trafficClasses,
      own.trafficFilters,
      own.wireguard,
    ];
    const parts = [...nouns, own.nft.transaction()].map((one) => one.constructor);
    const found = [...classes, ...parts].flatMap((value) => methodsOf(value));

    const missing = found.filter(
      (one) => !(one in functions) && !withoutWords.test(one.split(/[.#]/)[1] ?? ""),
    );
    expect([...new Set(missing)]).to.deep.equal([]);
  });
});

/** For a failure's message; some values throw when they are looked at. */
function show(values: readonly unknown[]): string {
  try {
    return inspect(values, { customInspect: false, getters: false, maxStringLength: 40 });
  } catch {
    return "values that cannot be shown";
  }
}

/** Members marked `@internal`, which no declaration file shows. */
const internal =
  /^(?:assert|attach(?!Many)|begin|belongsTo|bury|detach(?!Many)|fail|find[A-Z]|goes|ha[ds][A-Z]|ifnameFor|intentAt|isNowhere|leave[BNT]|lendTo|make|mend|openAnd|passing|pending|pools|record|rename|reopen|restore|settle|stays|takeBack|tell$|toJSON|unpin|updateFiles)/;

/** "Job#addLink", "Namespace.open": what users can call, as far as a class shows it. */
function methodsOf(value: unknown): readonly string[] {
  if (
    typeof value !== "function" ||
    value === ipOf ||
    value === features ||
    value === formatMetrics
  )
    return [];
  const prototype = value.prototype as object;
  const own = (object: object, sign: string) =>
    Object.entries(Object.getOwnPropertyDescriptors(object))
      .filter(([key, { value: member }]) => typeof member === "function" && !internal.test(key))
      .map(([key]) => `${value.name}${sign}${key}`);
  return [...own(value, "."), ...own(prototype, "#")];
}

async function state({ world, sandbox, network }: Scene): Promise<unknown> {
  return {
    links: await ipLinkNames(world.host),
    inside: await ipLinkNames(sandbox.namespace),
    networks: world.cnm.networks().map((one) => one.name),
    sandboxes: world.cnm.sandboxes().map((one) => one.name),
    endpoints: network.inspect().endpoints,
  };
}

/** What was made is taken down again; programs are ended. */
async function dispose(made: unknown): Promise<void> {
  if (typeof made !== "object" || made === null) return;
  if (Symbol.asyncDispose in made) await (made as AsyncDisposable)[Symbol.asyncDispose]();
  if ("spawnargs" in made) await ended(made as ChildProcess);
}

async function ended(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.on("close", resolve));
  child.on("error", () => undefined); // it may be what was to be expected
  // Of a program that could not be started Node 20 signals process 0: our own group.
  if (child.pid !== undefined) child.kill("SIGKILL");
  for (const stream of child.stdio) stream?.on("error", () => undefined).destroy();
  await closed;
}
