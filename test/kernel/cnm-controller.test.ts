import { Controller, Namespace } from "#lib/index.js";
import { expect } from "chai";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { newHost, type TestHost } from "../support/cnm.js";
import { newFolder } from "../support/folder.js";
import { newNetns } from "../support/netns.js";
import { ipLinkNames } from "../support/other-eyes.js";
import { cnmRefusal, rejection } from "../support/rejection.js";

describe("Controller.open", function () {
  it("makes nothing in the kernel", async function () {
    await using world = await newHost(this);

    expect(await world.links()).to.deep.equal([]);
    expect(world.cnm).to.include({ instance: "vethwork" });
    expect(world.cnm.id).to.match(/^[\da-f]{32}$/);
  });

  it("works on the namespace of the process where no other is given", async function () {
    await using cnm = await Controller.open();
    await using network = await cnm.createNetwork("net", { bridge: "br-own" });

    const names = await ipLinkNames("/proc/self/ns/net");

    expect(network.name).to.equal("net");
    expect(names).to.include("br-own");
  });

  it("pins in the run directory that it is told, and leaves that there", async function () {
    await using netns = await newNetns(this);
    using folder = newFolder();
    const runDirectory = join(folder.path, "run");
    mkdirSync(runDirectory);
    const cnm = await Controller.open({ host: netns, runDirectory });
    const sandbox = await cnm.createSandbox("s");

    expect(sandbox.path).to.equal(`${runDirectory}/${cnm.id}/netns/${sandbox.id}`);
    expect(sandbox.hostsPath).to.equal(`${runDirectory}/${cnm.id}/sandboxes/${sandbox.id}/hosts`);
    await cnm.close();
    expect(readdirSync(runDirectory)).to.deep.equal([]);
  });

  it("removes the folders that it made itself", async function () {
    await using netns = await newNetns(this);
    using folder = newFolder();
    const runDirectory = join(folder.path, "deep/run");
    const cnm = await Controller.open({ host: netns, runDirectory });
    await cnm.createSandbox("s");

    await cnm.close();

    expect(readdirSync(folder.path)).to.deep.equal([]);
  });

  it("goes on when another controller of the run directory has closed", async function () {
    await using netns = await newNetns(this);
    using folder = newFolder();
    const runDirectory = join(folder.path, "run");
    const first = await Controller.open({ host: netns, runDirectory, instance: "first" });
    await using second = await Controller.open({ host: netns, runDirectory, instance: "second" });
    await first.close();

    const sandbox = await second.createSandbox("s");

    expect(sandbox.path).to.equal(`${runDirectory}/${second.id}/netns/${sandbox.id}`);
  });

  it("takes the pin away of a sandbox whose namespace was closed", async function () {
    await using netns = await newNetns(this);
    using folder = newFolder();
    const cnm = await Controller.open({ host: netns, runDirectory: folder.path });
    const sandbox = await cnm.createSandbox("s");
    await sandbox.namespace.close();

    await cnm.close();

    expect(readdirSync(folder.path)).to.deep.equal([]);
  });

  it("removes nothing of others from the run directory", async function () {
    await using netns = await newNetns(this);
    using folder = newFolder();
    mkdirSync(join(folder.path, "other/netns"), { recursive: true });
    writeFileSync(join(folder.path, "other/netns/foreign"), "");
    const cnm = await Controller.open({ host: netns, runDirectory: folder.path });
    await cnm.createSandbox("s");

    await cnm.close();

    expect(readdirSync(join(folder.path, "other/netns"))).to.deep.equal(["foreign"]);
  });

  it("removes the usual run directory with the last controller that uses it", async function () {
    await using left = await newNetns(this);
    await using right = await newNetns(this);
    const first = await Controller.open({ host: left, instance: "shared" });
    const second = await Controller.open({ host: right, instance: "shared" });
    await second.createSandbox("s");

    await first.close();
    expect(existsSync(`/run/shared/${second.id}/netns`)).to.be.true;
    await second.close();

    expect(existsSync("/run/shared")).to.be.false;
  });

  const refused: [what: string, options: unknown, code: string, field: string][] = [
    ["no object", 7, "ERR_INVALID_ARG_TYPE", "options"],
    ["an unknown option", { rundirectory: "/run/x" }, "ERR_CNM_INVALID_OPTION", "rundirectory"],
    ["an instance with capitals", { instance: "Lab" }, "ERR_CNM_INVALID_OPTION", "instance"],
    ["a long instance", { instance: "l".repeat(17) }, "ERR_CNM_INVALID_OPTION", "instance"],
    ["no instance", { instance: "" }, "ERR_CNM_INVALID_NAME", "instance"],
    ["a relative run directory", { runDirectory: "run" }, "ERR_CNM_INVALID_OPTION", "runDirectory"],
    [
      "a file as run directory",
      { runDirectory: "/etc/hosts/x" },
      "ERR_CNM_UNSUPPORTED",
      "runDirectory",
    ],
    ["an imitated host", { host: {} }, "ERR_INVALID_ARG_TYPE", "host"],
    [
      "a pool with host bits",
      { pools: [{ family: "inet", base: "10.0.0.1/8", prefix: 24 }] },
      "ERR_CNM_INVALID_ADDRESS",
      "pools.0.base",
    ],
    [
      "blocks larger than their pool",
      { pools: [{ family: "inet", base: "10.0.0.0/16", prefix: 8 }] },
      "ERR_CNM_INVALID_OPTION",
      "pools.0.prefix",
    ],
  ];
  for (const [what, options, code, field] of refused) {
    it(`refuses ${what}: ${code} names ${field}`, async function () {
      const error = await rejection(Controller.open(options as object));

      expect(error).to.nested.include({ code, "context.field": field });
    });
  }

  it("refuses a host that is closed", async function () {
    const host = await Namespace.create();
    await host.delete();

    const error = await cnmRefusal(Controller.open({ host }));

    expect(error).to.include({ code: "ERR_CNM_CLOSED" });
  });

  it("has no constructor for users", function () {
    const make = Controller as unknown as new (token: unknown) => Controller;

    expect(() => new make(Symbol())).to.throw(TypeError, "use Controller.open()");
  });
});

describe("lookup", function () {
  it("finds by name, by id and by a unique beginning of the id", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net");
    const sandbox = await world.cnm.createSandbox("s");
    const endpoint = await network.createEndpoint("a");

    for (const reference of ["net", network.id, network.id.slice(0, 6)]) {
      expect(world.cnm.network(reference)).to.equal(network);
    }
    for (const reference of ["s", sandbox.id, sandbox.id.slice(0, 6)]) {
      expect(world.cnm.sandbox(reference)).to.equal(sandbox);
    }
    for (const reference of ["a", endpoint.id, endpoint.id.slice(0, 6)]) {
      expect(network.endpoint(reference)).to.equal(endpoint);
    }
  });

  it("prefers a name to the beginning of an id", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net");
    const first = await network.createEndpoint("first");
    const second = await network.createEndpoint(first.id.slice(0, 4));

    expect(network.endpoint(first.id.slice(0, 4))).to.equal(second);
  });

  it("says which ids begin so, when there are several", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net");
    const names = Array.from({ length: 17 }, (_, at) => `endpoint-${at}`); // 16 first digits
    const made = await Promise.all(names.map((name) => network.createEndpoint(name)));
    const digits = made.map(({ id }) => id.slice(0, 1));
    const digit = digits.find((one, at) => digits.indexOf(one) < at) ?? "";
    const ids = made.map(({ id }) => id).filter((id) => id.startsWith(digit));

    expect(() => network.endpoint(digit))
      .to.throw(`the ids of ${ids.length} endpoints begin with "${digit}"`)
      .with.deep.nested.include({ code: "ERR_CNM_AMBIGUOUS", "context.ids": ids });
  });

  for (const reference of ["", "nothing", "g"]) {
    it(`finds nothing by "${reference}"`, async function () {
      await using world = await newHost(this);
      await world.cnm.createNetwork("net");

      expect(() => world.cnm.network(reference))
        .to.throw()
        .with.property("code", "ERR_CNM_NOT_FOUND");
    });
  }

  for (const reference of [undefined, null, 7, Symbol("s"), {}, /x/]) {
    it(`refuses ${inspect(reference)}`, async function () {
      await using world = await newHost(this);
      await world.cnm.createNetwork("net");

      expect(() => world.cnm.network(reference as string))
        .to.throw(TypeError)
        .with.property("code", "ERR_INVALID_ARG_TYPE");
    });
  }
});

describe("Controller.close", function () {
  async function fill({ cnm }: TestHost): Promise<void> {
    for (const name of ["one", "two"]) {
      const network = await cnm.createNetwork(name, { ipv6: true });
      const sandbox = await cnm.createSandbox(name);
      await (await network.createEndpoint("a")).join(sandbox);
      await network.createEndpoint("idle");
    }
  }

  it("takes down everything that is in use", async function () {
    await using world = await newHost(this);
    await fill(world);
    const paths = world.cnm.sandboxes().map(({ path = "" }) => path);

    await world.cnm.close();

    expect(await world.links()).to.deep.equal([]);
    expect(paths.map((path) => existsSync(path))).to.deep.equal([false, false]);
    expect([...world.cnm.networks(), ...world.cnm.sandboxes()]).to.deep.equal([]);
  });

  it("waits for what is being made", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const network = await cnm.createNetwork("net");
    const endpoint = await network.createEndpoint("a");
    const sandbox = await cnm.createSandbox("s");

    const births = Promise.allSettled([
      cnm.createNetwork("late"),
      cnm.createSandbox("late"),
      network.createEndpoint("late"),
      endpoint.join(sandbox),
    ]);
    await cnm.close();

    expect(await world.links()).to.deep.equal([]);
    expect((await births).map(({ status }) => status)).to.include("fulfilled");
    expect([...cnm.networks(), ...cnm.sandboxes()]).to.deep.equal([]);
  });

  it("waits for an endpoint that is being made", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net");

    const birth = network.createEndpoint("late");
    await world.cnm.close();

    expect((await birth).name).to.equal("late");
    expect(await world.links()).to.deep.equal([]);
  });

  it("may be called twice, at once and later", async function () {
    await using world = await newHost(this);
    await fill(world);

    await Promise.all([world.cnm.close(), world.cnm.close()]);
    await world.cnm.close();

    expect(await world.links()).to.deep.equal([]);
  });

  it("goes beside deletions that are under way", async function () {
    await using world = await newHost(this);
    await fill(world);
    const sandbox = world.cnm.sandbox("one");
    const endpoint = world.cnm.network("two").endpoint("a");

    await Promise.all([sandbox.delete(), endpoint.delete(), world.cnm.close()]);

    expect(await world.links()).to.deep.equal([]);
  });

  it("refuses every use afterwards by ERR_CNM_CLOSED", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const network = await cnm.createNetwork("net");
    const endpoint = await network.createEndpoint("a");
    const sandbox = await cnm.createSandbox("s");
    await cnm.close();

    const errors = [
      await rejection(cnm.createNetwork("b")),
      await rejection(cnm.createSandbox("b")),
      await rejection(cnm.adoptSandbox("b", { pid: 1 })),
      await rejection(network.createEndpoint("b")),
      await rejection(endpoint.join(sandbox)),
      ...[() => cnm.network("net"), () => cnm.sandbox("s"), () => sandbox.spawn("true")].map(
        thrown,
      ),
    ];

    expect(errors.map((error) => (error as { code?: string }).code)).to.deep.equal(
      errors.map(() => "ERR_CNM_CLOSED"),
    );
  });

  it("lets what is gone be deleted once more", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net");
    const endpoint = await network.createEndpoint("a");
    const sandbox = await world.cnm.createSandbox("s");
    await endpoint.join(sandbox);
    await world.cnm.close();

    await Promise.all([endpoint.leave(), endpoint.delete(), sandbox.delete(), network.delete()]);

    expect(await world.links()).to.deep.equal([]);
  });
});

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
