import { ipOf, type EndpointOptions } from "#lib/index.js";
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { newHost } from "../support/cnm.js";
import {
  ip,
  ipAddresses,
  ipLink,
  ipLinkNames,
  pings,
  runIn,
  type Where,
} from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";

const subnets = ["10.1.0.0/24", "fd00:1::/64"];

/** A file below /proc/sys as cat(1) reads it inside. */
async function sysctl(where: Where, path: string): Promise<string> {
  return (await runIn(where, "cat", `/proc/sys/${path}`)).stdout.trim();
}

describe("aliases of an endpoint", function () {
  it("are names of it in the hosts files of its network's sandboxes, as long as it is joined", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const client = await world.cnm.createSandbox("client");
    await world.cnm.attach(client, network);
    const server = await world.cnm.createSandbox("server");
    const endpoint = await network.createEndpoint("db1", { aliases: ["db", "store", "db"] });

    await endpoint.join(server);

    const hosts = () => readFileSync(client.hostsPath, "utf8");
    expect(endpoint.aliases).to.deep.equal(["db", "store"]);
    expect(endpoint.inspect().aliases).to.deep.equal(["db", "store"]);
    expect(hosts()).to.include("\n10.1.0.3\tdb1 db1.net db db.net store store.net\n");
    await endpoint.leave();
    expect(hosts()).not.to.match(/\bdb\b/);
  });

  it("may be shared by several endpoints, and be another one's name", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const sandboxes = [await world.cnm.createSandbox("a"), await world.cnm.createSandbox("b")];

    for (const [at, sandbox] of sandboxes.entries()) {
      await world.cnm.attach(sandbox, network, { aliases: ["all", "a"], name: `e${at}` });
    }

    const lines = readFileSync(sandboxes[0]?.hostsPath ?? "", "utf8").split("\n");
    expect(lines.filter((line) => /\sall\s/.test(line))).to.have.lengthOf(2);
  });
});

describe("sysctls of an endpoint", function () {
  it("are the interface's, by its name, and nobody else's", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    const sandbox = await world.cnm.createSandbox("s");
    await world.cnm.attach(sandbox, network, { name: "other" });
    const before = await sysctl(sandbox.namespace, "net/ipv4/conf/eth0/forwarding");

    const endpoint = await network.createEndpoint("a", {
      sysctls: {
        "net.ipv4.conf.IFNAME.forwarding": 1,
        "net.ipv6.conf.IFNAME.accept_ra": "0",
        "net.ipv4.neigh.IFNAME.gc_stale_time": 77,
      },
    });
    await endpoint.join(sandbox, { ifname: "lan.7" });

    expect(await sysctl(sandbox.namespace, "net/ipv4/conf/lan.7/forwarding")).to.equal("1");
    expect(await sysctl(sandbox.namespace, "net/ipv6/conf/lan.7/accept_ra")).to.equal("0");
    expect(await sysctl(sandbox.namespace, "net/ipv4/neigh/lan.7/gc_stale_time")).to.equal("77");
    expect(await sysctl(sandbox.namespace, "net/ipv4/conf/eth0/forwarding")).to.equal(before);
    expect(await ipAddresses(sandbox.namespace, "lan.7")).to.have.members([...endpoint.addresses]);
  });

  it("leave nothing where the kernel has no such sysctl", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { bridge: "br0", subnets });
    const sandbox = await world.cnm.createSandbox("s");
    const sysctls = { "net.ipv4.conf.IFNAME.nothing": 1 };

    const error = await kernelRefusal(world.cnm.attach(sandbox, network, { sysctls }));

    expect(error.message).to.include("set sysctl net/ipv4/conf/eth0/nothing: ENOENT");
    expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo"]);
    expect(await world.links()).to.deep.equal(["br0"]);
    expect(network.endpoints()).to.deep.equal([]);
  });
});

describe("routes of an endpoint", function () {
  it("are set through it, and go with it", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    const sandbox = await world.cnm.createSandbox("s");
    const endpoint = await network.createEndpoint("a", {
      routes: [
        { destination: "192.168.7.0/24", gateway: "10.1.0.9" },
        { destination: "192.168.8.0/24" },
        { destination: "fd00:7::/64", gateway: "fd00:1::9" },
      ],
    });

    await endpoint.join(sandbox);

    const routes = [
      ...(await ip(sandbox.namespace, "-4", "route", "show")),
      ...(await ip(sandbox.namespace, "-6", "route", "show")),
    ];
    const shown = routes.map(({ dst, gateway, dev }) => ({ dst, gateway, dev }));
    expect(shown).to.deep.include({ dst: "192.168.7.0/24", gateway: "10.1.0.9", dev: "eth0" });
    expect(shown).to.deep.include({ dst: "192.168.8.0/24", gateway: undefined, dev: "eth0" });
    expect(shown).to.deep.include({ dst: "fd00:7::/64", gateway: "fd00:1::9", dev: "eth0" });
    await endpoint.leave();
    expect(await ip(sandbox.namespace, "route", "show")).to.deep.equal([]);
  });

  it("carry packets", async function () {
    await using world = await newHost(this);
    const { cnm, host } = world;
    const network = await cnm.createNetwork("net", { bridge: "br0", subnets: ["10.1.0.0/24"] });
    await ip(host, "address", "add", "192.168.7.1/32", "dev", "br0");
    const sandbox = await cnm.createSandbox("s");
    const inner = await cnm.createNetwork("inner", { internal: true, bridge: "br1" });
    await cnm.attach(sandbox, inner);

    const without = await pings(sandbox.namespace, "192.168.7.1");
    await cnm.attach(sandbox, network, {
      gatewayPriority: -1,
      routes: [{ destination: "192.168.7.0/24", gateway: "10.1.0.1" }],
    });

    expect(without).to.equal(false);
    expect(await pings(sandbox.namespace, "192.168.7.1")).to.equal(true);
  });

  it("leave nothing where the sandbox has one to there already", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { bridge: "br0", subnets });
    const sandbox = await world.cnm.createSandbox("s");
    const routes = [{ destination: "192.168.7.0/24" }];
    await world.cnm.attach(sandbox, network, { name: "a", routes });

    const error = await kernelRefusal(world.cnm.attach(sandbox, network, { name: "b", routes }));

    expect(error).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWROUTE" });
    expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo", "eth0"]);
  });
});

describe("mtu of an endpoint", function () {
  it("is the interface's in the sandbox; the bridge and other endpoints keep theirs", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { bridge: "br0", subnets });
    const [a, b] = [await world.cnm.createSandbox("a"), await world.cnm.createSandbox("b")];

    const small = await world.cnm.attach(a, network, { mtu: 1400 });
    const usual = await world.cnm.attach(b, network);

    expect([small.mtu, usual.mtu]).to.deep.equal([1400, 1500]);
    expect(await ipLink(a.namespace, "eth0")).to.include({ mtu: 1400 });
    expect(await ipLink(b.namespace, "eth0")).to.include({ mtu: 1500 });
    expect(await ipLink(world.host, "br0")).to.include({ mtu: 1500 });
    expect(await pings(a.namespace, ipOf(usual))).to.equal(true);
  });

  it("is at most what the network carries, adopted bridges included", async function () {
    await using world = await newHost(this);
    await world.addForeignLink("br-big", "bridge");
    await ip(world.host, "link", "set", "br-big", "mtu", "9000");
    const big = await world.cnm.createNetwork("big", {
      bridge: "br-big",
      subnets: ["10.2.0.0/24"],
    });
    const net = await world.cnm.createNetwork("net", { mtu: 1300, subnets: ["10.1.0.0/24"] });

    const errors = [
      await cnmRefusal(big.createEndpoint("a", { mtu: 9001 })),
      await cnmRefusal(net.createEndpoint("a", { mtu: 1301 })),
    ];

    expect(errors.map(({ code, context }) => [code, context["field"]])).to.deep.equal(
      Array(2).fill(["ERR_CNM_INVALID_OPTION", "mtu"]),
    );
    expect(errors[0]?.message).to.include("at most the network's 9000, not 9001");
    await big.createEndpoint("a", { mtu: 9000 });
  });
});

describe("addresses of an endpoint", function () {
  it("are several of one subnet where they are asked for; the rest is chosen", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    const sandbox = await world.cnm.createSandbox("s");

    const endpoint = await world.cnm.attach(sandbox, network, {
      addresses: ["10.1.0.9", "10.1.0.7"],
    });

    const expected = ["10.1.0.9/24", "10.1.0.7/24", "fd00:1::2/64"];
    expect(endpoint.addresses).to.deep.equal(expected);
    expect(await ipAddresses(sandbox.namespace, "eth0")).to.have.members(expected);
    expect(await pings(world.host, "10.1.0.7")).to.equal(true);
    const error = await cnmRefusal(network.createEndpoint("b", { addresses: ["10.1.0.7"] }));
    expect(error.code).to.equal("ERR_CNM_ADDRESS_TAKEN");
    await endpoint.delete();
    await network.createEndpoint("b", { addresses: ["10.1.0.7", "10.1.0.9"] });
  });

  it("may be link-local ones, which no IPAM knows", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    const sandbox = await world.cnm.createSandbox("s");

    const endpoint = await world.cnm.attach(sandbox, network, {
      linkLocalAddresses: ["169.254.7.7", "fe80::7"],
    });

    const [seen] = await ip(sandbox.namespace, "address", "show", "dev", "eth0");
    const all = seen?.["addr_info"] as readonly Readonly<Record<string, unknown>>[];
    const shown = all.map(({ local, prefixlen }) => `${String(local)}/${String(prefixlen)}`);
    expect(shown).to.include.members(["169.254.7.7/16", "fe80::7/64", "10.1.0.2/24"]);
    expect(endpoint.addresses).to.deep.equal(["10.1.0.2/24", "fd00:1::2/64"]);
    expect(endpoint.inspect().linkLocalAddresses).to.deep.equal(["169.254.7.7", "fe80::7"]);
  });
});

describe("Network.createEndpoint refuses", function () {
  const conf = "net.ipv4.conf";
  const refused: [what: string, options: unknown, code: string, field: string][] = [
    ["an alias that is no name", { aliases: ["a b"] }, "ERR_CNM_INVALID_NAME", "aliases.0"],
    [
      "a sysctl of all interfaces",
      { sysctls: { [`${conf}.all.forwarding`]: 1 } },
      "ERR_CNM_INVALID_OPTION",
      `sysctls."${conf}.all.forwarding"`,
    ],
    [
      "a sysctl with a way out",
      { sysctls: { "net.ipv4.conf.IFNAME.../../x": 1 } },
      "ERR_CNM_INVALID_OPTION",
      'sysctls."net.ipv4.conf.IFNAME.../../x"',
    ],
    [
      "a sysctl of two lines",
      { sysctls: { "net.ipv4.conf.IFNAME.tag": "1\n2" } },
      "ERR_CNM_INVALID_OPTION",
      'sysctls."net.ipv4.conf.IFNAME.tag"',
    ],
    [
      "a route without a destination",
      { routes: [{ gateway: "10.1.0.9" }] },
      "ERR_INVALID_ARG_TYPE",
      "routes.0.destination",
    ],
    [
      "a default route",
      { routes: [{ destination: "0.0.0.0/0", gateway: "10.1.0.9" }] },
      "ERR_CNM_INVALID_OPTION",
      "routes.0.destination",
    ],
    [
      "a gateway elsewhere",
      { routes: [{ destination: "10.9.0.0/16", gateway: "10.2.0.1" }] },
      "ERR_CNM_INVALID_OPTION",
      "routes.0.gateway",
    ],
    [
      "a gateway of the other family",
      { routes: [{ destination: "10.9.0.0/16", gateway: "fd00:1::9" }] },
      "ERR_CNM_INVALID_OPTION",
      "routes.0.gateway",
    ],
    ["a fraction", { gatewayPriority: 0.5 }, "ERR_CNM_INVALID_OPTION", "gatewayPriority"],
    ["an MTU that IPv6 cannot have", { mtu: 1279 }, "ERR_CNM_INVALID_OPTION", "mtu"],
    [
      "a link-local address that is none",
      { linkLocalAddresses: ["10.1.0.5"] },
      "ERR_CNM_INVALID_OPTION",
      "linkLocalAddresses.0",
    ],
  ];
  for (const [what, options, code, field] of refused) {
    it(`${what}: ${code} names ${field}`, async function () {
      await using world = await newHost(this);
      const network = await world.cnm.createNetwork("net", { subnets });

      const error = await rejection(network.createEndpoint("a", options as EndpointOptions));

      expect(error, String(error)).to.include({ code });
      expect((error as { context?: Record<string, unknown> }).context?.["field"]).to.equal(field);
      expect(network.endpoints()).to.deep.equal([]);
    });
  }
});
