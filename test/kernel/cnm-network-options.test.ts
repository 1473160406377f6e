import { type NetworkOptions } from "#lib/index.js";
import { expect } from "chai";
import { openStore } from "#lib/store/index.js";
import type { Json } from "#lib/store/contract.js";
import { newHost } from "../support/cnm.js";
import { newFolder } from "../support/folder.js";
import { ip, ipAddresses, ipLink, ipLinkNames } from "../support/other-eyes.js";
import { cnmRefusal, rejection } from "../support/rejection.js";
import { newGround } from "../support/state.js";

describe("Network.update", function () {
  it("puts labels in the place of those that were there, and says so", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { labels: { a: "1", b: "2" } });
    const given = { b: "3", c: "4" };
    using watch = world.cnm.watch();

    await network.update({ labels: given });
    given.b = "changed since";

    expect(network.labels).to.deep.equal({ b: "3", c: "4" });
    expect(network.inspect().labels).to.deep.equal({ b: "3", c: "4" });
    expect((await watch.next()).value).to.deep.equal({
      kind: "network",
      change: "updated",
      network: { id: network.id, name: "net" },
    });
    await network.update({});
    expect(network.labels).to.deep.equal({ b: "3", c: "4" });
  });

  it("is kept for the next process, and so is when it was made", async function () {
    await using ground = await newGround(this);
    const before = Date.now();
    const network = await (await ground.open()).createNetwork("net", { labels: { a: "1" } });
    const after = Date.now();
    await Promise.all([network.update({ labels: { a: "2" } }), network.update({ labels: {} })]);

    const again = (await ground.open()).network("net");

    expect(again.labels).to.deep.equal({});
    expect(again.created?.getTime()).to.be.within(before, after);
    expect(again.inspect()).to.deep.equal(network.inspect());
  });

  it("does not know when one was made whose record an older version has written", async function () {
    await using ground = await newGround(this);
    const { stateDirectory } = ground;
    const network = await (await ground.open()).createNetwork("net", { bridge: "br0" });
    await (await ground.open()).close();
    using folder = newFolder();
    const store = await openStore("lmdb", { stateDirectory, runDirectory: folder.path });
    const { created, ...older } = (await store.get("network", network.id)) as Record<string, Json>;
    await store.write([{ kind: "network", id: network.id, value: older }]);
    await store.close();

    const again = await ground.open();

    expect(created).to.equal(network.created?.toISOString());
    expect(again.network("net").created).to.equal(undefined);
    expect(again.network("net").inspect().created).to.equal(null);
    expect(await again.prune({ until: new Date(1) })).to.have.lengthOf(1);
  });

  it("changes nothing where it is refused", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { labels: { a: "1" } });

    const wrong = await rejection(network.update({ labels: { a: 1 } } as object));
    const unknown = await cnmRefusal(network.update({ mtu: 1400 } as object));
    await network.delete();
    const late = await cnmRefusal(network.update({ labels: {} }));

    expect(wrong).to.nested.include({ code: "ERR_INVALID_ARG_TYPE", "context.field": "labels.a" });
    expect(unknown).to.nested.include({ code: "ERR_CNM_INVALID_OPTION", "context.field": "mtu" });
    expect(late.code).to.equal("ERR_CNM_CLOSED");
    expect(network.labels).to.deep.equal({ a: "1" });
  });
});

describe("Controller.prune", function () {
  it("removes networks without endpoints, and says which", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const used = await cnm.createNetwork("used", { bridge: "br-used" });
    await used.createEndpoint("a"); // joined or not
    const unused = await cnm.createNetwork("unused", { bridge: "br-unused" });

    const pruned = await cnm.prune();

    expect(pruned).to.deep.equal([{ id: unused.id, name: "unused" }]);
    expect(cnm.networks().map(({ name }) => name)).to.deep.equal(["used"]);
    expect(await world.links()).to.deep.equal(["br-used"]);
    expect(await cnm.prune()).to.deep.equal([]);
  });

  it("leaves those that the labels do not fit", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    await cnm.createNetwork("none");
    await cnm.createNetwork("ci", { labels: { job: "7", ci: "" } });
    await cnm.createNetwork("kept", { labels: { job: "8", keep: "yes" } });
    const names = async (labels: Record<string, string | boolean>) =>
      (await cnm.prune({ labels })).map(({ name }) => name);

    expect(await names({ job: "9" })).to.deep.equal([]);
    expect(await names({ toString: true })).to.deep.equal([]);
    expect(await names({ job: true, keep: false })).to.deep.equal(["ci"]);
    expect(await names({ job: false })).to.deep.equal(["none"]);
    expect(await names({ job: "8", keep: "yes" })).to.deep.equal(["kept"]);
  });

  it("leaves those that were made since", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const { created = new Date(0) } = await cnm.createNetwork("net");

    const none = await cnm.prune({ until: created });
    const one = await cnm.prune({ until: new Date(created.getTime() + 1) });

    expect([none.length, one.length]).to.deep.equal([0, 1]);
  });

  it("leaves a network to which an endpoint comes meanwhile", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net");

    const [pruned, endpoint] = await Promise.all([
      world.cnm.prune(),
      network.createEndpoint("a").catch((error: unknown) => error),
    ]);

    // One of the two, never half of each.
    if (pruned.length === 0) expect(network.endpoints()).to.deep.equal([endpoint]);
    else expect(endpoint).to.include({ code: "ERR_CNM_CLOSED" });
  });

  it("leaves those that are config-only, which are there to be used later", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const config = await cnm.createNetwork("config", { configOnly: true });
    await cnm.createNetwork("net", { configFrom: "config" });

    const pruned = await cnm.prune();

    expect(pruned.map(({ name }) => name)).to.deep.equal(["net"]);
    expect(cnm.networks()).to.deep.equal([config]);
  });

  it("removes nothing where its options are wrong", async function () {
    await using world = await newHost(this);
    await world.cnm.createNetwork("net");

    const errors = [
      await rejection(world.cnm.prune({ until: new Date(NaN) })),
      await rejection(world.cnm.prune({ until: 7 } as object)),
      await rejection(world.cnm.prune({ labels: { a: 7 } } as object)),
    ];

    expect(errors.map((error) => (error as { code?: unknown }).code)).to.deep.equal([
      "ERR_CNM_INVALID_OPTION",
      "ERR_INVALID_ARG_TYPE",
      "ERR_INVALID_ARG_TYPE",
    ]);
    expect(world.cnm.networks()).to.have.lengthOf(1);
  });
});

describe("a config-only network", function () {
  const held: NetworkOptions = {
    configOnly: true,
    bridge: "br-held",
    labels: { a: "1" },
    mtu: 1400,
    subnets: ["10.7.0.0/24", "fd00:7::/64"],
  };

  it("makes nothing, and gives its options to the networks that are made from it", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const config = await cnm.createNetwork("config", held);
    expect(await world.links()).to.deep.equal([]);

    const network = await cnm.createNetwork("net", { configFrom: "config", internal: true });

    expect(await ipLink(world.host, "br-held")).to.include({ mtu: 1400 });
    expect(await ipAddresses(world.host, "br-held")).to.have.members([
      "10.7.0.1/24",
      "fd00:7::1/64",
    ]);
    expect(network.labels).to.deep.equal({ a: "1" });
    expect(network.internal).to.equal(true);
    expect(network.inspect().configFrom).to.deep.equal({ id: config.id, name: "config" });
    expect(config.inspect()).to.deep.include({ subnets: [], endpoints: [], mtu: 1400 });
    expect(config.inspect().config).to.deep.equal({
      driver: "bridge",
      bridge: "br-held",
      mtu: 1400,
      subnets: ["10.7.0.0/24", "fd00:7::/64"],
    });
  });

  it("gives each network a subnet of its own where it names none", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    await cnm.createNetwork("config", { configOnly: true, ipv6: true });

    const [one, two] = [
      await cnm.createNetwork("one", { configFrom: "config" }),
      await cnm.createNetwork("two", { configFrom: "config" }),
    ];

    expect(one.subnets).to.have.lengthOf(2);
    expect(one.subnets[0]?.subnet).not.to.equal(two.subnets[0]?.subnet);
  });

  it("has no endpoints, and stays as long as others have its options", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const config = await cnm.createNetwork("config", held);
    const network = await cnm.createNetwork("net", { configFrom: config.id });

    const endpoint = await cnmRefusal(config.createEndpoint("a"));
    const deletion = await cnmRefusal(config.delete());
    expect(endpoint.code).to.equal("ERR_CNM_CONFLICT");
    expect(endpoint.message).to.include('create a network with configFrom: "config"');
    expect(deletion).to.include({ code: "ERR_CNM_IN_USE" });
    expect(deletion.message).to.include("1 network(s) have its options: net; delete them first");
    await network.delete();
    await config.delete();

    expect(cnm.networks()).to.deep.equal([]);
  });

  it("is let go of by a network that could not be made", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const config = await cnm.createNetwork("config", held);
    await ip(world.host, "link", "add", "br-held", "type", "dummy").catch(() =>
      ip(world.host, "link", "add", "br-held", "type", "veth", "peer", "name", "other"),
    );

    const error = await cnmRefusal(cnm.createNetwork("net", { configFrom: "config" }));

    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.field": "bridge" });
    await ip(world.host, "link", "delete", "br-held");
    await config.delete();
  });

  it("is there again for the next process, and is in use as before", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const config = await first.createNetwork("config", held);
    const network = await first.createNetwork("net", { configFrom: "config" });
    await config.update({ labels: { b: "2" } });
    const seen = [config.inspect(), network.inspect()];

    const second = await ground.open();

    expect(second.networks().map((one) => one.inspect())).to.deep.equal(seen);
    expect(await second.check()).to.deep.equal([]);
    expect((await cnmRefusal(second.network("config").delete())).code).to.equal("ERR_CNM_IN_USE");
    await second.network("net").delete();
    const again = await second.createNetwork("again", { configFrom: "config" });
    expect(again.labels).to.deep.equal({ b: "2" });
    await second.destroy();
    expect(await ipLinkNames(ground.host)).to.deep.equal(["lo"]);
  });

  const refused: [what: string, options: unknown, code: string, field: string][] = [
    ["a network that is not there", { configFrom: "x" }, "ERR_CNM_NOT_FOUND", "configFrom"],
    ["an ordinary network", { configFrom: "plain" }, "ERR_CNM_CONFLICT", "configFrom"],
    ["no name", { configFrom: 7 }, "ERR_INVALID_ARG_TYPE", "configFrom"],
    ["a subnet beside it", { configFrom: "c", subnets: [] }, "ERR_CNM_INVALID_OPTION", "subnets"],
    ["labels beside it", { configFrom: "c", labels: {} }, "ERR_CNM_INVALID_OPTION", "labels"],
    [
      "an option of the driver",
      { configFrom: "c", bridge: "b" },
      "ERR_CNM_INVALID_OPTION",
      "bridge",
    ],
    ["a chain", { configFrom: "c", configOnly: true }, "ERR_CNM_INVALID_OPTION", "configFrom"],
    ["internal", { configOnly: true, internal: true }, "ERR_CNM_INVALID_OPTION", "internal"],
    [
      "a slip in what it holds",
      { configOnly: true, brigde: "b" },
      "ERR_CNM_INVALID_OPTION",
      "brigde",
    ],
    ["another driver", { configFrom: "c", driver: "none" }, "ERR_CNM_INVALID_OPTION", "driver"],
  ];
  for (const [what, options, code, field] of refused) {
    it(`refuses ${what}: ${code} names ${field}`, async function () {
      await using world = await newHost(this);
      const { cnm } = world;
      await cnm.createNetwork("plain");
      await cnm.createNetwork("c", { configOnly: true });

      const error = await rejection(cnm.createNetwork("net", options as object));

      expect(error, String(error)).to.nested.include({ code, "context.field": field });
      expect(cnm.networks()).to.have.lengthOf(2);
    });
  }
});
