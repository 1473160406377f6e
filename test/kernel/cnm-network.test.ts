import { expect } from "chai";
import { newHost } from "../support/cnm.js";
import { ip, ipAddresses, ipLink } from "../support/other-eyes.js";
import { cnmRefusal } from "../support/rejection.js";

describe("Controller.createNetwork", function () {
  it("makes a bridge that is up, named after the network's id", async function () {
    await using world = await newHost(this);
    const { cnm, host } = world;

    const network = await cnm.createNetwork("web", { subnets: ["10.90.0.0/24"] });

    const bridge = await ipLink(host, `br-${network.id.slice(0, 12)}`);
    expect(bridge).to.nested.include({ "linkinfo.info_kind": "bridge" });
    expect(bridge?.["flags"]).to.include("UP");
  });

  it("marks the bridge by instance, controller and network", async function () {
    await using world = await newHost(this, { instance: "lab-1" });
    const { cnm, host } = world;

    const network = await cnm.createNetwork("web", { bridge: "br0" });

    const bridge = await ipLink(host, "br0");
    expect(bridge?.["altnames"]).to.deep.equal([`lab-1.${cnm.id}.${network.id}`]);
  });

  it("gives the bridge the gateways of both families", async function () {
    await using world = await newHost(this);
    const { cnm, host } = world;

    const network = await cnm.createNetwork("web", {
      bridge: "br0",
      subnets: ["fd00:90::/64", { subnet: "10.90.0.0/24", gateway: "10.90.0.254" }],
    });

    const there = await ipAddresses(host, "br0");
    expect(there).to.have.members(["10.90.0.254/24", "fd00:90::1/64"]);
    expect(network.subnets).to.deep.equal([
      { subnet: "10.90.0.0/24", gateway: "10.90.0.254" },
      { subnet: "fd00:90::/64", gateway: "fd00:90::1" },
    ]);
  });

  it("leaves the bridge without an address where no gateway is wanted", async function () {
    await using world = await newHost(this);
    const { cnm, host } = world;

    await cnm.createNetwork("web", {
      bridge: "br0",
      subnets: [{ subnet: "10.90.0.0/24", gateway: null }],
    });

    expect(await ipAddresses(host, "br0")).to.deep.equal([]);
  });

  it("makes no link-local address where all is IPv4", async function () {
    await using world = await newHost(this);
    const { cnm, host } = world;
    await cnm.createNetwork("four", { bridge: "br4", ipv6: false });
    const network = cnm.network("four");
    await using sandbox = await cnm.createSandbox("web");
    await using endpoint = await network.createEndpoint("web");

    await endpoint.join(sandbox);

    const onHost = await ip(host, "-6", "address", "show", "scope", "link");
    const inside = await ip(sandbox.namespace, "-6", "address", "show", "scope", "link");
    expect([...onHost, ...inside]).to.deep.equal([]);
  });

  it("keeps the bridge's MAC address while ports come and go", async function () {
    await using world = await newHost(this);
    const { cnm, host } = world;
    const network = await cnm.createNetwork("web", { bridge: "br0" });
    const before = (await ipLink(host, "br0"))?.["address"];
    await using sandbox = await cnm.createSandbox("web");
    await using endpoint = await network.createEndpoint("web", { mac: "02:00:00:00:00:01" });

    await endpoint.join(sandbox);

    expect((await ipLink(host, "br0"))?.["address"]).to.equal(before);
    await endpoint.leave();
    expect((await ipLink(host, "br0"))?.["address"]).to.equal(before);
  });

  it("gives the bridge the MTU", async function () {
    await using world = await newHost(this);
    const { cnm, host } = world;

    await cnm.createNetwork("web", { bridge: "br0", mtu: 1400 });

    expect(await ipLink(host, "br0")).to.include({ mtu: 1400 });
  });

  it("chooses an IPv4 subnet by itself, beside what the host reaches already", async function () {
    await using world = await newHost(this);
    await world.addForeignLink("uplink", "bridge");
    await ip(world.host, "address", "add", "172.16.3.1/24", "dev", "uplink");
    await ip(world.host, "route", "add", "172.16.32.0/20", "dev", "uplink");
    await ip(world.host, "route", "add", "default", "via", "172.16.3.2");

    const first = await world.cnm.createNetwork("a");
    const second = await world.cnm.createNetwork("b");

    expect([...first.subnets, ...second.subnets].map(({ subnet }) => subnet)).to.deep.equal([
      "172.16.16.0/20",
      "172.16.48.0/20",
    ]);
  });

  it("chooses a unique local IPv6 subnet on request", async function () {
    await using world = await newHost(this);

    const network = await world.cnm.createNetwork("a", { ipv4: false, ipv6: true });

    expect(network.subnets.map(({ subnet }) => subnet).join()).to.match(/^fd[\da-f:]+::\/64$/);
  });

  it("takes subnets from the controller's own pools", async function () {
    const pools = [{ family: "inet", base: "10.7.0.0/16", prefix: 26 }] as const;
    await using world = await newHost(this, { pools });

    const network = await world.cnm.createNetwork("a");

    expect(network.subnets).to.deep.equal([{ subnet: "10.7.0.0/26", gateway: "10.7.0.1" }]);
  });

  it("tells itself as plain JSON", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("web", {
      bridge: "br0",
      subnets: ["10.90.0.0/24"],
      labels: { team: "blue" },
      mtu: 1400,
    });
    const endpoint = await network.createEndpoint("a");

    const told = network.inspect();

    expect(JSON.parse(JSON.stringify(told))).to.deep.equal(told);
    const { id } = network;
    expect(told).to.include({ version: 1, id, name: "web", driver: "bridge", mtu: 1400 });
    expect(told.labels).to.deep.equal({ team: "blue" });
    expect(told.endpoints).to.deep.equal([
      { id: endpoint.id, name: "a", addresses: ["10.90.0.2/24"], sandbox: null },
    ]);
    expect(told.state).to.include({ bridge: "br0", adopted: false });
  });

  it("takes an MTU that IPv6 would not, where there is none", async function () {
    await using world = await newHost(this);
    const options = { bridge: "br0", subnets: ["10.1.0.0/24"], mtu: 576 };
    const network = await world.cnm.createNetwork("net", options);
    const sandbox = await world.cnm.createSandbox("s");
    const endpoint = await network.createEndpoint("a");

    await endpoint.join(sandbox);

    expect(await ipLink(world.host, "br0")).to.include({ mtu: 576 });
    expect(await ipLink(sandbox.namespace, "eth0")).to.include({ mtu: 576 });
  });

  it("shows copies: what a caller changes in them changes nothing", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { bridge: "br0" });
    const before = structuredClone(network.inspect());
    const shown = network.inspect() as unknown as { state: { index: number }; subnets: unknown[] };

    shown.state.index = 999;
    shown.subnets.length = 0;

    expect(network.inspect()).to.deep.equal(before);
    expect(network.subnets).to.be.frozen;
  });

  it("gives one MAC address to one endpoint only", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { bridge: "br0" });
    const mac = "02:00:00:00:00:01";
    await network.createEndpoint("a", { mac });

    const error = await cnmRefusal(network.createEndpoint("b", { mac }));

    expect(error).to.nested.include({ code: "ERR_CNM_ADDRESS_TAKEN", "context.field": "mac" });
  });
});
