import { expect } from "chai";
import { newHost } from "../support/cnm.js";
import { ip, ipLink } from "../support/other-eyes.js";
import { cnmRefusal } from "../support/rejection.js";

describe("Network.delete", function () {
  it("removes the bridge, and frees the name and the subnet", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const options = { bridge: "br0", subnets: ["10.1.0.0/16", "fd00::/64"] };
    const network = await cnm.createNetwork("a", options);

    await network.delete();

    expect(await world.links()).to.deep.equal([]);
    expect(cnm.networks()).to.deep.equal([]);
    const again = await cnm.createNetwork("a", options);
    expect(again.id).not.to.equal(network.id);
  });

  it("takes a bridge that is gone already for success", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("a", { bridge: "br0" });
    await ip(world.host, "link", "delete", "br0");

    await network.delete();

    expect(world.cnm.networks()).to.deep.equal([]);
  });

  it("leaves alone a bridge of somebody else's that has got the name since", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("a", { bridge: "br0" });
    await ip(world.host, "link", "delete", "br0");
    await world.addForeignLink("br0", "bridge");

    await network.delete();

    expect(await ipLink(world.host, "br0")).to.include({ ifname: "br0" });
  });

  it("lists the endpoints that are still there", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web");
    await network.createEndpoint("a");
    await network.createEndpoint("b");

    const error = await cnmRefusal(network.delete());

    expect(error).to.include({ code: "ERR_CNM_IN_USE" });
    expect(error.context["endpoints"]).to.deep.equal(["a", "b"]);
    expect(error.message).to.match(/^delete network web: .*: a, b; delete them first$/);
  });

  it("works once the endpoints are gone", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web");
    const endpoint = await network.createEndpoint("a");
    await cnmRefusal(network.delete());
    await endpoint.delete();

    await network.delete();

    expect(await world.links()).to.deep.equal([]);
  });

  it("may be called twice", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web");

    await Promise.all([network.delete(), network.delete()]);

    expect(world.cnm.networks()).to.deep.equal([]);
  });

  it("lets nothing be made on the network any more", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web");
    const deleted = network.delete();

    const error = await cnmRefusal(network.createEndpoint("a"));

    expect(error).to.nested.include({ code: "ERR_CNM_CLOSED", "context.network": "web" });
    await deleted;
  });
});
