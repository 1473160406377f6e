import type { AttachRequest, Network, Sandbox } from "#lib/index.js";
import { expect } from "chai";
import { readdirSync } from "node:fs";
import { expectAgreement } from "../support/agreement.js";
import { newHost, type TestHost } from "../support/cnm.js";
import { freshPath, newNetns } from "../support/netns.js";
import { ip, ipAddresses, ipLink, ipLinkNames, pings } from "../support/other-eyes.js";
import { cnmRefusal, rejection } from "../support/rejection.js";
import { newGround } from "../support/state.js";

const subnets = ["10.1.0.0/24", "fd00:1::/64"];

/** As many new sandboxes as that, all on one network. */
function newcomers(network: Network, count: number): AttachRequest[] {
  return Array.from({ length: count }, (_, at) => ({ sandbox: { name: `s${at}` }, network }));
}

async function defaultRoutes(sandbox: Sandbox): Promise<readonly unknown[]> {
  return (await ip(sandbox.namespace, "route", "show", "default")).map(({ gateway }) => gateway);
}

describe("Controller.attach of a sandbox that is to be made", function () {
  it("makes it and joins it", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    const path = freshPath();

    const endpoint = await world.cnm.attach({ name: "web", path, hostname: "www" }, network);

    const sandbox = world.cnm.sandbox("web");
    expect(endpoint.sandbox).to.equal(sandbox);
    expect(sandbox.inspect()).to.include({ path, hostname: "www" });
    expect(await ipAddresses(sandbox.namespace, "eth0")).to.deep.equal([...endpoint.addresses]);
    expect(await ipLink(sandbox.namespace, "lo")).to.nested.include({ operstate: "UNKNOWN" });
    expect(await pings(world.host, "10.1.0.2")).to.equal(true);
  });

  const bad = [
    ["a name that is none", { name: "a/b" }, "ERR_CNM_INVALID_NAME", "sandbox.name"],
    ["an option that is none", { name: "a", pth: "/x" }, "ERR_CNM_INVALID_OPTION", "sandbox.pth"],
    ["a path that is none", { name: "a", path: "x" }, "ERR_CNM_INVALID_OPTION", "sandbox.path"],
  ] as const;
  for (const [what, sandbox, code, field] of bad) {
    it(`refuses ${what}`, async function () {
      await using world = await newHost(this);
      const network = await world.cnm.createNetwork("net", { subnets });

      const error = await cnmRefusal(world.cnm.attach(sandbox, network));

      expect(error).to.nested.include({ code, "context.field": field });
      expect(world.cnm.sandboxes()).to.deep.equal([]);
    });
  }
});

describe("Controller.attachMany", function () {
  it("attaches new sandboxes and those that are there, in the order of the requests", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    const there = await world.cnm.createSandbox("there");
    const requests: AttachRequest[] = [
      ...newcomers(network, 5),
      { sandbox: there, network, name: "own", ifname: "lan0", addresses: ["10.1.0.77"] },
    ];

    const endpoints = await world.cnm.attachMany(requests);

    expect(endpoints.map(({ name }) => name)).to.deep.equal(["s0", "s1", "s2", "s3", "s4", "own"]);
    expect(network.endpoints()).to.deep.equal([...endpoints]);
    for (const { sandbox, ifname, addresses } of endpoints) {
      if (sandbox === undefined) throw new Error("it is in none");
      expect(await ipAddresses(sandbox.namespace, ifname ?? "")).to.deep.equal([...addresses]);
      expect(await defaultRoutes(sandbox)).to.deep.equal(["10.1.0.1"]);
    }
    expect(await pings(world.cnm.sandbox("s0").namespace, "10.1.0.77")).to.equal(true);
  });

  it("attaches one sandbox to several networks, the first of which has the default route", async function () {
    await using world = await newHost(this);
    const a = await world.cnm.createNetwork("a", { subnets: ["10.1.0.0/24"] });
    const b = await world.cnm.createNetwork("b", { subnets: ["10.2.0.0/24"] });
    const sandbox = await world.cnm.createSandbox("web");

    const endpoints = await world.cnm.attachMany([
      { sandbox, network: b },
      { sandbox, network: a },
    ]);

    expect(endpoints.map(({ ifname }) => ifname)).to.deep.equal(["eth0", "eth1"]);
    expect(await defaultRoutes(sandbox)).to.deep.equal(["10.2.0.1"]);
    await endpoints[0]?.delete();
    expect(await defaultRoutes(sandbox)).to.deep.equal(["10.1.0.1"]);
  });

  it("is content with nothing", async function () {
    await using world = await newHost(this);

    expect(await world.cnm.attachMany([])).to.deep.equal([]);
  });

  it("tells of each as if it had come alone", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    const events = world.cnm.watch();
    await world.cnm.attachMany(newcomers(network, 2));
    const seen: string[] = [];
    for await (const event of events) {
      if ("change" in event) seen.push(`${event.kind} ${event.change}`);
      if (seen.length === 6) break;
    }

    expect(seen).to.deep.equal([
      "sandbox created",
      "sandbox created",
      "endpoint created",
      "endpoint joined",
      "endpoint created",
      "endpoint joined",
    ]);
  });

  it("is there for the next process", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const network = await first.createNetwork("net", { subnets });
    const seen = (await first.attachMany(newcomers(network, 3))).map((one) => one.inspect());

    const second = await ground.open();

    expect(
      second
        .network("net")
        .endpoints()
        .map((one) => one.inspect()),
    ).to.deep.equal(seen);
    await expectAgreement(second, ground.host, ground.runDirectory);
  });

  type Wrong = (network: Network, there: Sandbox) => AttachRequest[];
  const wrong: Readonly<Record<string, Wrong>> = {
    "an address twice": (network) => [
      { sandbox: { name: "a" }, network, addresses: ["10.1.0.9"] },
      { sandbox: { name: "b" }, network, addresses: ["10.1.0.9"] },
    ],
    "an endpoint's name twice": (network, sandbox) => [
      { sandbox, network, name: "a" },
      { sandbox, network, name: "a" },
    ],
    "a sandbox's name twice": (network) => [
      { sandbox: { name: "a" }, network, name: "a" },
      { sandbox: { name: "a" }, network, name: "b" },
    ],
    "a MAC address twice": (network) => [
      { sandbox: { name: "a" }, network, mac: "02:00:00:00:00:01" },
      { sandbox: { name: "b" }, network, mac: "02:00:00:00:00:01" },
    ],
    "an interface's name twice": (network, sandbox) => [
      { sandbox, network, name: "a", ifname: "lan0" },
      { sandbox, network, name: "b", ifname: "lan0" },
    ],
    "a name on the host twice": (network) => [
      { sandbox: { name: "a" }, network, hostIfname: "same" },
      { sandbox: { name: "b" }, network, hostIfname: "same" },
    ],
    "a path that is there": (network, there) => [
      { sandbox: { name: "a" }, network },
      { sandbox: { name: "b", path: there.path ?? "" }, network },
    ],
  };
  for (const [what, requestsOf] of Object.entries(wrong)) {
    it(`does nothing at all with ${what}`, async function () {
      await using ground = await newGround(this);
      const cnm = await ground.open();
      const network = await cnm.createNetwork("net", { subnets });
      const there = await cnm.createSandbox("there");
      const links = await ipLinkNames(ground.host);
      const pins = readdirSync(ground.runDirectory, { recursive: true });

      const error = await rejection(cnm.attachMany(requestsOf(network, there)));

      expect(error)
        .to.have.property("message")
        .that.matches(/^attach 2 endpoints: /);
      expect(network.endpoints()).to.deep.equal([]);
      expect(cnm.sandboxes()).to.deep.equal([there]);
      expect(await ipLinkNames(ground.host)).to.deep.equal(links);
      expect(readdirSync(ground.runDirectory, { recursive: true })).to.deep.equal(pins);
      const taken = { name: "a", addresses: ["10.1.0.2", "fd00:1::2"] }; // by none, it turns out
      await cnm.attach({ name: "a" }, network, taken);
      await expectAgreement(await ground.open(), ground.host, ground.runDirectory);
    });
  }

  it("does nothing once it is aborted", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    const reason = new Error("enough");
    const abort = new AbortController();

    const attaching = world.cnm.attachMany(newcomers(network, 3), { signal: abort.signal });
    abort.abort(reason);

    expect(await rejection(attaching)).to.equal(reason);
    expect(network.endpoints()).to.deep.equal([]);
    expect(world.cnm.sandboxes()).to.deep.equal([]);
  });

  it("keeps the network from being deleted meanwhile", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });

    const attaching = world.cnm.attachMany(newcomers(network, 1));
    const error = await cnmRefusal(network.delete());

    expect(error).to.have.property("code", "ERR_CNM_IN_USE");
    await attaching;
  });

  const words: readonly (readonly [string, (world: TestHost) => unknown, string])[] = [
    ["no list", () => 7, "requests"],
    ["no sandbox", () => [{ network: 1 }], "requests.0.network"],
    ["a sandbox by its name", () => [{ sandbox: "web" }], "requests.0.sandbox"],
  ];
  for (const [what, requests, field] of words) {
    it(`refuses ${what}`, async function () {
      await using world = await newHost(this);

      const error = await rejection(world.cnm.attachMany(requests(world) as never));

      expect(error).to.nested.include({ code: "ERR_INVALID_ARG_TYPE", "context.field": field });
    });
  }
});

describe("Controller.detachMany", function () {
  for (const count of [3, 40]) {
    it(`takes down ${count} sandboxes with all that is in them, and nothing else`, async function () {
      await using world = await newHost(this);
      const { cnm } = world;
      const network = await cnm.createNetwork("net", { subnets });
      const stays = await cnm.attach({ name: "stays" }, network);
      await world.addForeignLink("theirs", "bridge");
      const before = await ipLinkNames(world.host);
      const endpoints = await cnm.attachMany(newcomers(network, count));

      await cnm.detachMany(endpoints.flatMap(({ sandbox }) => sandbox ?? []));

      expect(network.endpoints()).to.deep.equal([stays]);
      expect(cnm.sandboxes()).to.deep.equal([stays.sandbox]);
      expect(await ipLinkNames(world.host)).to.have.members(before);
      expect(await pings(world.host, "10.1.0.2")).to.equal(true);
      expect(await cnm.check()).to.deep.equal([]);
    });
  }

  it("takes endpoints alone out, and passes the default route on", async function () {
    await using world = await newHost(this);
    const a = await world.cnm.createNetwork("a", { subnets: ["10.1.0.0/24"] });
    const b = await world.cnm.createNetwork("b", { subnets: ["10.2.0.0/24"] });
    const first = await world.cnm.attach({ name: "web" }, a);
    const sandbox = world.cnm.sandbox("web");
    const second = await world.cnm.attach(sandbox, b);
    const idle = await a.createEndpoint("idle");

    await world.cnm.detachMany([first, idle, first]);

    expect(sandbox.endpoints()).to.deep.equal([second]);
    expect(a.endpoints()).to.deep.equal([]);
    expect(await defaultRoutes(sandbox)).to.deep.equal(["10.2.0.1"]);
    expect(await ipLinkNames(sandbox.namespace)).to.have.members(["lo", "eth1"]);
  });

  it("finds nothing to do twice", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    const endpoint = await world.cnm.attach({ name: "web" }, network);
    const sandbox = world.cnm.sandbox("web");

    await world.cnm.detachMany([sandbox, endpoint]);
    await world.cnm.detachMany([sandbox, endpoint]);

    expect((await cnmRefusal(endpoint.join(sandbox))).code).to.equal("ERR_CNM_CLOSED");
  });

  it("leaves the namespace of somebody else", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    await using theirs = await newNetns(this);
    const adopted = await world.cnm.adoptSandbox("adopted", { path: theirs.path ?? "" });
    await world.cnm.attach(adopted, network, { ifname: "lan0" });

    await world.cnm.detachMany([adopted]);

    expect(await ipLinkNames(theirs)).to.deep.equal(["lo"]);
  });

  it("puts off what another one is at", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    const endpoints = await world.cnm.attachMany(newcomers(network, 6));
    const all = endpoints.flatMap(({ sandbox }) => sandbox ?? []);

    await Promise.all([
      world.cnm.detachMany(all),
      world.cnm.detachMany([...all].reverse()),
      ...all.map((sandbox) => sandbox.delete()),
      ...endpoints.map((endpoint) => endpoint.delete()),
    ]);

    expect(network.endpoints()).to.deep.equal([]);
    expect(world.cnm.sandboxes()).to.deep.equal([]);
  });

  it("refuses what is no endpoint and no sandbox, before it touches the others", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    const endpoint = await world.cnm.attach({ name: "web" }, network);

    const error = await rejection(world.cnm.detachMany([endpoint, network as never]));

    expect(error).to.nested.include({
      code: "ERR_INVALID_ARG_TYPE",
      "context.field": "objects.1",
    });
    expect(endpoint.sandbox).to.equal(world.cnm.sandbox("web"));
  });

  it("refuses what is another controller's", async function () {
    await using world = await newHost(this);
    await using other = await newHost(this);
    const network = await other.cnm.createNetwork("net", { subnets });
    const endpoint = await other.cnm.attach({ name: "web" }, network);

    for (const one of [endpoint, other.cnm.sandbox("web")]) {
      const error = await cnmRefusal(world.cnm.detachMany([one]));
      expect(error).to.have.property("code", "ERR_CNM_CONFLICT");
    }
  });
});
