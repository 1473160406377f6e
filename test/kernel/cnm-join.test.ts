import type { Namespace } from "#lib/index.js";
import { expect } from "chai";
import { newEndpoint, newHost } from "../support/cnm.js";
import { ip, ipAddresses, ipLink, ipLinkNames, pings } from "../support/other-eyes.js";
import { cnmRefusal, rejection } from "../support/rejection.js";

/** Destination and gateway of all default routes, as ip(8) sees them. */
async function defaults(where: Namespace): Promise<readonly unknown[]> {
  const four = await ip(where, "-4", "route", "show", "default");
  const six = await ip(where, "-6", "route", "show", "default");
  return [...four, ...six].map(({ gateway }) => gateway);
}

describe("Endpoint.join", function () {
  it("makes a pair: one end a port of the bridge, up and marked", async function () {
    await using world = await newHost(this);
    const { cnm, host } = world;
    const endpoint = await newEndpoint(world);
    const sandbox = await cnm.createSandbox("s");

    await endpoint.join(sandbox);

    const port = await ipLink(host, endpoint.hostIfname ?? "");
    expect(port).to.nested.include({
      ifname: `veth${endpoint.id.slice(0, 11)}`,
      master: "br0",
      "linkinfo.info_kind": "veth",
      num_tx_queues: 1,
      num_rx_queues: 1,
    });
    expect(port?.["flags"]).to.include.members(["UP", "LOWER_UP"]);
    expect(port?.["altnames"]).to.deep.equal([`vethwork.${cnm.id}.${endpoint.id}`]);
  });

  it("makes the other end in the sandbox: name, MAC, addresses, up", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const sandbox = await world.cnm.createSandbox("s");

    await endpoint.join(sandbox);

    const eth0 = await ipLink(sandbox.namespace, "eth0");
    expect(eth0).to.include({
      address: endpoint.mac,
      ifindex: endpoint.index,
      num_tx_queues: 1,
      num_rx_queues: 1,
    });
    expect(eth0?.["flags"]).to.include.members(["UP", "LOWER_UP"]);
    expect(await ipAddresses(sandbox.namespace, "eth0")).to.have.members(endpoint.addresses);
  });

  it("routes everything else to the gateways of both families", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const sandbox = await world.cnm.createSandbox("s");

    await endpoint.join(sandbox);

    expect(await defaults(sandbox.namespace)).to.deep.equal(["10.1.0.1", "fd00::1"]);
    expect(await pings(sandbox.namespace, "10.1.0.1")).to.be.true;
    expect(await pings(sandbox.namespace, "fd00::1")).to.be.true;
  });

  it("routes nothing out of an internal network", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world, { internal: true });
    const sandbox = await world.cnm.createSandbox("s");

    await endpoint.join(sandbox);

    expect(await defaults(sandbox.namespace)).to.deep.equal([]);
  });

  it("gives both ends the network's MTU", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world, { mtu: 1400 });
    const sandbox = await world.cnm.createSandbox("s");

    await endpoint.join(sandbox);

    expect(endpoint.mtu).to.equal(1400);
    expect(await ipLink(sandbox.namespace, "eth0")).to.include({ mtu: 1400 });
    expect(await ipLink(world.host, endpoint.hostIfname ?? "")).to.include({ mtu: 1400 });
  });

  it("uses the MAC address and the names that it is told", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net");
    const endpoint = await network.createEndpoint("a", {
      mac: "02:AA:bb:cc:dd:ee",
      hostIfname: "port7",
    });
    const sandbox = await world.cnm.createSandbox("s");

    await endpoint.join(sandbox, { ifname: "uplink0" });

    expect(endpoint).to.include({
      ifname: "uplink0",
      hostIfname: "port7",
      mac: "02:aa:bb:cc:dd:ee",
    });
    expect(await ipLink(sandbox.namespace, "uplink0")).to.include({ address: "02:aa:bb:cc:dd:ee" });
    expect(await ipLink(world.host, "port7")).to.include({ ifname: "port7" });
  });

  it("takes the first free name", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net");
    const sandbox = await world.cnm.createSandbox("s");
    const [a, b, c] = [
      await network.createEndpoint("a"),
      await network.createEndpoint("b"),
      await network.createEndpoint("c"),
    ];
    await a.join(sandbox);
    await b.join(sandbox, { ifname: "eth1" });

    await c.join(sandbox);

    expect([a.ifname, b.ifname, c.ifname]).to.deep.equal(["eth0", "eth1", "eth2"]);
    expect(await ipLinkNames(sandbox.namespace)).to.have.members(["lo", "eth0", "eth1", "eth2"]);
  });

  it("takes the first free name with the beginning that it is told", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const sandbox = await world.cnm.createSandbox("s");

    for (const name of ["a", "b"]) {
      const endpoint = await network.createEndpoint(name);
      await endpoint.join(sandbox, { ifnamePrefix: "lan" });
    }
    await world.cnm.attach(sandbox, network, { name: "c", ifnamePrefix: "wan" });

    expect(await ipLinkNames(sandbox.namespace)).to.have.members(["lo", "lan0", "lan1", "wan0"]);
  });

  const prefixes: readonly (readonly [object, string])[] = [
    [{ ifnamePrefix: "a-long-prefix" }, "ERR_CNM_INVALID_NAME"],
    [{ ifnamePrefix: "a/b" }, "ERR_CNM_INVALID_NAME"],
    [{ ifnamePrefix: "lan", ifname: "lan0" }, "ERR_CNM_INVALID_OPTION"],
  ];
  for (const [options, code] of prefixes) {
    it(`refuses ${JSON.stringify(options)}`, async function () {
      await using world = await newHost(this);
      const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
      const sandbox = await world.cnm.createSandbox("s");
      const endpoint = await network.createEndpoint("a");

      for (const refused of [
        endpoint.join(sandbox, options),
        world.cnm.attach(sandbox, network, { name: "b", ...options }),
      ]) {
        expect(await cnmRefusal(refused)).to.nested.include({
          code,
          "context.field": "ifnamePrefix",
        });
      }
      expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo"]);
    });
  }

  it("tells where it is joined", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const sandbox = await world.cnm.createSandbox("s");
    const { id, name } = sandbox;

    await endpoint.join(sandbox);

    const told = endpoint.inspect();
    expect(JSON.parse(JSON.stringify(told))).to.deep.equal(told);
    expect(told.sandbox).to.deep.equal({ id, name });
    expect(told).to.include({ version: 1, ifname: "eth0", mtu: 1500 });
    expect(sandbox.endpoints()).to.deep.equal([endpoint]);
    expect(sandbox.inspect().endpoints).to.deep.equal([{ id: endpoint.id, name: "a" }]);
  });

  it("refuses when it is joined already, to this sandbox or to another", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const one = await world.cnm.createSandbox("one");
    const other = await world.cnm.createSandbox("other");
    await endpoint.join(one);

    const errors = [await cnmRefusal(endpoint.join(one)), await cnmRefusal(endpoint.join(other))];

    expect(errors.map(({ code }) => code)).to.deep.equal(["ERR_CNM_CONFLICT", "ERR_CNM_CONFLICT"]);
    expect(errors[1]?.message).to.equal(
      "join endpoint a: it is joined to the sandbox one already; leave it first",
    );
    expect(endpoint.sandbox).to.equal(one);
  });

  const refused: [what: string, options: unknown, code: string, field: string][] = [
    ["a name of 16 bytes", { ifname: "e".repeat(16) }, "ERR_CNM_INVALID_NAME", "ifname"],
    ["a name with a slash", { ifname: "a/b" }, "ERR_CNM_INVALID_NAME", "ifname"],
    ["an unknown option", { ifName: "eth0" }, "ERR_CNM_INVALID_OPTION", "ifName"],
    ["the loopback's name", { ifname: "lo" }, "ERR_CNM_CONFLICT", "ifname"],
  ];
  for (const [what, options, code, field] of refused) {
    it(`refuses ${what}: ${code} names ${field}`, async function () {
      await using world = await newHost(this);
      const endpoint = await newEndpoint(world);
      const sandbox = await world.cnm.createSandbox("s");

      const error = await rejection(endpoint.join(sandbox, options as object));

      expect(error).to.nested.include({ code, "context.field": field });
      expect(await world.links()).to.deep.equal(["br0"]);
    });
  }

  it("refuses what is no sandbox", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);

    const error = await rejection(endpoint.join({} as never));

    expect(error).to.be.instanceOf(TypeError).and.nested.include({
      code: "ERR_INVALID_ARG_TYPE",
      "context.field": "sandbox",
    });
  });

  it("refuses a sandbox that is deleted", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const sandbox = await world.cnm.createSandbox("s");
    await sandbox.delete();

    const error = await cnmRefusal(endpoint.join(sandbox));

    expect(error).to.nested.include({ code: "ERR_CNM_CLOSED", "context.sandbox": "s" });
  });

  it("refuses a sandbox of another controller", async function () {
    await using left = await newHost(this);
    await using right = await newHost(this);
    const endpoint = await newEndpoint(left);
    const sandbox = await right.cnm.createSandbox("s");

    const error = await cnmRefusal(endpoint.join(sandbox));

    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.sandbox": "s" });
    expect(await left.links()).to.deep.equal(["br0"]);
  });
});
