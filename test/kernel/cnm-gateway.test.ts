import type { Namespace, Network } from "#lib/index.js";
import { expect } from "chai";
import { newHost, type TestHost } from "../support/cnm.js";
import { newNetns } from "../support/netns.js";
import { ip, ipLink, pings } from "../support/other-eyes.js";
import { kernelRefusal, rejection } from "../support/rejection.js";

/** "10.1.0.1 eth0" of all default routes, IPv4 first, as ip(8) sees them. */
async function defaults(where: Namespace): Promise<readonly string[]> {
  const four = await ip(where, "-4", "route", "show", "default");
  const six = await ip(where, "-6", "route", "show", "default");
  return [...four, ...six].map(({ gateway, dev }) => `${String(gateway)} ${String(dev)}`);
}

/** Networks of 10.1.0.0/24 and fd00:1::/64, 10.2.0.0/24 and fd00:2::/64, ... */
async function newNetworks({ cnm }: TestHost, count: number): Promise<readonly Network[]> {
  const numbers = Array.from({ length: count }, (_, at) => at + 1);
  return Promise.all(
    numbers.map((n) =>
      cnm.createNetwork(`net${n}`, { subnets: [`10.${n}.0.0/24`, `fd00:${n}::/64`] }),
    ),
  );
}

describe("default route of a sandbox on several networks", function () {
  it("goes through the first that was joined", async function () {
    await using world = await newHost(this);
    const networks = await newNetworks(world, 3);
    const sandbox = await world.cnm.createSandbox("s");

    for (const network of networks) await (await network.createEndpoint("a")).join(sandbox);

    expect(await defaults(sandbox.namespace)).to.deep.equal(["10.1.0.1 eth0", "fd00:1::1 eth0"]);
    expect(sandbox.endpoints().map(({ ifname }) => ifname)).to.deep.equal(["eth0", "eth1", "eth2"]);
  });

  it("goes on to the next in line when that one leaves", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");
    for (const network of await newNetworks(world, 3)) {
      await (await network.createEndpoint("a")).join(sandbox);
    }

    await sandbox.endpoints()[0]?.leave();

    expect(await defaults(sandbox.namespace)).to.deep.equal(["10.2.0.1 eth1", "fd00:2::1 eth1"]);
    expect(await pings(sandbox.namespace, "10.1.0.1"), "the host, by the new way").to.be.true;
  });

  it("is given to the next in line by repair() where that could not have it at once", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");
    for (const network of await newNetworks(world, 2)) {
      await (await network.createEndpoint("a")).join(sandbox);
    }
    const [first, second] = sandbox.endpoints();
    await sandbox.namespace.links.set("eth1", { up: false });
    const error = await rejection(first?.leave() ?? Promise.resolve());
    await sandbox.namespace.links.set("eth1", { up: true });

    const findings = await world.cnm.check();
    const repairs = await world.cnm.repair();

    expect(error.message).to.match(/^pass on default route: .*ENETUNREACH.*EHOSTUNREACH/);
    expect(findings[0]).to.include({ object: "sandbox", name: "s", problem: "wrong" });
    expect(findings[0]?.text).to.include("no endpoint has its inet default route");
    // Of IPv6 the address went with the interface that was down.
    expect(repairs).to.have.lengthOf(2);
    expect(repairs[0]?.error).to.equal(undefined);
    expect(repairs[1]?.error?.message).to.match(/EHOSTUNREACH/);
    expect(second?.inspect().defaultRoutes).to.deep.equal(["inet"]);
    expect(await defaults(sandbox.namespace)).to.deep.equal(["10.2.0.1 eth1"]);
  });

  it("is left to whoever has set another one, also when its holder leaves", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");
    const [one, two] = await newNetworks(world, 2);
    const first = await world.cnm.attach(sandbox, one as Network, { name: "a" });
    await world.cnm.attach(sandbox, two as Network, { name: "a" });
    await ip(sandbox.namespace, "route", "replace", "default", "via", "10.2.0.77");

    await world.cnm.detachMany([first]);
    await world.cnm.attach(sandbox, one as Network, { name: "b", gatewayPriority: 5 });

    const [route] = await ip(sandbox.namespace, "-4", "route", "show", "default");
    expect(route).to.include({ gateway: "10.2.0.77", dev: "eth1" });
    expect(await world.cnm.check()).to.deep.equal([]);
  });

  it("stays where it is when another one leaves, and when the first comes back", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");
    const networks = await newNetworks(world, 3);
    const endpoints = await Promise.all(networks.map((network) => network.createEndpoint("a")));
    const [first, second, third] = endpoints;
    for (const endpoint of endpoints) await endpoint.join(sandbox);

    await third?.leave();
    expect(await defaults(sandbox.namespace)).to.deep.equal(["10.1.0.1 eth0", "fd00:1::1 eth0"]);
    await first?.leave();
    await first?.join(sandbox);

    expect(first?.ifname).to.equal("eth0");
    expect(await defaults(sandbox.namespace)).to.deep.equal(["10.2.0.1 eth1", "fd00:2::1 eth1"]);
    await second?.leave();
    expect(await defaults(sandbox.namespace)).to.deep.equal(["10.1.0.1 eth0", "fd00:1::1 eth0"]);
  });

  it("goes away with the last one", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");
    const [network] = await newNetworks(world, 1);
    const endpoint = await network?.createEndpoint("a");
    await endpoint?.join(sandbox);

    await endpoint?.leave();

    expect(await defaults(sandbox.namespace)).to.deep.equal([]);
  });

  it("is chosen a family: networks without a gateway, and internal ones, are passed over", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const sandbox = await cnm.createSandbox("s");
    const networks = [
      await cnm.createNetwork("internal", {
        internal: true,
        subnets: ["10.1.0.0/24", "fd00:1::/64"],
      }),
      await cnm.createNetwork("six", {
        subnets: [{ subnet: "10.2.0.0/24", gateway: null }, "fd00:2::/64"],
      }),
      await cnm.createNetwork("both", { subnets: ["10.3.0.0/24", "fd00:3::/64"] }),
    ];

    for (const network of networks) await (await network.createEndpoint("a")).join(sandbox);

    expect(await defaults(sandbox.namespace)).to.deep.equal(["10.3.0.1 eth2", "fd00:2::1 eth1"]);
  });

  it("does not keep an endpoint from leaving where the next in line cannot take over", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");
    const networks = [await world.cnm.createNetwork("one"), await world.cnm.createNetwork("two")];
    const [first, second] = await Promise.all(networks.map((one) => one.createEndpoint("a")));
    await first?.join(sandbox);
    await second?.join(sandbox);
    await ip(sandbox.namespace, "link", "set", "eth1", "down");

    const error = await kernelRefusal(Promise.resolve(first?.delete()));

    expect(error).to.include({ errnoName: "ENETUNREACH", syscall: "RTM_NEWROUTE" });
    expect(await ipLink(sandbox.namespace, "eth0")).to.equal(undefined);
    expect(networks[0]?.endpoints()).to.deep.equal([]);
    await networks[0]?.delete();
  });
});

describe("gatewayPriority", function () {
  const both = ["10.1.0.1 eth0", "fd00:1::1 eth0"];

  it("moves the default route to who has a higher one, and says so", async function () {
    await using world = await newHost(this);
    const [one, two] = await newNetworks(world, 2);
    const sandbox = await world.cnm.createSandbox("s");
    const first = await one?.createEndpoint("first");
    const second = await two?.createEndpoint("second", { gatewayPriority: 5 });
    await first?.join(sandbox);
    using watch = world.cnm.watch();

    await second?.join(sandbox);

    expect(await defaults(sandbox.namespace)).to.deep.equal(["10.2.0.1 eth1", "fd00:2::1 eth1"]);
    expect([first, second].map((each) => each?.inspect().defaultRoutes)).to.deep.equal([
      [],
      ["inet", "inet6"],
    ]);
    expect((await watch.next()).value).to.include({ kind: "endpoint", change: "joined" });
    for (const [family, gateway] of [
      ["inet", "10.2.0.1"],
      ["inet6", "fd00:2::1"],
    ]) {
      expect((await watch.next()).value).to.deep.equal({
        kind: "gateway",
        family,
        gateway,
        sandbox: { id: sandbox.id, name: "s" },
        from: { id: first?.id, name: "first" },
        to: { id: second?.id, name: "second" },
      });
    }
    expect(await pings(sandbox.namespace, "10.1.0.1"), "the host, by the new way").to.be.true;
  });

  it("gives it back to the next highest when that one leaves", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");
    const priorities = [1, 0, 3, 3, -1];
    for (const [at, network] of (await newNetworks(world, 5)).entries()) {
      const gatewayPriority = priorities[at] ?? 0;
      await world.cnm.attach(sandbox, network, { gatewayPriority });
    }
    const seen: unknown[] = [];

    for (;;) {
      const [four] = await defaults(sandbox.namespace);
      const holder = sandbox
        .endpoints()
        .find((one) => one.inspect().defaultRoutes.includes("inet"));
      if (holder === undefined) break;
      expect(four).to.match(new RegExp(` ${holder.ifname ?? ""}$`));
      seen.push(four);
      await holder.leave();
    }

    expect(seen).to.deep.equal([
      "10.3.0.1 eth2",
      "10.4.0.1 eth3",
      "10.1.0.1 eth0",
      "10.2.0.1 eth1",
      "10.5.0.1 eth4",
    ]);
  });

  it("chooses each family for itself", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const [one] = await newNetworks(world, 1);
    const six = await cnm.createNetwork("six", { subnets: ["fd00:6::/64"] });
    const sandbox = await cnm.createSandbox("s");

    if (one !== undefined) await cnm.attach(sandbox, one);
    await cnm.attach(sandbox, six, { gatewayPriority: 1 });

    expect(await defaults(sandbox.namespace)).to.deep.equal(["10.1.0.1 eth0", "fd00:6::1 eth1"]);
  });

  it("chooses among all that come together, and takes it from one that is there once", async function () {
    await using world = await newHost(this);
    const [one, two, three, four] = await newNetworks(world, 4);
    const sandbox = await world.cnm.createSandbox("s");
    if (one === undefined || two === undefined) throw new Error("no networks");
    if (three === undefined || four === undefined) throw new Error("no networks");
    const holder = await world.cnm.attach(sandbox, one);
    using watch = world.cnm.watch();

    const endpoints = await world.cnm.attachMany([
      { sandbox, network: two, gatewayPriority: 1 },
      { sandbox, network: three, gatewayPriority: 2 },
      { sandbox, network: four, gatewayPriority: 2 },
    ]);

    expect(await defaults(sandbox.namespace)).to.deep.equal(["10.3.0.1 eth2", "fd00:3::1 eth2"]);
    const shown = [holder, ...endpoints].map((each) => each.inspect().defaultRoutes.length);
    expect(shown).to.deep.equal([0, 0, 2, 0]);
    const moves: unknown[] = [];
    await world.cnm.close();
    for await (const event of watch) {
      if (event.kind === "gateway") moves.push([event.from.id, event.to.id]);
      if (moves.length === 2) break;
    }
    const [, to] = endpoints;
    expect(moves).to.deep.equal(Array(2).fill([holder.id, to?.id]));
  });

  it("stays where it is when one of those that come together fails", async function () {
    await using world = await newHost(this);
    const [one, two, three] = await newNetworks(world, 3);
    const sandbox = await world.cnm.createSandbox("s");
    if (one === undefined || two === undefined || three === undefined) throw new Error("none");
    await world.cnm.attach(sandbox, one);

    const error = await kernelRefusal(
      world.cnm.attachMany([
        { sandbox, network: two, gatewayPriority: 1 },
        { sandbox, network: three, sysctls: { "net.ipv4.conf.IFNAME.nothing": 1 } },
      ]),
    );

    expect(error).to.include({ errnoName: "ENOENT" });
    expect(await defaults(sandbox.namespace)).to.deep.equal(both);
    expect(sandbox.endpoints()[0]?.inspect().defaultRoutes).to.deep.equal(["inet", "inet6"]);
  });

  it("leaves the route that somebody else had set in an adopted sandbox", async function () {
    await using world = await newHost(this);
    await using foreign = await newNetns(this, "link:veth");
    await ip(foreign, "link", "add", "own0", "up", "type", "veth", "peer", "name", "own1");
    await ip(foreign, "address", "add", "10.9.0.2/24", "dev", "own0");
    await ip(foreign, "link", "set", "own1", "up");
    await ip(foreign, "route", "add", "default", "via", "10.9.0.1");
    const sandbox = await world.cnm.adoptSandbox("s", { path: foreign.path ?? "" });
    const [one] = await newNetworks(world, 1);

    if (one !== undefined) await world.cnm.attach(sandbox, one, { gatewayPriority: 9 });

    expect(await defaults(foreign)).to.deep.equal(["10.9.0.1 own0", "fd00:1::1 eth0"]);
  });

  it("puts the route back where the join fails behind it", async function () {
    await using world = await newHost(this);
    const [one, two] = await newNetworks(world, 2);
    const sandbox = await world.cnm.createSandbox("s");
    const routes = [{ destination: "192.168.7.0/24" }];
    await (await one?.createEndpoint("a", { routes }))?.join(sandbox);
    const newcomer = await two?.createEndpoint("b", { gatewayPriority: 1, routes });

    const error = await kernelRefusal(Promise.resolve(newcomer?.join(sandbox)));

    expect(error).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWROUTE" });
    expect(await defaults(sandbox.namespace)).to.deep.equal(both);
    expect(sandbox.endpoints()[0]?.inspect().defaultRoutes).to.deep.equal(["inet", "inet6"]);
  });

  it("puts the route back where the caller aborts, at any step", async function () {
    await using world = await newHost(this);
    const [one, two] = await newNetworks(world, 2);
    const sandbox = await world.cnm.createSandbox("s");
    await (await one?.createEndpoint("a"))?.join(sandbox);
    const newcomer = await two?.createEndpoint("b", { gatewayPriority: 1 });
    let aborted = 0;

    for (let turns = 0; turns < 24; turns++) {
      const controller = new AbortController();
      const joining = newcomer?.join(sandbox, { signal: controller.signal });
      const outcome = joining?.catch((error: unknown) => error);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      controller.abort();
      if ((await outcome) === undefined) break; // it was faster than so many turns
      expect(await defaults(sandbox.namespace)).to.deep.equal(both);
      aborted++;
    }

    expect(aborted).to.be.greaterThan(0);
  });
});
