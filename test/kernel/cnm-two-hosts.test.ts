import type { Sandbox } from "#lib/index.js";
import { expect } from "chai";
import { once } from "node:events";
import { newHost, runInside, type TestHost } from "../support/cnm.js";
import { needs } from "../support/needs.js";
import { ip, ipLink, ipLinkNames, pings } from "../support/other-eyes.js";

async function populate({ cnm }: TestHost): Promise<readonly [Sandbox, Sandbox]> {
  const network = await cnm.createNetwork("demo", {
    bridge: "br0",
    subnets: ["10.90.0.0/24", "fd00:90::/64"],
  });
  const a = await cnm.createSandbox("a");
  const b = await cnm.createSandbox("b");
  await (await network.createEndpoint("a", { hostIfname: "port-a" })).join(a);
  await (await network.createEndpoint("b", { hostIfname: "port-b" })).join(b);
  return [a, b];
}

describe("two controllers in one process", function () {
  it("are two hosts, where all names and addresses are the same", async function () {
    await using left = await newHost(this);
    await using right = await newHost(this);

    await populate(left);
    await populate(right);

    for (const { host } of [left, right]) {
      expect(await ipLinkNames(host)).to.have.members(["lo", "br0", "port-a", "port-b"]);
    }
    expect(left.cnm.network("demo").id).not.to.equal(right.cnm.network("demo").id);
    expect(left.cnm.id).not.to.equal(right.cnm.id);
  });

  it("do not reach each other's sandboxes", async function () {
    needs(this, "program:ping");
    await using left = await newHost(this);
    await using right = await newHost(this);
    const [, b] = await populate(left);
    await populate(right);

    await left.cnm.sandbox("a").delete();

    expect(await pings(b.namespace, "10.90.0.2")).to.be.false;
    expect(await pings(right.cnm.sandbox("b").namespace, "10.90.0.2")).to.be.true;
  });

  it("know each other's objects neither by name nor by id", async function () {
    await using left = await newHost(this);
    await using right = await newHost(this);
    const [a] = await populate(left);

    expect(() => right.cnm.network("demo"))
      .to.throw()
      .with.property("code", "ERR_CNM_NOT_FOUND");
    expect(() => right.cnm.sandbox(a.id))
      .to.throw()
      .with.property("code", "ERR_CNM_NOT_FOUND");
  });

  it("close apart: the other one goes on", async function () {
    await using left = await newHost(this);
    await using right = await newHost(this);
    await populate(left);
    const [a] = await populate(right);

    await left.cnm.close();

    expect(await left.links()).to.deep.equal([]);
    expect(await pings(a.namespace, "10.90.0.3")).to.be.true;
  });

  it("leave the namespace that they were given open, and its links in peace", async function () {
    await using world = await newHost(this);
    await world.addForeignLink("uplink", "bridge");
    await populate(world);

    await world.cnm.close();

    expect(world.host.closed).to.be.false;
    expect((await world.host.links.list()).map(({ name }) => name)).to.deep.equal(["lo", "uplink"]);
  });

  it("talk over a wire between their hosts, as hosts do", async function () {
    needs(this, "program:ping");
    await using left = await newHost(this);
    await using right = await newHost(this);
    const a = await attached(left, "10.1.0.0/24");
    const b = await attached(right, "10.2.0.0/24");
    await left.host.links.add({
      kind: "veth",
      name: "wire",
      peer: { name: "wire", namespace: right.host },
    });
    for (const [world, own, far, via] of [
      [left, "192.0.2.1/24", "10.2.0.0/24", "192.0.2.2"],
      [right, "192.0.2.2/24", "10.1.0.0/24", "192.0.2.1"],
    ] as const) {
      await ip(world.host, "address", "add", own, "dev", "wire");
      await ip(world.host, "link", "set", "wire", "up");
      await ip(world.host, "route", "add", far, "via", via);
      await world.host.sysctl.set("net.ipv4.ip_forward", 1);
    }

    const there = await pings(a.namespace, "10.2.0.2");
    const back = await pings(b.namespace, "10.1.0.2");

    await left.host.links.delete("wire");
    expect([there, back]).to.deep.equal([true, true]);
  });
});

async function attached(world: TestHost, subnet: string): Promise<Sandbox> {
  const network = await world.cnm.createNetwork("net", { subnets: [subnet] });
  const sandbox = await world.cnm.createSandbox("s");
  await (await network.createEndpoint("s")).join(sandbox);
  return sandbox;
}

describe("programs in two sandboxes", function () {
  for (const [family, listen] of [
    ["-4", "0.0.0.0"],
    ["-6", "::"],
  ] as const) {
    it(`talk HTTP by name over IPv${family.slice(1)}`, async function () {
      needs(this, "program:curl", "program:python3");
      await using world = await newHost(this);
      const [a, b] = await populate(world);
      const args = ["-u", "-m", "http.server", "8080", "--bind", listen, "--directory", "/etc"];
      const server = a.spawn("python3", args, { stdio: ["ignore", "pipe", "pipe"] });
      const closed = once(server, "close");
      await once(server.stdout, "data"); // it listens

      const url = "http://a:8080/hosts";
      const answer = await runInside(b, "curl", [family, "-sS", "--max-time", "4", url]);

      server.kill();
      await closed;
      expect(answer).to.include({ code: 0, stderr: "" });
      expect(answer.stdout).to.include("10.90.0.2\ta a."); // a's own /etc/hosts, not the machine's
    });
  }

  it("see the interfaces of their own sandbox alone", async function () {
    await using world = await newHost(this);
    const [a] = await populate(world);

    const { stdout } = await runInside(a, "ip", ["-j", "link"]);

    const names = (JSON.parse(stdout) as { ifname: string }[]).map(({ ifname }) => ifname);
    expect(names).to.deep.equal(["lo", "eth0"]);
    expect(await ipLink(world.host, "port-a")).to.include({ ifname: "port-a" });
  });
});
