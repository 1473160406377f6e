import { expect } from "chai";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newHost } from "../support/cnm.js";
import { newFolder } from "../support/folder.js";
import { freshPath } from "../support/netns.js";
import { ipLink, ipLinkNames, pings } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";
import { output } from "../support/run.js";

describe("Controller.createSandbox", function () {
  it("makes a namespace with its loopback up and nothing else", async function () {
    await using world = await newHost(this);

    const sandbox = await world.cnm.createSandbox("web");

    expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo"]);
    expect(await pings(sandbox.namespace, "127.0.0.1")).to.be.true;
    expect(await pings(sandbox.namespace, "::1")).to.be.true;
  });

  it("pins it in the run directory of the instance", async function () {
    await using world = await newHost(this, { instance: "lab" });

    const sandbox = await world.cnm.createSandbox("web");

    expect(sandbox.path).to.equal(`/run/lab/${world.cnm.id}/netns/${sandbox.id}`);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).to.include(` ${sandbox.path ?? ""} `);
  });

  it("pins it at the path that it is told", async function () {
    await using world = await newHost(this);
    const path = freshPath();

    const sandbox = await world.cnm.createSandbox("web", { path });

    expect(sandbox.path).to.equal(path);
    expect(await ipLinkNames(path)).to.deep.equal(["lo"]);
  });

  it("is told apart by cookie and boot", async function () {
    await using world = await newHost(this);

    const a = await world.cnm.createSandbox("a");
    const b = await world.cnm.createSandbox("b");

    expect(a.inspect().identity.cookie).not.to.equal(b.inspect().identity.cookie);
    expect(a.inspect().identity.bootId).to.equal(
      readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    );
  });

  it("tells itself as plain JSON", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("web", { hostname: "web.example" });

    const told = sandbox.inspect();

    expect(JSON.parse(JSON.stringify(told))).to.deep.equal(told);
    const { id, path } = sandbox;
    expect(told).to.include({ version: 1, id, path, name: "web", adopted: false });
    expect(told).to.include({ hostname: "web.example" });
  });

  const refused: [what: string, name: unknown, options: unknown, code: string, field: string][] = [
    ["no name", "", {}, "ERR_CNM_INVALID_NAME", "name"],
    ["a name with a slash", "../x", {}, "ERR_CNM_INVALID_NAME", "name"],
    ["a relative path", "a", { path: "here" }, "ERR_CNM_INVALID_OPTION", "path"],
    ["a path with a zero", "a", { path: "/run/a\0b" }, "ERR_CNM_INVALID_OPTION", "path"],
    ["a hostname with a space", "a", { hostname: "a b" }, "ERR_CNM_INVALID_NAME", "hostname"],
    ["an unknown option", "a", { hostName: "a" }, "ERR_CNM_INVALID_OPTION", "hostName"],
  ];
  for (const [what, name, options, code, field] of refused) {
    it(`refuses ${what}: ${code} names ${field}`, async function () {
      await using world = await newHost(this);

      const error = await rejection(world.cnm.createSandbox(name as string, options as object));

      expect(error).to.nested.include({ code, "context.field": field });
      expect(world.cnm.sandboxes()).to.deep.equal([]);
    });
  }

  it("refuses a name that is taken", async function () {
    await using world = await newHost(this);
    await world.cnm.createSandbox("web");

    const error = await cnmRefusal(world.cnm.createSandbox("web"));

    expect(error).to.include({ code: "ERR_CNM_NAME_TAKEN" });
  });

  it("leaves a file that is at the path already, and the name free", async function () {
    await using world = await newHost(this);
    using folder = newFolder();
    const path = join(folder.path, "pin");
    writeFileSync(path, "mine");

    const error = await kernelRefusal(world.cnm.createSandbox("web", { path }));

    expect(error).to.include({ errnoName: "EEXIST" });
    expect(error.message).to.match(/^create sandbox web: create namespace /);
    expect(readFileSync(path, "utf8")).to.equal("mine");
    const again = await world.cnm.createSandbox("web");
    expect(again.name).to.equal("web");
  });

  it("leaves nothing where the path's folder is not there", async function () {
    await using world = await newHost(this);
    using folder = newFolder();

    const error = await kernelRefusal(
      world.cnm.createSandbox("web", { path: join(folder.path, "none/pin") }),
    );

    expect(error).to.include({ errnoName: "ENOENT" });
    expect(existsSync(join(folder.path, "none"))).to.be.false;
  });
});

describe("Sandbox.delete", function () {
  it("removes namespace, pin, files and pairs", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { bridge: "br0" });
    const endpoint = await network.createEndpoint("a");
    const sandbox = await world.cnm.createSandbox("web");
    await endpoint.join(sandbox);
    const { path = "", hostsPath } = sandbox;

    await sandbox.delete();

    expect([existsSync(path), existsSync(hostsPath)]).to.deep.equal([false, false]);
    expect(await world.links()).to.deep.equal(["br0"]);
    expect(endpoint.sandbox).to.equal(undefined);
    expect(world.cnm.sandboxes()).to.deep.equal([]);
  });

  it("may be called twice, and its name is free", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("web");

    await Promise.all([sandbox.delete(), sandbox.delete()]);

    const again = await world.cnm.createSandbox("web");
    expect(again.id).not.to.equal(sandbox.id);
  });

  it("lets the endpoints be used elsewhere", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net");
    const endpoint = await network.createEndpoint("a");
    await endpoint.join(await world.cnm.createSandbox("one"));
    await world.cnm.sandbox("one").delete();
    const other = await world.cnm.createSandbox("other");

    await endpoint.join(other);

    expect(await ipLink(other.namespace, "eth0")).to.include({ address: endpoint.mac });
  });

  it("refuses everything afterwards", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("web");
    await sandbox.delete();

    const uses = [
      () => sandbox.spawn("true"),
      () => sandbox.hostsPath,
      () => sandbox.resolvConfPath,
    ];

    for (const use of uses) expect(use).to.throw().with.property("code", "ERR_CNM_CLOSED");
  });

  it("takes a pin that somebody has removed for success", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("web");
    const { path = "" } = sandbox;
    await output("umount", ["--no-mtab", "--lazy", path]);
    rmSync(path);

    await sandbox.delete();

    expect(world.cnm.sandboxes()).to.deep.equal([]);
  });
});
