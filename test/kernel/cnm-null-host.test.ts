import { Controller, ipOf, type Endpoint, type Network, type Sandbox } from "#lib/index.js";
import { expect } from "chai";
import { newHost, runInside } from "../support/cnm.js";
import { ip, ipLink, ipLinkNames } from "../support/other-eyes.js";
import { cnmRefusal, rejection } from "../support/rejection.js";
import { newGround } from "../support/state.js";

interface Attached {
  readonly network: Network;
  readonly sandbox: Sandbox;
  readonly endpoint: Endpoint;
}

async function attachedToNull(cnm: Controller): Promise<Attached> {
  const network = await cnm.createNetwork("none", { driver: "null" });
  const sandbox = await cnm.createSandbox("web");
  return { network, sandbox, endpoint: await cnm.attach(sandbox, network) };
}

const nothing = { mac: null, mtu: null, ifname: null, hostIfname: null, addresses: [] };

describe("driver host, of a sandbox that is made in the same go,", function () {
  it("says that it is not the host, and leaves nothing", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("shared", { driver: "host" });

    const error = await cnmRefusal(world.cnm.attach({ name: "web" }, network));

    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.field": "sandbox" });
    expect(error.message).to.match(/its namespace is not the host's \(cookie \d+, not \d+\)/);
    expect(world.cnm.sandboxes()).to.deep.equal([]);
    expect(network.endpoints()).to.deep.equal([]);
  });
});

describe("driver null", function () {
  it("leaves a sandbox with its loopback alone", async function () {
    await using world = await newHost(this);

    const { network, sandbox, endpoint } = await attachedToNull(world.cnm);

    expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo"]);
    expect(await ip(sandbox.namespace, "route", "show")).to.deep.equal([]);
    expect(await world.links()).to.deep.equal([]);
    expect(endpoint.inspect()).to.deep.include({ ...nothing, sandbox: named(sandbox) });
    expect(network.inspect()).to.deep.include({ ipam: "null", subnets: [], state: null });
    expect(sandbox.endpoints()).to.deep.equal([endpoint]);
    const ended = await runInside(sandbox, "cat", ["/etc/hosts"]);
    expect(ended.stdout).to.include("localhost").and.not.include("web.none");
  });

  it("has no address to tell", async function () {
    await using world = await newHost(this);
    const { endpoint } = await attachedToNull(world.cnm);

    expect(() => ipOf(endpoint))
      .to.throw()
      .with.property("code", "ERR_CNM_NOT_FOUND");
  });

  it("takes no name of an interface, and no default route, from others", async function () {
    await using world = await newHost(this);
    const { sandbox, endpoint } = await attachedToNull(world.cnm);
    const net = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });

    const other = await world.cnm.attach(sandbox, net);

    expect(endpoint.ifname).to.equal(undefined);
    expect(other.ifname).to.equal("eth0");
    const [route] = await ip(sandbox.namespace, "route", "show", "default");
    expect(route).to.include({ gateway: "10.1.0.1", dev: "eth0" });
    await other.leave(); // nothing can go on to the other endpoint
    expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo"]);
  });

  it("leaves, joins another sandbox, and is deleted", async function () {
    await using world = await newHost(this);
    const { network, sandbox, endpoint } = await attachedToNull(world.cnm);
    const other = await world.cnm.createSandbox("other");

    await endpoint.leave();
    await endpoint.join(other);

    expect(sandbox.endpoints()).to.deep.equal([]);
    expect(other.endpoints()).to.deep.equal([endpoint]);
    await endpoint.delete();
    await network.delete();
    expect(world.cnm.networks()).to.deep.equal([]);
  });

  it("is there again after a restart, and nothing is found wrong with it", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const { network, endpoint } = await attachedToNull(first);
    const seen = [network.inspect(), endpoint.inspect()];

    const second = await ground.open();

    const again = second.network("none");
    const ofAgain = again.endpoint("web");
    expect([again.inspect(), ofAgain.inspect()]).to.deep.equal(seen);
    expect(ofAgain.sandbox).to.equal(second.sandbox("web"));
    expect(await second.check()).to.deep.equal([]);
    await ofAgain.leave();
    expect(ofAgain.sandbox).to.equal(undefined);
  });

  const refused: readonly (readonly [field: string, options: object])[] = [
    ["subnets", { subnets: ["10.1.0.0/24"] }],
    ["ipv4", { ipv4: true }],
    ["ipv6", { ipv6: true }],
    ["ipam", { ipam: "default" }],
    ["mtu", { mtu: 1400 }],
    ["internal", { internal: true }],
    ["bridge", { bridge: "br0" }],
  ];
  for (const [field, options] of refused) {
    it(`refuses ${JSON.stringify(options)}`, async function () {
      await using world = await newHost(this);

      const made = world.cnm.createNetwork("none", { driver: "null", ...options } as object);

      const error = await cnmRefusal(made);
      expect(error).to.nested.include({ code: "ERR_CNM_INVALID_OPTION", "context.field": field });
      expect(world.cnm.networks()).to.deep.equal([]);
    });
  }

  for (const [field, options] of [
    ["addresses", { addresses: ["10.1.0.2/24"] }],
    ["mac", { mac: "02:00:00:00:00:01" }],
    ["hostIfname", { hostIfname: "port0" }],
    ["ifname", { ifname: "eth1" }],
  ] as const) {
    it(`refuses ${JSON.stringify(options)} of an endpoint`, async function () {
      await using world = await newHost(this);
      const network = await world.cnm.createNetwork("none", { driver: "null" });
      const sandbox = await world.cnm.createSandbox("web");

      const error = await cnmRefusal(world.cnm.attach(sandbox, network, options));

      expect(error).to.nested.include({ code: "ERR_CNM_INVALID_OPTION", "context.field": field });
      expect(error.message).to.include("driver null");
      expect(network.endpoints()).to.deep.equal([]);
    });
  }
});

describe("driver host", function () {
  it("takes a sandbox that was adopted from the host, and makes nothing", async function () {
    await using world = await newHost(this);
    await world.addForeignLink("lan0", "bridge");
    const before = await ipLinkNames(world.host);
    const network = await world.cnm.createNetwork("host", { driver: "host" });
    const sandbox = await world.cnm.adoptSandbox("shared", { path: world.host.path ?? "" });

    const endpoint = await world.cnm.attach(sandbox, network);

    expect(await ipLinkNames(world.host)).to.deep.equal(before);
    expect(endpoint.inspect()).to.deep.include({ ...nothing, sandbox: named(sandbox) });
    const inside = await runInside(sandbox, "ip", ["-o", "link", "show", "lan0"]);
    expect(inside.code).to.equal(0);
    await endpoint.delete();
    await sandbox.delete();
    expect(await ipLink(world.host, "lan0")).to.include({ ifname: "lan0" });
  });

  it("may be on other networks too, whose subnets are reached by its own interface then", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const sandbox = await world.cnm.adoptSandbox("shared", { path: world.host.path ?? "" });

    const endpoint = await world.cnm.attach(sandbox, network);

    expect(await ipLinkNames(world.host)).to.include(endpoint.ifname);
    expect(await world.cnm.check()).to.deep.equal([]);
    await endpoint.delete();
    await sandbox.delete();
  });

  it("knows the host by whatever way it was adopted", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("host", { driver: "host" });
    await using other = await world.cnm.createSandbox("other");
    const child = other.spawn("sleep", ["60"], { stdio: "ignore" });
    const { pid = 0 } = child;
    try {
      // By pid, a way to another namespace; by a second path, a way to the host.
      const wrong = await world.cnm.adoptSandbox("wrong", { pid });
      const right = await world.cnm.adoptSandbox("right", { path: world.host.path ?? "" });

      const error = await cnmRefusal(world.cnm.attach(wrong, network));
      const endpoint = await world.cnm.attach(right, network);

      expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.field": "sandbox" });
      expect(endpoint.sandbox).to.equal(right);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("refuses any other sandbox, in which nothing has changed", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("host", { driver: "host" });
    const sandbox = await world.cnm.createSandbox("web");
    const endpoint = await network.createEndpoint("web");

    const error = await cnmRefusal(endpoint.join(sandbox));

    expect(error.code).to.equal("ERR_CNM_CONFLICT");
    expect(error.message).to.match(
      /^join endpoint web: sandbox: its namespace is not the host's \(cookie \d+, not \d+\)/,
    );
    expect(endpoint.sandbox).to.equal(undefined);
    expect(sandbox.endpoints()).to.deep.equal([]);
  });

  it("is this process's own namespace where no other was given", async function () {
    await using cnm = await Controller.open({ instance: "null-host" });
    const network = await cnm.createNetwork("host", { driver: "host" });
    const sandbox = await cnm.adoptSandbox("self", { pid: process.pid });

    const endpoint = await cnm.attach(sandbox, network);

    expect(endpoint.sandbox).to.equal(sandbox);
  });

  it("is there again after a restart", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const network = await first.createNetwork("host", { driver: "host" });
    const { path = "" } = ground.host;
    await first.attach(await first.adoptSandbox("shared", { path }), network);

    const second = await ground.open();

    expect(second.network("host").endpoint("shared").sandbox?.name).to.equal("shared");
    expect(await second.check()).to.deep.equal([]);
  });

  it("has as many networks as anybody makes: they differ by name alone", async function () {
    await using world = await newHost(this);
    await world.cnm.createNetwork("host", { driver: "host" });

    await world.cnm.createNetwork("host-2", { driver: "host" });

    expect(await rejection(world.cnm.createNetwork("host", { driver: "host" }))).to.have.property(
      "code",
      "ERR_CNM_NAME_TAKEN",
    );
    expect(world.cnm.networks()).to.have.lengthOf(2);
  });
});

function named({ id, name }: Sandbox) {
  return { id, name };
}
