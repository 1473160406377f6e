import { Namespace } from "#lib/index.js";
import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, rmSync } from "node:fs";
import { newHost, runInside } from "../support/cnm.js";
import { freshPath, newNetns } from "../support/netns.js";
import { ip, ipAddresses, ipLink, ipLinkNames, pings } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";
import { output } from "../support/run.js";

describe("adopted bridge", function () {
  it("is used as it is: name, addresses, MTU and MAC stay", async function () {
    await using world = await newHost(this);
    await world.addForeignLink("lan0", "bridge");
    await ip(world.host, "address", "add", "10.1.0.1/24", "dev", "lan0");
    const before = await ip(world.host, "address", "show", "dev", "lan0");

    const options = { bridge: "lan0", subnets: ["10.1.0.0/24"], mtu: 1400 };
    const network = await world.cnm.createNetwork("lan", options);

    const after = await ip(world.host, "address", "show", "dev", "lan0");
    for (const key of ["address", "mtu", "altnames"])
      expect(after[0]?.[key]).to.deep.equal(before[0]?.[key]);
    expect(await ipAddresses(world.host, "lan0")).to.deep.equal(["10.1.0.1/24"]);
    expect(network.inspect().state).to.include({ bridge: "lan0", adopted: true });
  });

  it("lends its MTU to the pairs of a network that has none of its own", async function () {
    await using world = await newHost(this);
    await world.addForeignLink("lan0", "bridge");
    await ip(world.host, "link", "set", "lan0", "mtu", "1400");
    const network = await world.cnm.createNetwork("lan", {
      bridge: "lan0",
      subnets: ["10.1.0.0/24"],
    });
    const sandbox = await world.cnm.createSandbox("s");
    const endpoint = await network.createEndpoint("a", { hostIfname: "host0" });

    await endpoint.join(sandbox);

    expect(await ipLink(world.host, "host0")).to.include({ mtu: 1400 });
    expect(await ipLink(sandbox.namespace, "eth0")).to.include({ mtu: 1400 });
  });

  it("takes ports, and keeps its own when the network goes", async function () {
    await using world = await newHost(this);
    await world.addForeignLink("lan0", "bridge");
    await world.addForeignLink("port0", "veth", "peer", "name", "port1");
    await ip(world.host, "link", "set", "port0", "master", "lan0");
    await ip(world.host, "address", "add", "10.1.0.1/24", "dev", "lan0");
    const network = await world.cnm.createNetwork("lan", {
      bridge: "lan0",
      subnets: ["10.1.0.0/24"],
    });
    const sandbox = await world.cnm.createSandbox("s");
    const endpoint = await network.createEndpoint("a");
    await endpoint.join(sandbox);
    const reached = await pings(sandbox.namespace, "10.1.0.1");

    await sandbox.delete();
    await endpoint.delete();
    await network.delete();

    expect(reached).to.be.true;
    expect(await ipLink(world.host, "port0")).to.include({ master: "lan0" });
    expect(await ipLinkNames(world.host)).to.have.members(["lo", "lan0", "port0", "port1"]);
    await ip(world.host, "link", "delete", "port0");
  });

  it("adopts no bridge twice, whoever made it", async function () {
    await using world = await newHost(this);
    await world.addForeignLink("lan0", "bridge");
    await world.cnm.createNetwork("first", { bridge: "lan0", subnets: ["10.1.0.0/24"] });
    const options = { bridge: "lan0", subnets: ["10.2.0.0/24"] };

    const error = await cnmRefusal(world.cnm.createNetwork("second", options));

    expect(error).to.nested.include({
      code: "ERR_CNM_CONFLICT",
      "context.field": "bridge",
      "context.owner": "first",
    });
    expect(world.cnm.networks().map(({ name }) => name)).to.deep.equal(["first"]);
  });

  it("is not one of another network of ours", async function () {
    await using world = await newHost(this);
    await world.cnm.createNetwork("first", { bridge: "br0", subnets: ["10.1.0.0/24"] });
    const options = { bridge: "br0", subnets: ["10.2.0.0/24"] };

    const error = await cnmRefusal(world.cnm.createNetwork("second", options));

    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.field": "bridge" });
    await world.cnm.network("first").delete();
    const again = await world.cnm.createNetwork("second", options);
    expect(again.inspect().state).to.include({ adopted: false });
  });

  it("is no other kind of link", async function () {
    await using world = await newHost(this);

    const error = await cnmRefusal(world.cnm.createNetwork("a", { bridge: "lo" }));

    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.link": "lo" });
    expect(error.message).to.include("bridge: the link lo is there already and is no bridge");
  });
});

describe("Controller.adoptSandbox", function () {
  it("takes a namespace by its path, by a descriptor, by a process", async function () {
    await using world = await newHost(this);
    await using netns = await newNetns(this);
    const { path = "" } = netns;
    const fd = openSync(path, "r");
    const sleeper = spawn("nsenter", [`--net=${path}`, "cat"], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    sleeper.stdin.write("in\n");
    await once(sleeper.stdout, "data"); // nsenter has entered

    const byPath = await world.cnm.adoptSandbox("path", { path });
    const byFd = await world.cnm.adoptSandbox("fd", { fd });
    const byPid = await world.cnm.adoptSandbox("pid", { pid: sleeper.pid ?? 0 });

    closeSync(fd);
    sleeper.stdin.end();
    await once(sleeper, "close");
    for (const sandbox of [byPath, byFd, byPid]) {
      expect(sandbox.inspect()).to.deep.include({ identity: netns.identity, adopted: true });
    }
    expect([byPath.path, byFd.path, byPid.path]).to.deep.equal([path, undefined, undefined]);
  });

  it("sets the loopback up", async function () {
    await using world = await newHost(this);
    await using netns = await Namespace.create({ path: freshPath(), loopback: false });

    await using sandbox = await world.cnm.adoptSandbox("s", { path: netns.path ?? "" });

    const lo = await ipLink(netns, "lo");
    expect(lo?.["flags"]).to.include("UP");
    expect(sandbox.inspect().adopted).to.be.true;
  });

  it("leaves interfaces and the default route that it finds alone", async function () {
    await using world = await newHost(this);
    await using netns = await newNetns(this);
    const { path = "" } = netns;
    await ip(netns, "link", "add", "name", "eth0", "up", "type", "bridge");
    await ip(netns, "address", "add", "192.0.2.2/24", "dev", "eth0");
    await ip(netns, "route", "add", "default", "via", "192.0.2.1");
    const [before] = await ip(netns, "address", "show", "dev", "eth0");
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24", "fd00::/64"] });
    const sandbox = await world.cnm.adoptSandbox("s", { path });
    const endpoint = await network.createEndpoint("a");

    await endpoint.join(sandbox);

    expect(endpoint.ifname).to.equal("eth1");
    const [after] = await ip(netns, "address", "show", "dev", "eth0");
    for (const key of ["addr_info", "address", "mtu", "flags"]) {
      expect(after?.[key]).to.deep.equal(before?.[key]);
    }
    const four = await ip(netns, "-4", "route", "show", "default");
    const six = await ip(netns, "-6", "route", "show", "default");
    expect([...four, ...six].map(({ gateway }) => gateway)).to.deep.equal(["192.0.2.1", "fd00::1"]);
  });

  it("refuses the name of an interface that it finds", async function () {
    await using world = await newHost(this);
    await using netns = await newNetns(this);
    await ip(netns, "link", "add", "name", "wan", "type", "bridge");
    const network = await world.cnm.createNetwork("net");
    const sandbox = await world.cnm.adoptSandbox("s", { path: netns.path ?? "" });
    const endpoint = await network.createEndpoint("a");

    const error = await cnmRefusal(endpoint.join(sandbox, { ifname: "wan" }));

    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.ifname": "wan" });
  });

  it("leaves the namespace there, without our interfaces, when it is deleted", async function () {
    await using world = await newHost(this);
    await using netns = await newNetns(this);
    const network = await world.cnm.createNetwork("net", { bridge: "br0" });
    const sandbox = await world.cnm.adoptSandbox("s", { path: netns.path ?? "" });
    await (await network.createEndpoint("a")).join(sandbox);

    await sandbox.delete();

    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
    expect(await world.links()).to.deep.equal(["br0"]);
    expect(sandbox.namespace.closed).to.be.true;
  });

  it("leaves it there when the controller is closed", async function () {
    await using world = await newHost(this);
    await using netns = await newNetns(this);
    const network = await world.cnm.createNetwork("net");
    const sandbox = await world.cnm.adoptSandbox("s", { path: netns.path ?? "" });
    await (await network.createEndpoint("a")).join(sandbox);

    await world.cnm.close();

    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
  });

  const wrong: [what: string, from: unknown, code: string][] = [
    ["nothing", {}, "ERR_INVALID_ARG_TYPE"],
    ["two places", { path: "/run/a", pid: 1 }, "ERR_CNM_INVALID_OPTION"],
    ["text", "/run/a", "ERR_INVALID_ARG_TYPE"],
    ["a negative descriptor", { fd: -1 }, "ERR_CNM_INVALID_OPTION"],
    ["a path that is not there", { path: "/run/none" }, "ERR_CNM_KERNEL"],
    ["a path that is no namespace", { path: "/etc/hosts" }, "ERR_CNM_KERNEL"],
    ["a namespace of another kind", { path: "/proc/self/ns/mnt" }, "ERR_CNM_KERNEL"],
    ["a process that is not there", { pid: 0x7fff_fffe }, "ERR_CNM_KERNEL"],
    ["a descriptor that is not open", { fd: 99_999 }, "ERR_CNM_KERNEL"],
  ];
  for (const [what, from, code] of wrong) {
    it(`refuses ${what} by ${code}, and keeps the name free`, async function () {
      await using world = await newHost(this);

      const error = await rejection(world.cnm.adoptSandbox("s", from as never));

      expect(error).to.include({ code });
      expect(world.cnm.sandboxes()).to.deep.equal([]);
      expect((await world.cnm.createSandbox("s")).name).to.equal("s");
    });
  }

  it("runs programs in one adopted by its path", async function () {
    await using world = await newHost(this);
    await using netns = await newNetns(this);
    await ip(netns, "link", "add", "name", "wan", "type", "bridge");
    const sandbox = await world.cnm.adoptSandbox("s", { path: netns.path ?? "" });

    const { stdout } = await runInside(sandbox, "ip", ["-br", "link"]);

    expect(stdout).to.match(/^wan\s/m);
  });

  it("runs programs in one adopted by a descriptor", async function () {
    await using world = await newHost(this);
    await using netns = await newNetns(this);
    await ip(netns, "link", "add", "name", "wan", "type", "bridge");
    const fd = openSync(netns.path ?? "", "r");
    const sandbox = await world.cnm.adoptSandbox("s", { fd });
    closeSync(fd);

    const { stdout } = await runInside(sandbox, "ip", ["-br", "link"]);

    expect(stdout).to.match(/^wan\s/m);
  });

  it("runs programs in one adopted by a process that has ended since", async function () {
    await using world = await newHost(this);
    await using first = await newHost(this);
    const holder = (await first.cnm.createSandbox("h")).spawn("sleep", ["60"]);
    const sandbox = await world.cnm.adoptSandbox("s", { pid: holder.pid ?? 0 });
    const ended = once(holder, "close");
    holder.kill("SIGKILL");
    await ended;

    const { code, stdout } = await runInside(sandbox, "cat", ["/proc/self/net/dev"]);

    expect(code).to.equal(0);
    expect(stdout.trim().split("\n")).to.have.lengthOf(3); // two of heading, and lo
  });

  it("runs nothing in another namespace that has got the path since", async function () {
    await using world = await newHost(this);
    const path = freshPath();
    const first = await Namespace.create({ path });
    const sandbox = await world.cnm.adoptSandbox("s", { path });
    await first.delete();
    await using second = await Namespace.create({ path });

    const error = await rejection(runInside(sandbox, "true"));

    expect(error).to.include({ code: "ESTALE" });
    expect(second.identity).not.to.deep.equal(sandbox.inspect().identity);
  });

  it("works on in a namespace whose path is gone", async function () {
    await using world = await newHost(this);
    const path = freshPath();
    await using netns = await Namespace.create({ path });
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const sandbox = await world.cnm.adoptSandbox("s", { path });
    await output("umount", ["--no-mtab", "--lazy", path]);
    rmSync(path);

    await (await network.createEndpoint("a")).join(sandbox);

    const [address] = await netns.addresses.list({ link: "eth0", family: "inet" });
    expect(address?.address).to.equal("10.1.0.2/24");
    const gone = await kernelRefusal(Namespace.open({ path }));
    expect(gone.errnoName).to.equal("ENOENT");
  });
});
