import { ipOf, type CommonNetworkOptions } from "#lib/index.js";
import { expect } from "chai";
import type { Context } from "mocha";
import diagnostics from "node:diagnostics_channel";
import { expectAgreement } from "../support/agreement.js";
import { newHost } from "../support/cnm.js";
import { needs } from "../support/needs.js";
import {
  bridge,
  ip,
  ipAddresses,
  ipLink,
  pings,
  runIn,
  type Where,
} from "../support/other-eyes.js";
import { cnmRefusal } from "../support/rejection.js";
import { newGround } from "../support/state.js";

/** What `bridge -d link` says of a port. */
async function portOf(host: Where, port: string | undefined): Promise<unknown> {
  const all = await bridge(host, "link", "show");
  return all.find(({ ifname }) => ifname === port);
}

describe("MTU of a network for which nobody says one", function () {
  /** A way out of the host through a link of that MTU. */
  async function addUplink(host: Where, name: string, mtu: number, gateway: string): Promise<void> {
    await ip(
      host,
      "link",
      "add",
      name,
      "mtu",
      `${mtu}`,
      "up",
      "type",
      "veth",
      "peer",
      "name",
      `${name}p`,
    );
    await ip(host, "link", "set", `${name}p`, "up");
    await ip(host, "address", "add", gateway.replace(/\d+$/, "2/24"), "dev", name);
    await ip(host, "route", "add", "default", "via", gateway, "metric", `${mtu}`);
  }

  const rows: [what: string, mtus: number[], options: CommonNetworkOptions, expected: number][] = [
    ["is the uplink's, where that is smaller than the usual one", [1420], {}, 1420],
    ["is the smallest of several uplinks'", [1450, 1380], {}, 1380],
    ["is the usual one, where the uplink's is larger", [9000], {}, 1500],
    ["is what IPv6 needs at least, on a network with IPv6", [1000], { ipv6: true }, 1280],
    [
      "is what IPv6 needs at least, where addresses are somebody else's",
      [1000],
      { ipam: "null" },
      1280,
    ],
    ["is as small as the uplink's without IPv6", [1000], {}, 1000],
    [
      "is the usual one, where the network reaches nothing outside",
      [1420],
      { internal: true },
      1500,
    ],
    ["is the usual one, where the host has no way out", [], {}, 1500],
    ["is no more than an option where there is one", [1420], { mtu: 1460 }, 1460],
  ];
  for (const [what, mtus, options, expected] of rows) {
    it(`${what}: ${expected}`, async function () {
      await using world = await newHost(this);
      for (const [at, mtu] of mtus.entries()) {
        await addUplink(world.host, `up${at}`, mtu, `10.${200 + at}.0.1`);
      }
      const network = await world.cnm.createNetwork("net", { bridge: "br0", ...options });
      const sandbox = await world.cnm.createSandbox("s");

      const endpoint = await world.cnm.attach(sandbox, network);

      expect(await ipLink(world.host, "br0")).to.include({ mtu: expected });
      expect(await ipLink(sandbox.namespace, "eth0")).to.include({ mtu: expected });
      expect(endpoint.mtu).to.equal(expected);
      for (const at of mtus.keys()) await ip(world.host, "link", "delete", `up${at}`);
    });
  }

  it("stays when the bridge is made again, whatever the uplink has become", async function () {
    await using ground = await newGround(this);
    await addUplink(ground.host, "up0", 1420, "10.200.0.1");
    const cnm = await ground.open();
    await cnm.createNetwork("net", { bridge: "br0" });
    await ip(ground.host, "link", "set", "up0", "mtu", "1300");
    await ip(ground.host, "link", "delete", "br0");

    const again = await ground.open();

    expect(await ipLink(ground.host, "br0")).to.include({ mtu: 1420 });
    await ip(ground.host, "link", "delete", "up0");
    expect(await again.check()).to.deep.equal([]);
  });
});

describe("isolateEndpoints", function () {
  const options = {
    bridge: "br0",
    isolateEndpoints: true,
    subnets: ["10.1.0.0/24", "fd00:1::/64"],
  };

  it("keeps endpoints from each other, and from nobody else", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", options);
    const [a, b] = [await world.cnm.createSandbox("a"), await world.cnm.createSandbox("b")];
    const [one, two] = [await world.cnm.attach(a, network), await world.cnm.attach(b, network)];

    expect(network.inspect().options).to.deep.equal({ bridge: "br0", isolateEndpoints: true });
    expect(await portOf(world.host, one.hostIfname)).to.include({ isolated: true });
    expect(await pings(a.namespace, ipOf(two))).to.equal(false);
    expect(await pings(a.namespace, ipOf(two, "inet6"))).to.equal(false);
    expect(await pings(a.namespace, "10.1.0.1")).to.equal(true);
    expect(await pings(world.host, ipOf(two, "inet6"))).to.equal(true);
  });

  it("is there again for the next process, which finds and mends what others have done to it", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const network = await first.createNetwork("net", options);
    const endpoint = await first.attach(await first.createSandbox("s"), network);
    const port = endpoint.hostIfname ?? "";

    const second = await ground.open();
    await expectAgreement(second, ground.host, ground.runDirectory);
    await runIn(ground.host, "bridge", "link", "set", "dev", port, "isolated", "off");
    const [finding] = await second.check();
    await second.repair();

    expect(finding?.text).to.include(`${port} is not isolated any more`);
    expect(await portOf(ground.host, port)).to.include({ isolated: true });
    await ip(ground.host, "link", "delete", "br0");
    await second.repair();
    expect(await portOf(ground.host, port)).to.include({ isolated: true, master: "br0" });
    await expectAgreement(second, ground.host, ground.runDirectory);
  });
});

describe("an unmanaged bridge", function () {
  it("has to be there, and stays as it is", async function () {
    await using world = await newHost(this);
    const options = { bridge: "br-own", mode: "unmanaged", subnets: ["10.1.0.0/24"] } as const;
    const error = await cnmRefusal(world.cnm.createNetwork("net", options));
    await world.addForeignLink("br-own", "bridge");
    const network = await world.cnm.createNetwork("net", options);
    const sandbox = await world.cnm.createSandbox("s");

    const endpoint = await world.cnm.attach(sandbox, network);

    expect(error).to.nested.include({ code: "ERR_CNM_NOT_FOUND", "context.field": "bridge" });
    expect(await ipAddresses(world.host, "br-own")).to.deep.equal([]);
    expect(await portOf(world.host, endpoint.hostIfname)).to.include({ master: "br-own" });
    await endpoint.delete();
    await network.delete();
    expect(await ipLink(world.host, "br-own")).to.nested.include({
      "linkinfo.info_kind": "bridge",
    });
    expect(await ipAddresses(world.host, "br-own")).to.deep.equal([]);
  });

  it("has to have a name", async function () {
    await using world = await newHost(this);

    const error = await cnmRefusal(world.cnm.createNetwork("net", { mode: "unmanaged" }));

    expect(error).to.nested.include({ code: "ERR_CNM_INVALID_OPTION", "context.field": "bridge" });
  });
});

describe("a bridge without room", function () {
  this.timeout(120_000);

  /** That many ports, made by ip(8): both ends of pairs. */
  async function fill(host: Where, name: string, ports: number): Promise<void> {
    const lines = Array.from(
      { length: Math.ceil(ports / 2) },
      (_, at) =>
        `link add f${at} master ${name} type veth peer name g${at}\n` +
        (2 * at + 1 < ports ? `link set g${at} master ${name}\n` : ""),
    );
    const script = `ip -batch - <<'END'\n${lines.join("")}END`;
    const { code, stderr } = await runIn(host, "sh", "-c", script);
    expect(code, stderr).to.equal(0);
  }

  it("takes what it has ports for, and says so of the next one", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", {
      bridge: "br0",
      subnets: ["10.1.0.0/24"],
    });
    const sandbox = await world.cnm.createSandbox("s");
    await fill(world.host, "br0", 1022);
    await world.cnm.attach(sandbox, network);

    const error = await cnmRefusal(world.cnm.attach(sandbox, network, { name: "more" }));

    expect(error.code).to.equal("ERR_CNM_NETWORK_FULL");
    expect(error.message).to.include("the bridge br0 has 1023 ports, and takes no more");
    expect(error.cause).to.include({ errnoName: "EXFULL", syscall: "RTM_NEWLINK" });
    expect(network.endpoints().map(({ name }) => name)).to.deep.equal(["s"]);
    expect(await ipLink(sandbox.namespace, "eth1")).to.equal(undefined);
    await world.host.links.delete("br0"); // of the foreign ports nothing else would be left to see
    for (const link of await ip(world.host, "link", "show", "type", "veth")) {
      const name = String(link["ifname"]);
      if (name.startsWith("f")) await world.host.links.delete(name);
    }
  });
});

describe("a network without room", function () {
  const requests = "tracing:vethwork:netlink:request:start";
  this.timeout(120_000);

  it("refuses the next endpoint before the kernel hears of it, in the next process too", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const network = await first.createNetwork("net", { bridge: "br0", subnets: ["10.1.0.0/20"] });
    const sandbox = await first.createSandbox("s");
    for (let at = 0; at < 1023; at++) await first.attach(sandbox, network, { name: `p${at}` });
    const second = await ground.open();
    const again = second.network("net");
    const next = await again.createEndpoint("next");

    let asked = 0;
    const listen = () => {
      asked++;
    };
    diagnostics.subscribe(requests, listen);
    const error = await cnmRefusal(next.join(second.sandbox("s")));
    const before = asked;
    await again.endpoint("p7").leave();
    await next.join(second.sandbox("s"));
    diagnostics.unsubscribe(requests, listen);

    expect(error).to.nested.include({ code: "ERR_CNM_NETWORK_FULL", "context.network": "net" });
    expect(error.message).to.include("the network net has 1023 joined endpoints");
    expect(before).to.equal(0);
    expect(asked, "of what there was room for").to.be.greaterThan(0);
    expect(next.ifname).to.equal("eth7");
    const ports = await ip(ground.host, "link", "show", "master", "br0");
    expect(ports).to.have.lengthOf(1023);
  });
});

describe("VLANs of endpoints", function () {
  const options = { bridge: "br0", vlanFiltering: true, subnets: ["10.1.0.0/24"] };

  function vlans(context: Context): void {
    needs(context, "bridge-vlan", "program:bridge");
  }

  /** `bridge vlan show`, of one port. */
  async function vlansOf(host: Where, port: string | undefined): Promise<unknown> {
    const all = await bridge(host, "vlan", "show");
    const found = all.find(({ ifname }) => ifname === port);
    return (found?.["vlans"] as readonly { vlan: number; flags?: readonly string[] }[]).map(
      ({ vlan, flags = [] }) => [vlan, ...flags].join(" "),
    );
  }

  it("keep apart those of different ones, and the host", async function () {
    vlans(this);
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", options);
    const join = async (name: string, vlan?: number) => {
      const sandbox = await world.cnm.createSandbox(name);
      return world.cnm.attach(sandbox, network, vlan === undefined ? {} : { vlan });
    };
    const [a, b, c, plain] = [
      await join("a", 10),
      await join("b", 10),
      await join("c", 20),
      await join("d"),
    ];
    const from = (one: typeof a, ip: string) => pings(one.sandbox?.namespace ?? "", ip);

    expect(await vlansOf(world.host, a.hostIfname)).to.deep.equal(["10 PVID Egress Untagged"]);
    expect(await vlansOf(world.host, plain.hostIfname)).to.deep.equal(["1 PVID Egress Untagged"]);
    expect(a.inspect().options).to.deep.equal({ vlan: 10 });
    expect(await from(a, ipOf(b))).to.equal(true);
    expect(await from(a, ipOf(c))).to.equal(false);
    expect(await from(a, "10.1.0.1")).to.equal(false);
    expect(await from(plain, "10.1.0.1")).to.equal(true);
  });

  it("are there again for the next process, and on a bridge that is made again", async function () {
    vlans(this);
    await using ground = await newGround(this);
    const first = await ground.open();
    const network = await first.createNetwork("net", options);
    const endpoint = await first.attach(await first.createSandbox("s"), network, { vlan: 10 });
    const seen = endpoint.inspect();

    const second = await ground.open();
    expect(second.network("net").endpoint("s").inspect()).to.deep.equal(seen);
    await expectAgreement(second, ground.host, ground.runDirectory);
    await ip(ground.host, "link", "set", "br0", "type", "bridge", "vlan_filtering", "0");
    const [finding] = await second.check();
    await ip(ground.host, "link", "delete", "br0");
    await second.repair();

    expect(finding?.text).to.include("br0 keeps no VLANs apart any more");
    expect(await vlansOf(ground.host, endpoint.hostIfname)).to.deep.equal([
      "10 PVID Egress Untagged",
    ]);
    await expectAgreement(second, ground.host, ground.runDirectory);
  });

  it("work on an adopted bridge that knows them, by the VLAN that it gives its ports", async function () {
    vlans(this);
    await using world = await newHost(this);
    await world.addForeignLink("br-own", "bridge", "vlan_filtering", "1", "vlan_default_pvid", "7");
    const network = await world.cnm.createNetwork("net", { ...options, bridge: "br-own" });
    const sandbox = await world.cnm.createSandbox("s");

    const endpoint = await world.cnm.attach(sandbox, network, { vlan: 10 });

    expect(await vlansOf(world.host, endpoint.hostIfname)).to.deep.equal([
      "10 PVID Egress Untagged",
    ]);
  });

  it("are refused on a bridge that knows none", async function () {
    await using world = await newHost(this);
    await world.addForeignLink("br-own", "bridge");
    const network = await world.cnm.createNetwork("net");

    const errors = [
      await cnmRefusal(network.createEndpoint("a", { vlan: 10 })),
      await cnmRefusal(network.createEndpoint("a", { vlan: 4095 })),
      await cnmRefusal(world.cnm.createNetwork("own", { bridge: "br-own", vlanFiltering: true })),
    ];

    expect(errors.map(({ code, context }) => [code, context["field"]])).to.deep.equal([
      ["ERR_CNM_INVALID_OPTION", "vlan"],
      ["ERR_CNM_INVALID_OPTION", "vlan"],
      ["ERR_CNM_CONFLICT", "vlanFiltering"],
    ]);
    expect(network.endpoints()).to.deep.equal([]);
  });
});
