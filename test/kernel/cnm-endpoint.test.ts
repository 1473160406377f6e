import { ipOf } from "#lib/index.js";
import { expect } from "chai";
import { newHost } from "../support/cnm.js";
import { ipLink } from "../support/other-eyes.js";
import { cnmRefusal, rejection } from "../support/rejection.js";

describe("Network.createEndpoint", function () {
  it("reserves one address of each subnet, IPv4 first, in order", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web", {
      subnets: ["fd00::/64", "10.1.0.0/24", "10.2.0.0/24"],
    });

    const a = await network.createEndpoint("a");
    const b = await network.createEndpoint("b");

    expect(a.addresses).to.deep.equal(["10.1.0.2/24", "10.2.0.2/24", "fd00::2/64"]);
    expect(b.addresses).to.deep.equal(["10.1.0.3/24", "10.2.0.3/24", "fd00::3/64"]);
    expect([ipOf(a), ipOf(a, "inet6"), ipOf(b, "inet")]).to.deep.equal([
      "10.1.0.2",
      "fd00::2",
      "10.1.0.3",
    ]);
  });

  it("makes nothing in the kernel", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web", { bridge: "br0" });

    await network.createEndpoint("a");

    expect(await world.links()).to.deep.equal(["br0"]);
  });

  it("reserves the addresses that are asked for, in any order", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web", { subnets: ["10.1.0.0/24", "fd00::/64"] });

    const a = await network.createEndpoint("a", { addresses: ["fd00::99", "10.1.0.99"] });

    expect(a.addresses).to.deep.equal(["10.1.0.99/24", "fd00::99/64"]);
  });

  it("chooses within the range, and takes others by request", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web", {
      subnets: [{ subnet: "10.1.0.0/24", range: "10.1.0.128/30" }],
    });

    const chosen = await network.createEndpoint("a");
    const asked = await network.createEndpoint("b", { addresses: ["10.1.0.7"] });

    expect([chosen, asked].map((one) => ipOf(one))).to.deep.equal(["10.1.0.128", "10.1.0.7"]);
  });

  it("works on a network of two addresses", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web", { subnets: ["10.1.0.0/31"] });

    const only = await network.createEndpoint("a");
    const error = await cnmRefusal(network.createEndpoint("b"));

    expect(only.addresses).to.deep.equal(["10.1.0.1/31"]);
    expect(error).to.include({ code: "ERR_CNM_POOL_EXHAUSTED" });
  });

  it("says that there is no address of a family", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web", { subnets: ["10.1.0.0/24"] });
    const endpoint = await network.createEndpoint("a");

    expect(() => ipOf(endpoint, "inet6"))
      .to.throw("the endpoint a has no IPv6 address")
      .with.property("code", "ERR_CNM_NOT_FOUND");
  });

  it("gives MAC addresses that are locally administered, each another", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web");

    const a = await network.createEndpoint("a");
    const b = await network.createEndpoint("b");

    expect(a.mac).to.match(/^[\da-f][26ae](?::[\da-f]{2}){5}$/);
    expect(b.mac).not.to.equal(a.mac);
  });

  describe("refuses", function () {
    const refused: [what: string, name: unknown, options: unknown, code: string, field: string][] =
      [
        ["no name", "", {}, "ERR_CNM_INVALID_NAME", "name"],
        ["an unknown option", "a", { adresses: [] }, "ERR_CNM_INVALID_OPTION", "adresses"],
        [
          "a long host name",
          "a",
          { hostIfname: "h".repeat(16) },
          "ERR_CNM_INVALID_NAME",
          "hostIfname",
        ],
        ["a group MAC", "a", { mac: "01:00:00:00:00:01" }, "ERR_CNM_INVALID_ADDRESS", "mac"],
        ["no MAC", "a", { mac: "x" }, "ERR_CNM_INVALID_ADDRESS", "mac"],
        ["no list", "a", { addresses: "10.1.0.2" }, "ERR_INVALID_ARG_TYPE", "addresses"],
        ["no address", "a", { addresses: ["10.1.2"] }, "ERR_CNM_INVALID_ADDRESS", "addresses.0"],
        [
          "an address elsewhere",
          "a",
          { addresses: ["10.2.0.2"] },
          "ERR_CNM_ADDRESS_OUT_OF_POOL",
          "addresses.0",
        ],
        ["the gateway", "a", { addresses: ["10.1.0.1"] }, "ERR_CNM_ADDRESS_TAKEN", "addresses.0"],
        [
          "the network address",
          "a",
          { addresses: ["10.1.0.0"] },
          "ERR_CNM_INVALID_ADDRESS",
          "addresses.0",
        ],
        [
          "the broadcast address",
          "a",
          { addresses: ["10.1.0.255"] },
          "ERR_CNM_INVALID_ADDRESS",
          "addresses.0",
        ],
        [
          "an address twice",
          "a",
          { addresses: ["10.1.0.4", "10.1.0.4"] },
          "ERR_CNM_CONFLICT",
          "addresses.1",
        ],
      ];
    for (const [what, name, options, code, field] of refused) {
      it(`${what}: ${code} names ${field}`, async function () {
        await using world = await newHost(this);
        const network = await world.cnm.createNetwork("web", { subnets: ["10.1.0.0/24"] });

        const error = await rejection(network.createEndpoint(name as string, options as object));

        expect(error).to.nested.include({ code, "context.field": field });
        expect(network.endpoints()).to.deep.equal([]);
      });
    }

    it("an address that is taken, and says whose it is", async function () {
      await using world = await newHost(this);
      const network = await world.cnm.createNetwork("web", { subnets: ["10.1.0.0/24"] });
      const first = await network.createEndpoint("a");

      const error = await cnmRefusal(network.createEndpoint("b", { addresses: [ipOf(first)] }));

      expect(error).to.include({ code: "ERR_CNM_ADDRESS_TAKEN" });
      expect(error.message).to.include(`10.1.0.2 is taken by endpoint a (id ${first.id})`);
    });

    it("a name that is taken on the network", async function () {
      await using world = await newHost(this);
      const network = await world.cnm.createNetwork("web");
      await network.createEndpoint("a");

      const error = await cnmRefusal(network.createEndpoint("a"));

      expect(error).to.include({ code: "ERR_CNM_NAME_TAKEN" });
    });
  });

  it("gives back what it had reserved where a later subnet has nothing", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web", {
      subnets: ["10.1.0.0/24", "10.2.0.0/31"],
    });
    const first = await network.createEndpoint("a", { addresses: ["10.1.0.9"] });

    const error = await cnmRefusal(network.createEndpoint("b", { addresses: ["10.1.0.50"] }));

    expect(error).to.include({ code: "ERR_CNM_POOL_EXHAUSTED" });
    await first.delete();
    const again = await network.createEndpoint("b", { addresses: ["10.1.0.50"] });
    expect(ipOf(again)).to.equal("10.1.0.50");
  });
});

describe("Endpoint.delete", function () {
  it("leaves, and gives name and addresses back", async function () {
    await using world = await newHost(this);
    const { cnm, host } = world;
    const network = await cnm.createNetwork("web", { bridge: "br0", subnets: ["10.1.0.0/24"] });
    await using sandbox = await cnm.createSandbox("s");
    const endpoint = await network.createEndpoint("a", { addresses: ["10.1.0.9"] });
    await endpoint.join(sandbox);

    await endpoint.delete();

    expect(await ipLink(sandbox.namespace, "eth0")).to.equal(undefined);
    expect(await world.links()).to.deep.equal(["br0"]);
    expect(host.closed).to.be.false;
    const again = await network.createEndpoint("a", { addresses: ["10.1.0.9"] });
    expect(again.id).not.to.equal(endpoint.id);
  });

  it("may be called twice", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web");
    const endpoint = await network.createEndpoint("a");

    await Promise.all([endpoint.delete(), endpoint.delete()]);

    expect(network.endpoints()).to.deep.equal([]);
  });

  it("leaves an endpoint that nothing can be done with", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web");
    await using sandbox = await world.cnm.createSandbox("s");
    const endpoint = await network.createEndpoint("a");
    await endpoint.delete();

    const error = await cnmRefusal(endpoint.join(sandbox));

    expect(error).to.nested.include({ code: "ERR_CNM_CLOSED", "context.endpoint": "a" });
  });

  it("does not give an address to the next one at once", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web", { subnets: ["10.1.0.0/24"] });
    const first = await network.createEndpoint("a");
    await first.delete();

    const next = await network.createEndpoint("b");

    expect(ipOf(next)).to.equal("10.1.0.3");
  });
});
