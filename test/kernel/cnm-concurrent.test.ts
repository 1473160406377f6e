import { expect } from "chai";
import { newHost } from "../support/cnm.js";
import { ip, ipLinkNames, pings } from "../support/other-eyes.js";

/** "fulfilled", or the code of the error, in the order of the promises. */
async function outcomes(promises: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((one) =>
    one.status === "fulfilled" ? one.status : (one.reason as { code?: unknown }).code,
  );
}

describe("calls at once", function () {
  it("make one network of a name, the first", async function () {
    await using world = await newHost(this);
    const births = ["br0", "br1", "br2"].map((bridge) => world.cnm.createNetwork("a", { bridge }));

    const results = await outcomes(births);

    expect(results).to.deep.equal(["fulfilled", "ERR_CNM_NAME_TAKEN", "ERR_CNM_NAME_TAKEN"]);
    expect(await world.links()).to.deep.equal(["br0"]);
  });

  it("make one network of a bridge's name", async function () {
    await using world = await newHost(this);
    const births = ["a", "b"].map((name) => world.cnm.createNetwork(name, { bridge: "br0" }));

    const results = await outcomes(births);

    expect([...results].sort()).to.deep.equal(["ERR_CNM_CONFLICT", "fulfilled"]);
    expect(world.cnm.networks()).to.have.lengthOf(1);
    expect(await world.links()).to.deep.equal(["br0"]);
  });

  it("make one network of a subnet", async function () {
    await using world = await newHost(this);
    const births = ["a", "b", "c"].map((name) =>
      world.cnm.createNetwork(name, { subnets: ["10.1.0.0/16"] }),
    );

    const results = await outcomes(births);

    expect([...results].sort()).to.deep.equal([
      "ERR_CNM_SUBNET_OVERLAP",
      "ERR_CNM_SUBNET_OVERLAP",
      "fulfilled",
    ]);
  });

  it("make one sandbox and one endpoint of a name", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net");

    const sandboxes = await outcomes([world.cnm.createSandbox("s"), world.cnm.createSandbox("s")]);
    const endpoints = await outcomes([network.createEndpoint("a"), network.createEndpoint("a")]);

    expect([sandboxes, endpoints]).to.deep.equal([
      ["fulfilled", "ERR_CNM_NAME_TAKEN"],
      ["fulfilled", "ERR_CNM_NAME_TAKEN"],
    ]);
  });

  it("make networks on subnets that do not overlap", async function () {
    await using world = await newHost(this);
    const names = Array.from({ length: 20 }, (_, at) => `net-${at}`);

    const networks = await Promise.all(
      names.map((name) => world.cnm.createNetwork(name, { ipv6: true })),
    );

    const subnets = networks.flatMap((network) => network.subnets.map(({ subnet }) => subnet));
    expect(new Set(subnets).size).to.equal(40);
    expect(await world.links()).to.have.lengthOf(20);
  });

  it("join a hundred sandboxes side by side, all of which are reached", async function () {
    this.timeout(20_000);
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const names = Array.from({ length: 100 }, (_, at) => `s-${at}`);

    const endpoints = await Promise.all(
      names.map(async (name) => {
        const [sandbox, endpoint] = await Promise.all([
          world.cnm.createSandbox(name),
          network.createEndpoint(name),
        ]);
        await endpoint.join(sandbox);
        return endpoint;
      }),
    );

    const addresses = endpoints.map((endpoint) => endpoint.addresses[0]?.replace("/24", "") ?? "");
    expect(new Set(addresses).size).to.equal(100);
    const ports = await ip(world.host, "link", "show", "type", "veth");
    expect(ports).to.have.lengthOf(100);
    const some = addresses.filter((_, at) => at % 25 === 0);
    const reached = await Promise.all(some.map((address) => pings(world.host, address)));
    expect(reached).not.to.include(false);
  });

  it("join one sandbox to several networks, in the order of asking", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");
    const endpoints = await Promise.all(
      ["a", "b", "c"].map(async (name) =>
        (await world.cnm.createNetwork(name)).createEndpoint("x"),
      ),
    );

    await Promise.all(endpoints.map((endpoint) => endpoint.join(sandbox)));

    expect(endpoints.map(({ ifname }) => ifname)).to.deep.equal(["eth0", "eth1", "eth2"]);
    expect(await ipLinkNames(sandbox.namespace)).to.have.members(["lo", "eth0", "eth1", "eth2"]);
  });

  it("join an endpoint once", async function () {
    await using world = await newHost(this);
    const endpoint = await (await world.cnm.createNetwork("net")).createEndpoint("a");
    const [one, other] = [await world.cnm.createSandbox("1"), await world.cnm.createSandbox("2")];

    const results = await outcomes([endpoint.join(one), endpoint.join(other), endpoint.join(one)]);

    expect(results).to.deep.equal(["fulfilled", "ERR_CNM_CONFLICT", "ERR_CNM_CONFLICT"]);
    expect(endpoint.sandbox).to.equal(one);
  });

  it("leave after the join that is under way", async function () {
    await using world = await newHost(this);
    const endpoint = await (
      await world.cnm.createNetwork("a", { bridge: "br0" })
    ).createEndpoint("a");
    const sandbox = await world.cnm.createSandbox("s");

    const results = await outcomes([endpoint.join(sandbox), endpoint.leave()]);

    expect(results).to.deep.equal(["fulfilled", "fulfilled"]);
    expect(endpoint.sandbox).to.equal(undefined);
    expect(await world.links()).to.deep.equal(["br0"]);
  });

  it("refuse to join what is leaving", async function () {
    await using world = await newHost(this);
    const endpoint = await (await world.cnm.createNetwork("net")).createEndpoint("a");
    const sandbox = await world.cnm.createSandbox("s");
    await endpoint.join(sandbox);

    const results = await outcomes([endpoint.leave(), endpoint.join(sandbox)]);

    expect(results).to.deep.equal(["fulfilled", "ERR_CNM_CONFLICT"]);
    await endpoint.join(sandbox);
  });

  it("leave nothing when endpoint, sandbox and network are deleted while it joins", async function () {
    await using world = await newHost(this);
    for (const victim of ["endpoint", "sandbox"] as const) {
      const network = await world.cnm.createNetwork("net");
      const endpoint = await network.createEndpoint("a");
      const sandbox = await world.cnm.createSandbox("s");

      const joining = endpoint.join(sandbox);
      const deleting = victim === "endpoint" ? endpoint.delete() : sandbox.delete();
      const [joined, deleted] = await outcomes([joining, deleting]);

      expect(deleted).to.equal("fulfilled");
      expect(joined).to.be.oneOf(["fulfilled", "ERR_CNM_CLOSED"]);
      expect(endpoint.sandbox).to.equal(undefined);
      await endpoint.delete();
      await sandbox.delete();
      await network.delete();
      expect(await world.links()).to.deep.equal([]);
    }
  });

  it("do not delete a network under an endpoint that is being made", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net");

    const results = await outcomes([network.createEndpoint("a"), network.delete()]);

    expect(results).to.deep.equal(["fulfilled", "ERR_CNM_IN_USE"]);
    expect(network.endpoints()).to.have.lengthOf(1);
  });

  it("give each static address once", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const births = ["a", "b"].map((name) =>
      network.createEndpoint(name, { addresses: ["10.1.0.9"] }),
    );

    const results = await outcomes(births);

    expect(results).to.deep.equal(["fulfilled", "ERR_CNM_ADDRESS_TAKEN"]);
  });
});
