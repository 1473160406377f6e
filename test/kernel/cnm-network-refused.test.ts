import { expect } from "chai";
import { newHost } from "../support/cnm.js";
import { ip } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";

describe("Controller.createNetwork", function () {
  describe("refuses, before the kernel hears of it,", function () {
    const long = "n".repeat(64);
    const refused: [what: string, name: unknown, options: unknown, code: string, field: string][] =
      [
        ["no name", "", {}, "ERR_CNM_INVALID_NAME", "name"],
        ["a name with a slash", "a/b", {}, "ERR_CNM_INVALID_NAME", "name"],
        ["a name with a space", "a b", {}, "ERR_CNM_INVALID_NAME", "name"],
        ["a name of 64 characters", long, {}, "ERR_CNM_INVALID_NAME", "name"],
        ["a number for a name", 7, {}, "ERR_INVALID_ARG_TYPE", "name"],
        ["null for options", "a", null, "ERR_INVALID_ARG_TYPE", "options"],
        ["an unknown option", "a", { subnet: "x" }, "ERR_CNM_INVALID_OPTION", "subnet"],
        ["an unknown driver", "a", { driver: "bridgr" }, "ERR_CNM_INVALID_OPTION", "driver"],
        ["an unknown IPAM", "a", { ipam: "x" }, "ERR_CNM_INVALID_OPTION", "ipam"],
        ["an MTU of 67", "a", { mtu: 67 }, "ERR_CNM_INVALID_OPTION", "mtu"],
        [
          "an MTU too small for IPv6",
          "a",
          { ipv6: true, mtu: 1279 },
          "ERR_CNM_INVALID_OPTION",
          "mtu",
        ],
        ["no family at all", "a", { ipv4: false }, "ERR_CNM_INVALID_OPTION", "subnets"],
        ["a long bridge name", "a", { bridge: "b".repeat(16) }, "ERR_CNM_INVALID_NAME", "bridge"],
        ["half a subnet", "a", { subnets: ["10.0.0/8"] }, "ERR_CNM_INVALID_ADDRESS", "subnets.0"],
        ["host bits", "a", { subnets: ["10.0.0.1/8"] }, "ERR_CNM_INVALID_ADDRESS", "subnets.0"],
        ["multicast", "a", { subnets: ["224.0.0.0/8"] }, "ERR_CNM_INVALID_ADDRESS", "subnets.0"],
        [
          "a gateway outside of the subnet",
          "a",
          { subnets: [{ subnet: "10.1.0.0/16", gateway: "10.2.0.1" }] },
          "ERR_CNM_INVALID_ADDRESS",
          "subnets.0.gateway",
        ],
        [
          "a gateway that is the broadcast address",
          "a",
          { subnets: [{ subnet: "10.1.0.0/16", gateway: "10.1.255.255" }] },
          "ERR_CNM_INVALID_ADDRESS",
          "subnets.0.gateway",
        ],
        [
          "a range outside of the subnet",
          "a",
          { subnets: [{ subnet: "10.1.0.0/16", range: "10.2.0.0/24" }] },
          "ERR_CNM_INVALID_ADDRESS",
          "subnets.0.range",
        ],
        [
          "subnets that overlap each other",
          "a",
          { subnets: ["10.1.0.0/16", "10.1.2.0/24"] },
          "ERR_CNM_SUBNET_OVERLAP",
          "subnets.1",
        ],
      ];
    for (const [what, name, options, code, field] of refused) {
      it(`${what}: ${code} names ${field}`, async function () {
        await using world = await newHost(this);

        const error = await rejection(world.cnm.createNetwork(name as string, options as object));

        expect(error).to.nested.include({ code, "context.field": field });
        expect(world.cnm.networks()).to.deep.equal([]);
        expect(await world.links()).to.deep.equal([]);
      });
    }

    it("near misses, and says what was meant", async function () {
      await using world = await newHost(this);
      const options = { subnet: ["10.1.0.0/16"] } as object;

      const error = await cnmRefusal(world.cnm.createNetwork("a", options));

      expect(error.message).to.equal(
        "create network: subnet: unknown option; did you mean subnets?",
      );
    });

    it("a subnet of another network, and says whose it is", async function () {
      await using world = await newHost(this);
      const first = await world.cnm.createNetwork("a", { subnets: ["10.1.0.0/16"] });

      const error = await cnmRefusal(world.cnm.createNetwork("b", { subnets: ["10.1.2.0/24"] }));

      expect(error).to.nested.include({
        code: "ERR_CNM_SUBNET_OVERLAP",
        "context.field": "subnets.0",
        "context.overlaps": "10.1.0.0/16",
        "context.owner": first.id,
      });
    });

    it("a subnet that the host has a route to", async function () {
      await using world = await newHost(this);
      await world.addForeignLink("uplink", "bridge");
      await ip(world.host, "address", "add", "192.168.1.9/24", "dev", "uplink");

      const error = await cnmRefusal(world.cnm.createNetwork("b", { subnets: ["192.168.0.0/16"] }));

      expect(error).to.nested.include({
        code: "ERR_CNM_SUBNET_OVERLAP",
        "context.overlaps": "192.168.1.0/24",
        "context.owner": "host",
      });
    });

    it("a subnet that a rule of the host names, with host bits too", async function () {
      await using world = await newHost(this);
      await ip(world.host, "rule", "add", "from", "10.91.0.5/24", "table", "7");

      const error = await cnmRefusal(world.cnm.createNetwork("a", { subnets: ["10.91.0.0/16"] }));
      await world.cnm.createNetwork("b", { subnets: ["10.92.0.0/16"] });

      expect(error).to.nested.include({
        code: "ERR_CNM_SUBNET_OVERLAP",
        "context.overlaps": "10.91.0.0/24",
        "context.owner": "host",
      });
      expect(await world.cnm.check()).to.deep.equal([]);
    });

    it("a name that is taken", async function () {
      await using world = await newHost(this);
      const first = await world.cnm.createNetwork("web");

      const error = await cnmRefusal(world.cnm.createNetwork("web"));

      expect(error).to.nested.include({ code: "ERR_CNM_NAME_TAKEN", "context.id": first.id });
    });
  });

  describe("when a step fails, undoes the ones before:", function () {
    it("the bridge's name is taken by a link that is no bridge", async function () {
      await using world = await newHost(this);
      const { cnm } = world;
      await world.addForeignLink("taken", "veth", "peer", "name", "other");
      const before = await world.links();
      const options = { bridge: "taken", subnets: ["10.1.0.0/16"] };

      const error = await cnmRefusal(cnm.createNetwork("a", options));

      expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.field": "bridge" });
      expect(error.message).to.include("taken is there already and is a veth, no bridge");
      expect(await world.links()).to.deep.equal(before);
      await ip(world.host, "link", "delete", "taken");
      const again = await cnm.createNetwork("a", options);
      expect(again.subnets.map(({ subnet }) => subnet)).to.deep.equal(["10.1.0.0/16"]);
    });

    it("the kernel refuses the gateway's address", async function () {
      await using world = await newHost(this);
      const { cnm, host } = world;
      await host.sysctl.set("net.ipv6.conf.default.disable_ipv6", 1);
      const options = { bridge: "br0", subnets: ["10.1.0.0/16", "fd00::/64"] };

      const error = await kernelRefusal(cnm.createNetwork("a", options));

      expect(error).to.include({ syscall: "RTM_NEWADDR" });
      expect(error.message).to.match(/^create network a: add address fd00::1\/64: /);
      expect(await world.links()).to.deep.equal([]);
      expect(cnm.networks()).to.deep.equal([]);
      await host.sysctl.set("net.ipv6.conf.default.disable_ipv6", 0);
      const again = await cnm.createNetwork("a", options);
      expect(again.subnets).to.have.lengthOf(2);
    });

    it("the second of its subnets is taken", async function () {
      await using world = await newHost(this);
      const { cnm } = world;
      await cnm.createNetwork("a", { subnets: ["10.1.0.0/16"] });

      await cnmRefusal(cnm.createNetwork("b", { subnets: ["10.2.0.0/16", "10.1.0.0/16"] }));

      const again = await cnm.createNetwork("b", { subnets: ["10.2.0.0/16"] });
      expect(again.name).to.equal("b");
    });

    it("the host is closed", async function () {
      await using world = await newHost(this);
      await world.host.delete();

      const error = await cnmRefusal(world.cnm.createNetwork("a"));

      expect(error.code).to.equal("ERR_CNM_CLOSED");
      expect(world.cnm.networks()).to.deep.equal([]);
    });
  });
});
