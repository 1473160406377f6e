import type { Endpoint } from "#lib/index.js";
import { expect } from "chai";
import { newEndpoint, newHost, type TestHost } from "../support/cnm.js";
import { ip, ipAddresses, ipLink, ipLinkNames } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";

describe("Endpoint.join, when a step fails, leaves everything as it was:", function () {
  /** Nothing has come of the attempt, and a second one works. */
  async function expectUntouched(world: TestHost, endpoint: Endpoint, before: readonly unknown[]) {
    expect(await world.links()).to.deep.equal(before);
    expect(endpoint.sandbox).to.equal(undefined);
    expect(endpoint.inspect()).to.include({ ifname: null, hostIfname: null, mtu: null });
    const fresh = await world.cnm.createSandbox("fresh");
    await endpoint.join(fresh);
    expect(await ipAddresses(fresh.namespace, "eth0")).to.have.members(endpoint.addresses);
  }

  it("the host's name is taken", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { bridge: "br0" });
    const endpoint = await network.createEndpoint("a", { hostIfname: "port0" });
    await world.addForeignLink("port0", "bridge");
    const sandbox = await world.cnm.createSandbox("s");

    const error = await cnmRefusal(endpoint.join(sandbox));

    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.field": "hostIfname" });
    expect(error.context).to.include({ endpoint: "a", sandbox: "s", network: "net" });
    expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo"]);
    await ip(world.host, "link", "delete", "port0");
    await expectUntouched(world, endpoint, ["br0"]);
  });

  it("the bridge is gone", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const sandbox = await world.cnm.createSandbox("s");
    await ip(world.host, "link", "delete", "br0");

    await kernelRefusal(endpoint.join(sandbox));

    expect(await world.links()).to.deep.equal([]);
    expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo"]);
    expect(sandbox.endpoints()).to.deep.equal([]);
  });

  it("the interface's name is taken in the sandbox, by ours", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const network = await world.cnm.createNetwork("other", { bridge: "br1" });
    const first = await network.createEndpoint("b");
    const sandbox = await world.cnm.createSandbox("s");
    await first.join(sandbox);
    const before = await world.links();

    const error = await cnmRefusal(endpoint.join(sandbox, { ifname: "eth0" }));

    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.field": "ifname" });
    await expectUntouched(world, endpoint, before);
  });

  it("the interface's name is taken in the sandbox, by somebody else's", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const sandbox = await world.cnm.createSandbox("s");
    await ip(sandbox.namespace, "link", "add", "name", "eth0", "type", "bridge");

    const error = await cnmRefusal(endpoint.join(sandbox));

    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.field": "ifname" });
    expect(await ipLink(sandbox.namespace, "eth0")).to.nested.include({
      "linkinfo.info_kind": "bridge",
    });
    await expectUntouched(world, endpoint, ["br0"]);
  });

  it("the sandbox takes no IPv6 address", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const sandbox = await world.cnm.createSandbox("s");
    await sandbox.namespace.sysctl.set("net.ipv6.conf.default.disable_ipv6", 1);

    const error = await kernelRefusal(endpoint.join(sandbox));

    expect(error).to.include({ syscall: "RTM_NEWADDR" });
    expect(error.message).to.match(/^join endpoint a: add address fd00::2\/64: /);
    expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo"]);
    await expectUntouched(world, endpoint, ["br0"]);
  });

  it("the sandbox has got a default route since", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const sandbox = await world.cnm.createSandbox("s");
    await ip(sandbox.namespace, "route", "add", "default", "dev", "lo");

    const error = await kernelRefusal(endpoint.join(sandbox));

    expect(error).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWROUTE" });
    expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo"]);
    await expectUntouched(world, endpoint, ["br0"]);
  });

  it("the sandbox's namespace is closed", async function () {
    await using world = await newHost(this);
    const endpoint = await newEndpoint(world);
    const sandbox = await world.cnm.createSandbox("s");
    await sandbox.namespace.delete();

    const error = await cnmRefusal(endpoint.join(sandbox));

    expect(error).to.include({ code: "ERR_CNM_CLOSED" });
    await expectUntouched(world, endpoint, ["br0"]);
  });
});
