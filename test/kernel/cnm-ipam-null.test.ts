import { expect } from "chai";
import { newHost, type TestHost } from "../support/cnm.js";
import { needs } from "../support/needs.js";
import { ip, ipAddresses, ipLink, pings } from "../support/other-eyes.js";
import { cnmRefusal } from "../support/rejection.js";
import { newGround } from "../support/state.js";

const plain = { bridge: "br0", ipam: "null" } as const;

/** A network of endpoints without addresses, each in a sandbox of its name. */
async function newWire({ cnm }: TestHost, ...names: readonly string[]) {
  const network = await cnm.createNetwork("wire", plain);
  const sandboxes = await Promise.all(names.map((name) => cnm.createSandbox(name)));
  for (const sandbox of sandboxes) await cnm.attach(sandbox, network);
  return { network, sandboxes };
}

describe("IPAM null on a bridge", function () {
  it("makes a bridge without addresses, and endpoints without any", async function () {
    await using world = await newHost(this);

    const { network, sandboxes } = await newWire(world, "a");

    const [a] = sandboxes;
    expect(network.subnets).to.deep.equal([]);
    expect(network.inspect()).to.deep.include({ ipam: "null", subnets: [] });
    expect(network.endpoint("a").addresses).to.deep.equal([]);
    expect(await ipAddresses(world.host, "br0")).to.deep.equal([]);
    expect((await ipLink(world.host, "br0"))?.["inet6_addr_gen_mode"]).to.equal("none");
    expect(await ipAddresses(a?.namespace ?? "", "eth0")).to.deep.equal([]);
    expect(await ip(a?.namespace ?? "", "route", "show")).to.deep.equal([]);
    const link = await ipLink(a?.namespace ?? "", "eth0");
    expect(link).to.include({ address: network.endpoint("a").mac, operstate: "UP" });
  });

  it("carries frames between endpoints that somebody else gives addresses", async function () {
    needs(this, "program:ping");
    await using world = await newHost(this);
    const { sandboxes } = await newWire(world, "a", "b");

    for (const [at, { namespace }] of sandboxes.entries()) {
      await ip(namespace, "address", "add", `10.7.0.${at + 1}/24`, "dev", "eth0");
    }

    const [a] = sandboxes;
    expect(await pings(a?.namespace ?? "", "10.7.0.2")).to.equal(true);
  });

  it("leaves IPv6 to the kernel, in the sandbox", async function () {
    await using world = await newHost(this);

    const { sandboxes } = await newWire(world, "a");

    const [a] = sandboxes;
    const link = await ipLink(a?.namespace ?? "", "eth0");
    expect(link?.["inet6_addr_gen_mode"]).to.equal("eui64");
  });

  it("sets the addresses that endpoints are given, as many as they like, IPv4 first", async function () {
    needs(this, "program:ping");
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("wire", plain);
    const a = await world.cnm.createSandbox("a");
    const b = await world.cnm.createSandbox("b");

    const first = await world.cnm.attach(a, network, {
      addresses: ["FD00:7::1/64", "10.7.0.1/24", "10.8.0.1/16"],
    });
    await world.cnm.attach(b, network, { addresses: ["10.7.0.2/24", "fd00:7::2/64"] });

    expect(first.addresses).to.deep.equal(["10.7.0.1/24", "10.8.0.1/16", "fd00:7::1/64"]);
    expect(await ipAddresses(a.namespace, "eth0")).to.have.members([...first.addresses]);
    expect(await pings(b.namespace, "10.7.0.1")).to.equal(true);
    expect(await pings(b.namespace, "fd00:7::1")).to.equal(true);
  });

  it("refuses an address that another endpoint has, until that is deleted", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("wire", plain);
    const first = await network.createEndpoint("a", { addresses: ["10.7.0.1/24"] });
    const again = () => network.createEndpoint("b", { addresses: ["10.7.0.9/24", "10.7.0.1/16"] });

    const error = await cnmRefusal(again());
    await first.delete();
    const second = await again(); // what the refused one had taken before is free again

    expect(error).to.nested.include({
      code: "ERR_CNM_ADDRESS_TAKEN",
      "context.field": "addresses.1",
    });
    expect(error.message).to.match(/10\.7\.0\.1 is taken by endpoint a \(id [\da-f]{32}\)$/);
    expect(second.addresses).to.deep.equal(["10.7.0.9/24", "10.7.0.1/16"]);
  });

  it("refuses an address without a prefix length", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("wire", plain);

    const error = await cnmRefusal(network.createEndpoint("a", { addresses: ["10.7.0.1"] }));

    expect(error).to.nested.include({
      code: "ERR_CNM_INVALID_ADDRESS",
      "context.field": "addresses.0",
    });
    expect(error.message).to.include("as in 10.7.0.1/24");
  });

  it("refuses an IPv6 address where the MTU is too small for it", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("wire", { ...plain, mtu: 1279 });
    const addresses = ["10.7.0.1/24", "fd00:7::1/64"];

    const error = await cnmRefusal(network.createEndpoint("a", { addresses }));
    const four = await network.createEndpoint("a", { addresses: addresses.slice(0, 1) });

    expect(error).to.nested.include({
      code: "ERR_CNM_INVALID_OPTION",
      "context.field": "addresses.1",
    });
    await four.join(await world.cnm.createSandbox("a"));
    expect(await ipLink(four.sandbox?.namespace ?? "", "eth0")).to.include({ mtu: 1279 });
  });

  for (const [field, options] of [
    ["subnets", { subnets: ["10.1.0.0/24"] }],
    ["ipv4", { ipv4: true }],
    ["ipv6", { ipv6: true }],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, async function () {
      await using world = await newHost(this);

      const error = await cnmRefusal(world.cnm.createNetwork("wire", { ...plain, ...options }));

      expect(error).to.nested.include({ code: "ERR_CNM_INVALID_OPTION", "context.field": field });
      expect(error.message).to.include("networks of the IPAM null have no subnets");
      expect(await world.links()).to.deep.equal([]);
    });
  }

  it("gives everything back after a restart, and mends the bridge", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const network = await first.createNetwork("wire", plain);
    const sandbox = await first.createSandbox("a");
    const endpoint = await first.attach(sandbox, network, { addresses: ["10.7.0.1/24"] });
    await network.createEndpoint("idle");
    const seen = [network.inspect(), endpoint.inspect()];

    const second = await ground.open();
    const again = second.network("wire");

    expect([again.inspect(), again.endpoint("a").inspect()]).to.deep.equal(seen);
    const taken = await cnmRefusal(again.createEndpoint("b", { addresses: ["10.7.0.1/24"] }));
    expect(taken.code).to.equal("ERR_CNM_ADDRESS_TAKEN");
    await ip(ground.host, "link", "set", "br0", "down");
    expect((await second.repair()).map(({ finding }) => finding.problem)).to.deep.equal(["wrong"]);
    expect((await ipLink(ground.host, "br0"))?.["flags"]).to.include("UP");
  });
});

describe("addresses with a prefix length, on a network with subnets", function () {
  it("are taken where it is the subnet's", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });

    const endpoint = await network.createEndpoint("a", { addresses: ["10.1.0.9/24"] });

    expect(endpoint.addresses).to.deep.equal(["10.1.0.9/24"]);
  });

  it("are refused where it is not", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });

    const error = await cnmRefusal(network.createEndpoint("a", { addresses: ["10.1.0.9/16"] }));

    expect(error).to.nested.include({
      code: "ERR_CNM_INVALID_ADDRESS",
      "context.field": "addresses.0",
    });
  });
});
