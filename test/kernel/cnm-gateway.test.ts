import type { Namespace, Network } from "#lib/index.js";
import { expect } from "chai";
import { newHost, type TestHost } from "../support/cnm.js";
import { ip, ipLink, pings } from "../support/other-eyes.js";
import { kernelRefusal } from "../support/rejection.js";

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
