import { expect } from "chai";
import { newEndpoint, newHost } from "../support/cnm.js";
import { ip, ipAddresses, ipLinkNames, pings } from "../support/other-eyes.js";

describe("Endpoint.leave", function () {
  it("removes both ends, and keeps the addresses", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const { addresses } = endpoint;
    const sandbox = await world.cnm.createSandbox("s");
    await endpoint.join(sandbox);

    await endpoint.leave();

    expect(await world.links()).to.deep.equal(["br0"]);
    expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo"]);
    expect(endpoint).to.include({ sandbox: undefined, ifname: undefined, addresses });
    expect(sandbox.endpoints()).to.deep.equal([]);
  });

  it("finds its interface when somebody has taken the mark away", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const sandbox = await world.cnm.createSandbox("s");
    await endpoint.join(sandbox);
    const name = endpoint.hostIfname ?? "";
    const link = await world.host.links.get(name);
    await ip(world.host, "link", "property", "del", "dev", name, "altname", ...link.altnames);

    await endpoint.leave();

    expect(await world.links()).to.deep.equal(["br0"]);
  });

  it("lets it join another sandbox, with the same names and addresses", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const one = await world.cnm.createSandbox("one");
    const other = await world.cnm.createSandbox("other");
    await endpoint.join(one);
    const { hostIfname } = endpoint;
    await endpoint.leave();

    await endpoint.join(other);

    expect(endpoint.hostIfname).to.equal(hostIfname);
    expect(await ipAddresses(other.namespace, "eth0")).to.have.members(endpoint.addresses);
    expect(await pings(other.namespace, "10.1.0.1")).to.be.true;
  });

  it("does nothing when it is not joined", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);

    await endpoint.leave();

    expect(endpoint.sandbox).to.equal(undefined);
  });

  it("takes a pair that is gone already for success", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const sandbox = await world.cnm.createSandbox("s");
    await endpoint.join(sandbox);
    await ip(sandbox.namespace, "link", "delete", "eth0");

    await endpoint.leave();

    expect(sandbox.endpoints()).to.deep.equal([]);
  });
});
