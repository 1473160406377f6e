import { Controller, formatMetrics, type MetricsSnapshot, type OperationName } from "#lib/index.js";
import { expect } from "chai";
import { newHost } from "../support/cnm.js";
import { newFolder } from "../support/folder.js";
import { newNetns } from "../support/netns.js";
import { ip } from "../support/other-eyes.js";
import { countdown } from "../support/own/ipam.js";
import { parsePrometheus } from "../support/prometheus.js";
import { cnmRefusal, rejection } from "../support/rejection.js";

/** How many of each operation have ended, of those that were begun at all. */
function ended({ operations }: MetricsSnapshot): Readonly<Record<string, number>> {
  const entries = Object.entries(operations).filter(([, { count }]) => count > 0);
  return Object.fromEntries(entries.map(([name, { count }]) => [name, count]));
}

function failuresOf(cnm: Controller, operation: OperationName): Readonly<Record<string, number>> {
  return cnm.metrics().operations[operation].failures;
}

describe("Controller.metrics", function () {
  it("counts what there is", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    await world.cnm.createNetwork("other");
    await network.createEndpoint("idle");
    await world.cnm.attachMany([
      { sandbox: { name: "a" }, network },
      { sandbox: { name: "b" }, network },
    ]);
    await world.cnm.createSandbox("empty");

    const seen = world.cnm.metrics();

    expect(seen).to.deep.include({
      version: 1,
      controller: { id: world.cnm.id, instance: "vethwork" },
      networks: 2,
      endpoints: 3,
      joinedEndpoints: 2,
      sandboxes: 3,
    });
    const ports = await ip(world.host, "link", "show", "type", "veth");
    expect(seen.joinedEndpoints).to.equal(ports.length);
    expect(JSON.parse(JSON.stringify(seen))).to.deep.equal(seen);
  });

  it("counts each operation once, and what is part of another under its own name too", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    await using theirs = await newNetns(this);
    const network = await cnm.createNetwork("net");
    const [a, b] = [await cnm.createSandbox("a"), await cnm.createSandbox("b")];
    const adopted = await cnm.adoptSandbox("theirs", { path: theirs.path ?? "" });
    const first = await network.createEndpoint("a");
    await first.join(a);
    await first.leave();
    await first.leave(); // of nothing: no operation
    await first.join(a);
    const second = await cnm.attach(b, network);
    await cnm.detachMany([second, b]);
    await a.delete();
    await a.delete();
    await first.delete();
    await adopted.delete();
    await network.delete();
    await network.delete();
    await cnm.check();
    await cnm.repair();

    expect(ended(cnm.metrics())).to.deep.equal({
      adoptSandbox: 1,
      attach: 1,
      check: 1,
      createEndpoint: 1,
      createNetwork: 1,
      createSandbox: 2,
      deleteEndpoint: 1,
      deleteNetwork: 1,
      deleteSandbox: 2,
      detachMany: 1,
      join: 2,
      leave: 2, // the second as part of deleteSandbox
      repair: 1,
    });
  });

  it("counts failures by code, those of wrong words too", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const network = await cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    await rejection(cnm.createNetwork("net"));
    await rejection(cnm.createNetwork("a b"));
    await rejection(cnm.createNetwork(7 as never));
    await rejection(cnm.createNetwork("x", { signal: AbortSignal.abort() }));
    await rejection(cnm.createNetwork("x", { signal: AbortSignal.abort(new Error("enough")) }));
    await network.createEndpoint("a");
    await rejection(network.delete());
    await rejection(cnm.adoptSandbox("s", { path: "/run/none-such" }));
    await rejection(
      cnm.attachMany([
        { sandbox: { name: "a" }, network, addresses: ["10.1.0.9"], name: "x" },
        { sandbox: { name: "b" }, network, addresses: ["10.1.0.9"], name: "y" },
      ]),
    );

    expect(failuresOf(cnm, "createNetwork")).to.deep.equal({
      ERR_CNM_INVALID_NAME: 1,
      ERR_CNM_NAME_TAKEN: 1,
      ERR_INVALID_ARG_TYPE: 1,
      aborted: 1,
      other: 1,
    });
    expect(cnm.metrics().operations.createNetwork.count).to.equal(6);
    expect(failuresOf(cnm, "deleteNetwork")).to.deep.equal({ ERR_CNM_IN_USE: 1 });
    expect(failuresOf(cnm, "adoptSandbox")).to.deep.equal({ ERR_CNM_KERNEL: 1 });
    expect(failuresOf(cnm, "attachMany")).to.deep.equal({ ERR_CNM_ADDRESS_TAKEN: 1 });
  });

  it("counts what an embedder's driver throws as other, whatever that is", async function () {
    const hostile = new Proxy(new Error("x"), {
      get: () => {
        throw new Error("do not look");
      },
    });
    await using world = await newHost(this);
    const options = { signal: AbortSignal.abort(hostile) };

    await world.cnm.createSandbox("s", options).catch(() => undefined);

    expect(failuresOf(world.cnm, "createSandbox")).to.deep.equal({ other: 1 });
  });

  it("says what is running, and how long it took", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const network = await cnm.createNetwork("net");
    const sandbox = await cnm.createSandbox("s");
    const endpoints = await Promise.all(
      ["a", "b", "c"].map((name) => network.createEndpoint(name)),
    );
    const began = performance.now();

    const joining = Promise.all(endpoints.map((endpoint) => endpoint.join(sandbox)));
    const meanwhile = cnm.metrics().operations.join;
    await joining;
    const tookUs = (performance.now() - began) * 1000;
    const after = cnm.metrics();

    expect(meanwhile).to.include({ running: 3, count: 0 });
    const { running, count, latency } = after.operations.join;
    expect({ running, count }).to.deep.equal({ running: 0, count: 3 });
    expect(latency.buckets).to.have.lengthOf(after.latencyBucketsUs.length + 1);
    expect(latency.buckets.reduce((sum, one) => sum + one)).to.equal(3);
    expect(latency.sumUs).to.be.within(100, 3 * tookUs);
  });

  it("counts writes of the store, and those that it refused", async function () {
    await using host = await newNetns(this, "link:bridge", "link:veth");
    using folder = newFolder();
    const { FileStore } = await import("../support/own/store.js");
    const store = new FileStore(`${folder.path}/state.json`);
    const cnm = await Controller.open({ host, store, runDirectory: `${folder.path}/run` });
    const before = cnm.metrics().store;
    await cnm.createNetwork("net");
    const between = cnm.metrics().store;
    const write = store.write.bind(store);
    store.write = () => Promise.reject(new Error("full"));
    await rejection(cnm.createSandbox("s"));
    store.write = write;

    expect(before).to.deep.equal({ writes: 0, changes: 0, failures: 0 });
    expect(between).to.deep.equal({ writes: 2, changes: 2, failures: 0 }); // intent and act
    expect(cnm.metrics().store).to.deep.equal({ writes: 3, changes: 3, failures: 1 });
    await cnm.destroy();
  });

  it("says how many addresses of each pool are used and free", async function () {
    await using world = await newHost(this, { ipams: [countdown] });
    const network = await world.cnm.createNetwork("net", {
      subnets: [
        { subnet: "10.1.0.0/28", range: "10.1.0.8/29", auxiliaryAddresses: { router: "10.1.0.2" } },
        { subnet: "fd00:1::/64", gateway: null },
      ],
    });
    await world.cnm.createNetwork("theirs", { ipam: "countdown" });
    await world.cnm.createNetwork("none", { driver: "null" });
    const pools = () => world.cnm.metrics().pools;
    const fresh = pools();
    const endpoint = await network.createEndpoint("a");
    await network.createEndpoint("b", { addresses: ["10.1.0.3", "fd00:1::5"] });
    const taken = pools();
    await endpoint.delete();

    const [theirs] = world.cnm.network("theirs").subnets;
    expect(fresh).to.deep.equal([
      { network: "net", subnet: "10.1.0.0/28", used: 2, free: 7 },
      { network: "net", subnet: "fd00:1::/64", used: 0, free: 2 ** 64 },
      { network: "theirs", subnet: theirs?.subnet, used: null, free: null },
    ]);
    expect(taken[0]).to.include({ used: 4, free: 6 });
    expect(taken[1]).to.include({ used: 2 });
    expect(pools()[0]).to.include({ used: 3, free: 7 });
  });

  it("leaves out what an embedder's IPAM says of its use in vain", async function () {
    const said: unknown[] = [
      () => {
        throw new Error("it is dark");
      },
      () => ({ used: -1, free: "many" }),
      () => null,
    ];
    for (const usage of said) {
      const ipams = [
        {
          name: "countdown",
          create: () => Object.assign(countdown.create({ controllerId: "" }), { usage }),
        },
      ];
      await using world = await newHost(this, { ipams: ipams });
      await world.cnm.createNetwork("net", { ipam: "countdown" });

      expect(world.cnm.metrics().pools[0]).to.include({ used: null, free: null });
    }
  });

  it("counts drift that was found, mended, and could not be", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    await cnm.createNetwork("net", { bridge: "br0" });
    await ip(world.host, "link", "set", "br0", "down");

    await cnm.check();
    await cnm.repair();

    expect(cnm.metrics().drift).to.deep.equal([
      { object: "network", problem: "wrong", found: 2, repaired: 1, failed: 0 },
    ]);
  });

  it("is refused once it is closed", async function () {
    await using world = await newHost(this);
    await world.cnm.close();

    expect(() => world.cnm.metrics())
      .to.throw()
      .with.property("code", "ERR_CNM_CLOSED");
  });

  it("is text that Prometheus takes, with each number where it belongs", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const network = await cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    await cnm.attach({ name: "web" }, network);
    await cnmRefusal(network.delete());

    const families = parsePrometheus(formatMetrics(cnm.metrics()));

    const values = (name: string) =>
      families.get(name)?.samples.map(({ labels, value }) => ({ ...labels, value }));
    expect(values("vethwork_sandboxes")).to.deep.equal([{ value: 1 }]);
    expect(values("vethwork_pool_addresses_used")).to.deep.equal([
      { network: "net", subnet: "10.1.0.0/24", value: 2 },
    ]);
    expect(values("vethwork_operation_failures_total")).to.deep.equal([
      { operation: "deleteNetwork", code: "ERR_CNM_IN_USE", value: 1 },
    ]);
    expect(values("vethwork_operations_running")).to.have.lengthOf(18);
  });
});
