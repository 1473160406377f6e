import { Job, Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import { needs } from "../support/needs.js";
import { newNetns } from "../support/netns.js";
import { ipAddresses, ipLink, ipLinkNames } from "../support/other-eyes.js";
import { rejection } from "../support/rejection.js";

describe("Namespace: requests made in one tick", function () {
  it("reach the kernel in the order in which they were made", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");

    const outcomes = await Promise.all([
      netns.links.add({ kind: "bridge", name: "br0" }),
      netns.links.set("br0", { mtu: 1400 }),
      netns.links.set("br0", { up: true }),
      netns.addresses.add({ link: "br0", address: "10.0.0.1/24" }),
      netns.routes.add({ destination: "default", gateway: "10.0.0.254" }),
      netns.links.set("br0", { mtu: 1300 }),
      netns.links.get("br0"),
    ]);

    expect(outcomes.at(-1)).to.include({ mtu: 1300, up: true });
    expect(await ipLink(netns, "br0")).to.include({ mtu: 1300 });
  });

  it("keep their order with dumps, removals and sysctls among them", async function () {
    await using netns = await newNetns(this, "link:bridge");

    const [, before, , after, , value] = await Promise.all([
      netns.links.add({ kind: "bridge", name: "br0" }),
      netns.links.list(),
      netns.links.delete("br0"),
      netns.links.list(),
      netns.sysctl.set("net.ipv4.ip_forward", 1),
      netns.sysctl.get("net.ipv4.ip_forward"),
      netns.links.add({ kind: "bridge", name: "br0" }),
    ]);

    expect(before.map(({ name }) => name)).to.deep.equal(["lo", "br0"]);
    expect(after.map(({ name }) => name)).to.deep.equal(["lo"]);
    expect(value).to.equal("1");
    expect(await netns.links.get("br0")).to.include({ name: "br0" });
  });

  it("fail one by one: the others are not touched", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0", up: true });

    const outcomes = await Promise.allSettled([
      netns.addresses.add({ link: "br0", address: "10.0.0.1/24" }),
      netns.addresses.add({ link: "br0", address: "10.0.0.1/24" }),
      netns.links.get("nobody"),
      netns.addresses.add({ link: "nobody", address: "10.0.0.9/24" }),
      netns.links.add({ kind: "bridge", name: "br0" }),
      netns.links.set(99, { up: true }),
      netns.addresses.add({ link: "br0", address: "10.0.0.2/24" }),
      netns.links.add({ kind: "bridge", name: "br1" }),
      netns.routes.delete({ destination: "10.9.0.0/16" }),
    ]);

    const codes = outcomes.map((outcome) =>
      outcome.status === "fulfilled" ? "done" : (outcome.reason as { errnoName: string }).errnoName,
    );
    expect(codes).to.deep.equal([
      ...["done", "EEXIST", "ENODEV", "ENODEV", "EEXIST", "ENODEV", "done", "done", "ESRCH"],
    ]);
    expect(await ipAddresses(netns, "br0")).to.deep.equal(["10.0.0.1/24", "10.0.0.2/24"]);
    expect(await ipLinkNames(netns)).to.deep.equal(["lo", "br0", "br1"]);
  });

  it("say which of them failed", async function () {
    await using netns = await newNetns(this);

    const outcomes = await Promise.allSettled(
      Array.from({ length: 150 }, (_, at) => netns.links.get(at === 149 ? "lo" : `none${at}`)),
    );

    const messages = outcomes.map((outcome) =>
      outcome.status === "rejected" ? (outcome.reason as Error).message : "",
    );
    for (const [at, message] of messages.slice(0, -1).entries()) {
      expect(message).to.match(new RegExp(`^get link none${at}: ENODEV`));
    }
    expect(messages.at(-1)).to.equal("");
  });

  it("are as many as one likes", async function () {
    this.timeout(20_000);
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0", addrGenMode: "none" });
    const addresses = Array.from({ length: 1000 }, (_, at) => `10.0.${at >> 8}.${at & 255}/16`);

    await Promise.all(addresses.map((address) => netns.addresses.add({ link: "br0", address })));

    expect(await ipAddresses(netns, "br0")).to.deep.equal(addresses);
  });

  it("do not wait for another namespace's", async function () {
    await using slow = await newNetns(this, "link:bridge");
    await using fast = await newNetns(this);
    const order: string[] = [];
    const names = Array.from({ length: 300 }, (_, at) => `br${at}`);

    const many = Promise.all(names.map((name) => slow.links.add({ kind: "bridge", name })));
    const one = fast.links.get("lo");
    await Promise.all([many.then(() => order.push("slow")), one.then(() => order.push("fast"))]);

    expect(order).to.deep.equal(["fast", "slow"]);
  });

  it("wait for the job that makes their namespace, when that is under way", async function () {
    needs(this, "link:bridge");
    const job = new Job();
    const inside = job.createNamespace();

    const made = job.run();
    const link = inside.links.add({ kind: "bridge", name: "br0" });

    await made;
    expect(await link).to.include({ name: "br0", kind: "bridge" });
    await inside.delete();
  });

  it("fail with the job that was to make their namespace", async function () {
    const job = new Job();
    const inside = job.createNamespace({ path: "/nowhere/at/all" });

    const made = rejection(job.run());
    const asked = rejection(inside.links.get(1));

    expect(await made).to.include({ errnoName: "ENOENT" });
    expect(await asked).to.include({ code: "ERR_CNM_KERNEL", errnoName: "EBADF" });
    expect(inside.closed).to.be.true;
  });

  it("look a link's name up once for many addresses", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0" });
    const addresses = Array.from({ length: 20 }, (_, n) => `10.0.0.${n + 1}/24`);

    await Promise.all(addresses.map((address) => netns.addresses.add({ link: "br0", address })));
    const renamed = Promise.all([
      netns.links.set("br0", { name: "br1" }),
      netns.addresses.add({ link: "br1", address: "10.0.1.1/24" }),
    ]);

    await renamed; // the second finds the name that the first gave
    expect(await ipAddresses(netns, "br1")).to.have.members([...addresses, "10.0.1.1/24"]);
  });

  it("name several links", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0" });
    await netns.links.add({ kind: "bridge", name: "br1" });

    await Promise.all([
      netns.addresses.add({ link: "br0", address: "10.0.0.1/24" }),
      netns.addresses.add({ link: "br1", address: "10.0.1.1/24" }),
    ]);

    expect(await ipAddresses(netns, "br0")).to.deep.equal(["10.0.0.1/24"]);
    expect(await ipAddresses(netns, "br1")).to.deep.equal(["10.0.1.1/24"]);
  });

  it("never reach another namespace, whichever worker takes them", async function () {
    await using own = await Namespace.own();
    const before = await own.sysctl.get("net.ipv4.ip_default_ttl");
    for (let round = 0; round < 10; round++) {
      const job = new Job();
      const inside = job.createNamespace();
      const made = job.run();
      const both = new Job();
      both.setLink(own, "lo", {});
      both.setSysctl(inside, "net.ipv4.ip_default_ttl", 7);
      const later = [both.run(), own.links.list(), inside.links.list(), inside.routes.list()];
      const seen = [own, own, own].map((one) => one.sysctl.get("net.ipv4.ip_default_ttl"));

      await Promise.all([made, ...later]);

      expect(await Promise.all(seen)).to.deep.equal([before, before, before]);
      await inside.delete();
    }
  });
});
