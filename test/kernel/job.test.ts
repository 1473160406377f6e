import { Job, Namespace, type JobResult } from "#lib/netlink.js";
import { expect } from "chai";
import { existsSync } from "node:fs";
import type { Context } from "mocha";
import { freshPath, newNetns } from "../support/netns.js";
import { ip, ipAddresses, ipLink, ipLinkNames, pings } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";
import { descriptors } from "../support/traces.js";
import { until } from "../support/wait.js";

/** A namespace that plays the host, with a bridge. */
async function newHost(context: Context): Promise<Namespace> {
  const host = await newNetns(context, "program:ip", "link:bridge", "link:veth", "ipv6");
  await host.links.add({ kind: "bridge", name: "br0", up: true, addrGenMode: "none" });
  await host.addresses.add({ link: "br0", address: "10.0.0.1/24" });
  await host.addresses.add({ link: "br0", address: "fd00::1/64", noDad: true });
  return host;
}

/** An attach: the steps of `join`, each of which a test makes fail. */
interface Attach {
  readonly host: Namespace;
  readonly path: string;
  readonly name?: string;
  readonly master?: string;
  readonly altname?: string;
  readonly address?: string;
  readonly gateway?: string;
  readonly sysctl?: string;
  readonly link?: string;
}

function attach(options: Attach): { inside: Namespace; run: () => Promise<JobResult> } {
  const { host, path, name = "veth0", master = "br0", altname = "ours" } = options;
  const { address = "10.0.0.2/24", gateway = "10.0.0.1", sysctl = "net.ipv4.ip_forward" } = options;
  const job = new Job();
  const inside = job.createNamespace({ path });
  const pair = job.addLink(host, {
    kind: "veth",
    name,
    master,
    up: true,
    addrGenMode: "none",
    altnames: [altname],
    peer: { name: "eth0", namespace: inside },
  });
  job.setSysctl(inside, sysctl, 1);
  job.addAddress(inside, { link: pair.peer, address });
  job.addAddress(inside, { link: pair.peer, address: "fd00::2/64", noDad: true });
  job.setLink(inside, options.link ?? pair.peer, { up: true });
  job.addRoute(inside, { destination: "default", gateway });
  job.addRoute(inside, { destination: "default", gateway: "fd00::1", link: pair.peer });
  return { inside, run: () => job.run() };
}

const same = (some: readonly string[], others: readonly string[]) => some.join() === others.join();

describe("Job", function () {
  it("attaches a new namespace in one go", async function () {
    await using host = await newHost(this);
    const { inside, run } = attach({ host, path: freshPath() });
    await run();
    await using opened = inside;

    expect(opened.closed).to.equal(false);
    expect(await ipLinkNames(opened)).to.deep.equal(["lo", "eth0"]);
    expect(await ipAddresses(opened, "eth0")).to.deep.equal(["10.0.0.2/24", "fd00::2/64"]);
    const [route] = await ip(opened, "route", "show", "default");
    expect(route).to.include({ gateway: "10.0.0.1", dev: "eth0" });
    expect(await ipLink(host, "veth0")).to.deep.include({ master: "br0", altnames: ["ours"] });
    expect(await pings(opened, "10.0.0.1")).to.equal(true);
    expect(await pings(opened, "fd00::1")).to.equal(true);
  });

  it("gives the link as the kernel made it", async function () {
    await using host = await newHost(this);
    await using there = await newNetns(this);
    const job = new Job();
    const pair = job.addLink(host, {
      kind: "veth",
      name: "veth0",
      peer: { name: "eth0", namespace: there },
    });

    const result = await job.run();

    const near = await ipLink(host, "veth0");
    const far = await ipLink(there, "eth0");
    expect(result.link(pair)).to.include({ name: "veth0", index: near?.["ifindex"] });
    expect(result.link(pair).link).to.equal(far?.["ifindex"]);
  });

  it("uses links of one job wherever a link is named", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge", "link:veth");
    const job = new Job();
    const bridge = job.addLink(netns, { kind: "bridge", name: "br0", up: true });
    job.addLink(netns, { kind: "veth", name: "a", master: bridge.index, peer: { name: "b" } });
    job.addAddress(netns, { link: bridge.index, address: "10.0.0.1/24" });
    job.addRoute(netns, { destination: "10.9.0.0/16", link: bridge.index });

    await job.run();

    const [route] = await ip(netns, "route", "show", "10.9.0.0/16");
    expect(route).to.include({ dev: "br0" });
    expect(await ipLink(netns, "a")).to.include({ master: "br0" });
  });

  it("detaches and deletes", async function () {
    await using host = await newHost(this);
    const path = freshPath();
    const { inside, run } = attach({ host, path });
    await run();
    const job = new Job();
    job.deleteLink(host, "veth0");
    job.deleteNamespace(inside);

    await job.run();

    expect(inside.closed).to.equal(true);
    expect(existsSync(path)).to.equal(false);
    expect(await ipLinkNames(host)).to.deep.equal(["lo", "br0"]);
  });

  it("goes out after what was asked of its namespaces before", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    const job = new Job();
    job.setLink(netns, "br0", { mtu: 1400 });

    const [, ,] = await Promise.all([
      netns.links.add({ kind: "bridge", name: "br0" }),
      job.run(),
      netns.links.set("br0", { up: true }),
    ]);

    expect(await ipLink(netns, "br0")).to.include({ mtu: 1400 });
  });

  it("runs beside others", async function () {
    await using host = await newHost(this);
    const jobs = Array.from({ length: 20 }, (_, at) =>
      attach({ host, path: freshPath(), name: `veth${at}`, altname: `ours${at}` }),
    );

    await Promise.all(jobs.map(({ run }) => run()));

    const ports = await host.links.list({ master: "br0" });
    expect(ports).to.have.lengthOf(20);
    for (const { inside } of jobs) {
      expect(await ipAddresses(inside, "eth0")).to.deep.equal(["10.0.0.2/24", "fd00::2/64"]);
      await inside.delete();
    }
  });

  for (const withNext of [true, false]) {
    const when = withNext ? "together with the next" : "as soon as it has ended";
    it(`resolves ${when}, with withNext: ${withNext}`, async function () {
      await using host = await newNetns(this, "link:bridge");
      const long = new Job(); // so long that the next is there before it ends
      const next = new Job();
      for (let at = 0; at < 200; at++) {
        (at < 100 ? long : next).addLink(host, { kind: "bridge", name: `br${at}` });
      }
      let turned = false;

      const first = long.run({ withNext }).then(() => setImmediate(() => (turned = true)));
      await next.run();

      expect(turned).to.equal(!withNext);
      await first;
    });
  }

  it("resolves by itself where no other job follows, with withNext", async function () {
    const making = new Job();
    await using inside = making.createNamespace();

    await making.run({ withNext: true });

    expect(await inside.links.list()).to.have.lengthOf(1);
  });

  it("tells of a failure together with the next, which fails for it", async function () {
    const making = new Job();
    const inside = making.createNamespace({ path: "/proc/version" });
    const next = new Job();
    next.setLink(inside, "lo", { up: true });

    const [made, set] = await Promise.allSettled([making.run({ withNext: true }), next.run()]);

    expect(made).to.have.nested.property("reason.errnoName", "EEXIST");
    expect(set).to.have.nested.property("reason.errnoName", "EBADF");
  });

  it("can be empty", async function () {
    await new Job().run();
  });

  it("runs once", async function () {
    const job = new Job();
    await job.run();

    const error = await cnmRefusal(job.run());

    expect(error.code).to.equal("ERR_CNM_CLOSED");
  });

  it("refuses a link of another job", async function () {
    await using netns = await newNetns(this);
    const first = new Job();
    const link = first.addLink(netns, { kind: "bridge", name: "br0" });
    const second = new Job();

    expect(() => {
      second.setLink(netns, link.index, { up: true });
    }).to.throw(/another job/);
  });

  it("refuses a link of a job outside of it", async function () {
    await using netns = await newNetns(this);
    const { index } = new Job().addLink(netns, { kind: "bridge", name: "br0" });

    const error = await cnmRefusal(netns.addresses.add({ link: index, address: "10.0.0.1/24" }));

    expect(error.message).to.match(/in that job only/);
  });

  it("refuses a closed namespace, and does nothing", async function () {
    await using host = await newHost(this);
    const gone = await newNetns(this);
    await gone.delete();
    const job = new Job();
    job.addLink(host, { kind: "bridge", name: "br1" });
    job.setLink(gone, "lo", { up: true });

    const error = await cnmRefusal(job.run());

    expect(error.code).to.equal("ERR_CNM_CLOSED");
    expect(await ipLinkNames(host)).to.deep.equal(["lo", "br0"]);
  });

  it("refuses the use of a namespace before the job has made it", async function () {
    const inside = new Job().createNamespace();

    const error = await cnmRefusal(inside.links.list());

    expect(error.code).to.equal("ERR_CNM_CLOSED");
    expect(() => inside.identity).to.throw(/has not run/);
  });
});

describe("Job that fails", function () {
  const failures: Readonly<
    Record<string, [wrong: Partial<Attach>, errnoName: string, about: string]>
  > = {
    "a link's name that is taken": [{ name: "br0" }, "EEXIST", "add veth br0"],
    "a missing master": [{ master: "br9" }, "ENODEV", "add veth veth0"],
    "an altname that is taken": [{ altname: "lo" }, "EEXIST", "add veth veth0"],
    "a sysctl that is not there": [
      { sysctl: "net.ipv4.nope" },
      "ENOENT",
      "set sysctl net.ipv4.nope",
    ],
    "a taken address": [{ address: "fd00::2/64" }, "EEXIST", "add address fd00::2/64"],
    "a link that is not there": [{ link: "eth9" }, "ENODEV", "set link eth9"],
    "a gateway out of reach": [{ gateway: "192.0.2.1" }, "ENETUNREACH", "add route to default"],
  };
  for (const [what, [wrong, errnoName, about]] of Object.entries(failures)) {
    it(`leaves nothing behind after ${what}`, async function () {
      await using host = await newHost(this);
      const before = { descriptors: descriptors(), links: await host.links.list() };
      const path = freshPath();
      const { inside, run } = attach({ host, path, ...wrong });

      const error = await kernelRefusal(run());

      expect(error.errnoName).to.equal(errnoName);
      expect(error.message).to.include(about);
      expect(inside.closed).to.equal(true);
      expect(existsSync(path)).to.equal(false);
      const links = await host.links.list();
      expect(links.map(({ index }) => index)).to.deep.equal(before.links.map(({ index }) => index));
      // A removal that undoes is answered before the kernel has cleaned up behind it.
      await until("descriptors are as before", () => same(descriptors(), before.descriptors));
    });
  }

  it("leaves the pin of somebody else", async function () {
    await using host = await newHost(this);
    await using other = await newNetns(this);
    const { run } = attach({ host, path: other.path ?? "" });

    const error = await kernelRefusal(run());

    expect(error).to.include({ errnoName: "EEXIST", syscall: "mknod" });
    expect(error.message).to.include(other.path);
    expect(await ipLinkNames(other)).to.deep.equal(["lo"]);
    expect(await ipLinkNames(host)).to.deep.equal(["lo", "br0"]);
  });

  it("takes down the newest first, and only what it made", async function () {
    await using host = await newHost(this);
    const job = new Job();
    const bridge = job.addLink(host, { kind: "bridge", name: "br1" });
    job.addLink(host, { kind: "veth", name: "a", master: bridge.index, peer: { name: "b" } });
    job.addLink(host, { kind: "bridge", name: "br0" });
    job.addLink(host, { kind: "bridge", name: "br2" });

    const error = await kernelRefusal(job.run());

    expect(error.message).to.include("add bridge br0");
    expect(await ipLinkNames(host)).to.deep.equal(["lo", "br0"]);
  });

  it("leaves a namespace open that it was to delete and did not reach", async function () {
    await using host = await newHost(this);
    const inside = await newNetns(this);
    const job = new Job();
    job.deleteLink(host, "not-there");
    job.deleteNamespace(inside);

    const error = await kernelRefusal(job.run());

    expect(error.message).to.include("delete link not-there");
    expect(inside.closed).to.equal(false);
    expect((await inside.links.list()).map(({ name }) => name)).to.deep.equal(["lo"]);
    await inside.delete();
  });

  it("leaves the namespaces that it was given open and usable", async function () {
    await using host = await newHost(this);
    const job = new Job();
    job.addAddress(host, { link: "br0", address: "10.0.0.1/24" });

    await kernelRefusal(job.run());
    await host.addresses.add({ link: "br0", address: "10.0.0.7/24" });

    expect(await ipAddresses(host, "br0")).to.include("10.0.0.7/24");
  });

  it("can be told with a message that is wrong before it runs", async function () {
    await using host = await newHost(this);
    const job = new Job();

    const error = await rejection(
      Promise.resolve().then(() => {
        job.addAddress(host, { link: "br0", address: "nonsense" });
      }),
    );

    expect(error).to.have.property("code", "ERR_CNM_INVALID_ADDRESS");
  });

  it("takes back a link that it has renamed, and no other of the old name", async function () {
    await using host = await newHost(this);
    await host.links.add({ kind: "bridge", name: "theirs" });
    const job = new Job();
    const { index } = job.addLink(host, { kind: "bridge", name: "mine0" });
    job.setLink(host, index, { name: "mine1" });
    job.setLink(host, "theirs", { name: "mine0" });
    job.addAddress(host, { link: "br0", address: "10.0.0.1/24" }); // is there already

    const error = await kernelRefusal(job.run());

    expect(error).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWADDR" });
    expect(await ipLinkNames(host)).to.have.members(["lo", "br0", "mine0"]);
  });
});
