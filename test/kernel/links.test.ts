import { Namespace, type Link } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { newNetns } from "../support/netns.js";
import { ipLink, ipLinkNames, runIn } from "../support/other-eyes.js";
import { kernelRefusal } from "../support/rejection.js";

async function withBridge(context: Context): Promise<Namespace> {
  const netns = await newNetns(context, "program:ip", "link:bridge");
  await netns.links.add({ kind: "bridge", name: "br0" });
  return netns;
}

describe("Links.get", function () {
  it("shows a link as ip(8) does", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    const set = "link add br0 index 9 mtu 1300 address 02:00:00:00:00:09 group 4 type bridge";
    await runIn(netns, "ip", ...set.split(" "));

    const link = await netns.links.get("br0");

    expect(link).to.include({
      index: 9,
      name: "br0",
      kind: "bridge",
      mtu: 1300,
      address: "02:00:00:00:00:09",
      group: 4,
      up: false,
      operstate: "down",
      master: undefined,
    });
  });

  it("finds a link by index, by name, by altname and by a long altname", async function () {
    await using netns = await withBridge(this);
    const long = "another-name.of.more.than.fifteen.bytes";
    await netns.links.addAltname("br0", "short");
    await netns.links.addAltname("br0", long);
    const { index } = await netns.links.get("br0");

    const found = await Promise.all(
      [index, "br0", "short", long].map((key) => netns.links.get(key)),
    );

    expect(found.map((link) => link.index)).to.deep.equal([index, index, index, index]);
    expect(found[0]?.altnames).to.deep.equal(["short", long]);
  });

  it("counts packets", async function () {
    await using netns = await newNetns(this, "program:ping");
    await runIn(netns, "ping", "-n", "-c", "1", "127.0.0.1");

    const { statistics } = await netns.links.get("lo");

    expect(statistics.txPackets).to.equal(2);
    expect(statistics.rxPackets).to.equal(2);
    expect(statistics.rxBytes).to.be.greaterThan(100);
  });

  for (const key of ["none", "no.such.altname.in.this.namespace", 77]) {
    it(`says that there is no link ${key}`, async function () {
      await using netns = await newNetns(this);

      const error = await kernelRefusal(netns.links.get(key));

      expect(error).to.include({ errnoName: "ENODEV", syscall: "RTM_GETLINK" });
      expect(error.message).to.include(String(key));
      expect(error.context["link"]).to.equal(key);
    });
  }
});

describe("Links.list", function () {
  it("has what links have counted where that is asked for, and leaves it out else", async function () {
    await using netns = await newNetns(this, "program:ip", "program:ping");
    await runIn(netns, "ping", "-n", "-c", "1", "127.0.0.1");

    const [counted] = await netns.links.list({ statistics: true });
    const [plain] = await netns.links.list();

    const shown = JSON.parse(
      (await runIn(netns, "ip", "-s", "-j", "link", "show", "lo")).stdout,
    ) as [{ stats64: { rx: { packets: number; bytes: number } } }];
    expect(counted?.statistics).to.include({
      rxPackets: shown[0].stats64.rx.packets,
      rxBytes: shown[0].stats64.rx.bytes,
    });
    expect(counted).to.deep.equal({ ...plain, statistics: counted?.statistics });
    expect(plain).to.not.have.property("statistics");
  });

  it("lists what ip(8) lists", async function () {
    await using netns = await withBridge(this);
    await netns.links.add({ kind: "veth", name: "a", peer: { name: "b" } });

    const links = await netns.links.list();

    expect(links.map(({ name }) => name)).to.deep.equal(await ipLinkNames(netns));
    expect(links).to.have.lengthOf(4);
  });

  it("gives the ports of one master, by name and by index", async function () {
    await using netns = await withBridge(this);
    await netns.links.add({ kind: "veth", name: "a", master: "br0", peer: { name: "b" } });
    const { index } = await netns.links.get("br0");

    const byName = await netns.links.list({ master: "br0" });
    const byIndex = await netns.links.list({ master: index });

    expect(byName.map(({ name }) => name)).to.deep.equal(["a"]);
    expect(byIndex).to.deep.equal(byName);
  });

  it("gives the links of one kind", async function () {
    await using netns = await withBridge(this);
    await netns.links.add({ kind: "veth", name: "a", peer: { name: "b" } });

    const links = await netns.links.list({ kind: "veth" });

    expect(links.map(({ name }) => name).sort()).to.deep.equal(["a", "b"]);
  });

  it("gives none of a kind that this kernel does not know", async function () {
    await using netns = await withBridge(this);

    const links = await netns.links.list({ kind: "nosuchkind" });

    expect(links).to.deep.equal([]);
  });

  it("says that the master is not there", async function () {
    await using netns = await newNetns(this);

    const error = await kernelRefusal(netns.links.list({ master: "br0" }));

    expect(error).to.include({ errnoName: "ENODEV" });
    expect(error.message).to.include("list links");
  });

  it("holds each link once while others come and go", async function () {
    await using netns = await newNetns(this, "link:bridge");
    const names = Array.from({ length: 150 }, (_, at) => `stay${at}`);
    await Promise.all(names.map((name) => netns.links.add({ kind: "bridge", name })));
    await using other = await Namespace.open({ path: netns.path ?? "" });

    const lists: (readonly Link[])[] = [];
    for (let round = 0; round < 20; round++) {
      // Four changes a dump: five interruptions in a row would be an error.
      const [list] = await Promise.all([
        netns.links.list(),
        ...["a", "b"].map((name) => other.links.add({ kind: "bridge", name })),
        ...["a", "b"].map((name) => other.links.delete(name)),
      ]);
      lists.push(list);
    }

    for (const list of lists) {
      const staying = list.map(({ name }) => name).filter((name) => name.startsWith("stay"));
      expect(staying.sort()).to.deep.equal([...names].sort());
    }
  });

  it("answers a dump of many links and requests made beside it", async function () {
    await using netns = await newNetns(this, "link:bridge");
    const names = Array.from({ length: 100 }, (_, at) => `br${at}`);
    await Promise.all(names.map((name) => netns.links.add({ kind: "bridge", name })));

    const [before, added, after, addresses] = await Promise.all([
      netns.links.list(),
      netns.links.add({ kind: "bridge", name: "late" }),
      netns.links.list(),
      netns.addresses.list(),
    ]);

    expect(before).to.have.lengthOf(101);
    expect(added.name).to.equal("late");
    expect(after).to.have.lengthOf(102);
    expect(addresses.map(({ address }) => address)).to.include("127.0.0.1/8");
  });
});

describe("Links.set", function () {
  it("changes name, MAC, MTU, group and queue at once", async function () {
    await using netns = await withBridge(this);

    await netns.links.set("br0", {
      name: "br1",
      address: "02:00:00:00:00:11",
      mtu: 1280,
      group: 12,
      txQueueLength: 50,
    });

    const seen = await ipLink(netns, "br1");
    expect(seen).to.include({ address: "02:00:00:00:00:11", mtu: 1280, group: "12", txqlen: 50 });
  });

  it("sets a link up and down", async function () {
    await using netns = await withBridge(this);

    await netns.links.set("br0", { up: true });
    const up = await ipLink(netns, "br0");
    await netns.links.set("br0", { up: false });
    const down = await ipLink(netns, "br0");

    expect(up?.["flags"]).to.include("UP");
    expect(down?.["flags"]).to.not.include("UP");
  });

  it("puts a link into a master and takes it out again", async function () {
    await using netns = await withBridge(this);
    await netns.links.add({ kind: "veth", name: "a", peer: { name: "b" } });

    await netns.links.set("a", { master: "br0" });
    const inside = await ipLink(netns, "a");
    await netns.links.set("a", { master: null });
    const outside = await ipLink(netns, "a");

    expect(inside).to.include({ master: "br0" });
    expect(outside).to.not.have.property("master");
  });

  it("sets the way to the link-local address", async function () {
    await using netns = await withBridge(this);

    await netns.links.set("br0", { addrGenMode: "none" });

    expect(await ipLink(netns, "br0")).to.include({ inet6_addr_gen_mode: "none" });
  });

  it("says which link is not there", async function () {
    await using netns = await newNetns(this);

    const error = await kernelRefusal(netns.links.set("eth7", { up: true }));

    expect(error).to.include({ errnoName: "ENODEV" });
    expect(error.message).to.include("set link eth7");
  });

  it("says which master is not there, and changes nothing", async function () {
    await using netns = await withBridge(this);

    const error = await kernelRefusal(netns.links.set("br0", { master: "br9", mtu: 1300 }));

    expect(error).to.include({ errnoName: "ENODEV" });
    expect(error.message).to.include("br0");
    expect(await ipLink(netns, "br0")).to.include({ mtu: 1500 });
  });

  it("says that a bridge cannot be its own port", async function () {
    await using netns = await withBridge(this);

    const error = await kernelRefusal(netns.links.set("br0", { master: "br0" }));

    expect(error).to.include({ errnoName: "ELOOP", syscall: "RTM_SETLINK" });
  });
});

describe("Links.addAltname", function () {
  it("gives a link one more name", async function () {
    await using netns = await withBridge(this);

    await netns.links.addAltname("br0", "vethwork.instance.endpoint");

    expect(await ipLink(netns, "br0"))
      .to.have.property("altnames")
      .that.deep.equals(["vethwork.instance.endpoint"]);
  });

  it("says that the name is taken", async function () {
    await using netns = await withBridge(this);
    await netns.links.addAltname("br0", "taken");

    const error = await kernelRefusal(netns.links.addAltname("lo", "taken"));

    expect(error).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWLINKPROP" });
    expect(error.context).to.include({ link: "lo", altname: "taken" });
  });
});

describe("Links.delete", function () {
  it("removes a link by name, by index and by altname", async function () {
    await using netns = await withBridge(this);
    const { index } = await netns.links.add({ kind: "bridge", name: "br1" });
    await netns.links.add({ kind: "bridge", name: "br2", altnames: ["a.third.one.by.altname"] });

    await netns.links.delete("br0");
    await netns.links.delete(index);
    await netns.links.delete("a.third.one.by.altname");

    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
  });

  it("frees the name at once", async function () {
    await using netns = await withBridge(this);

    for (let round = 0; round < 5; round++) {
      await netns.links.delete("br0");
      await netns.links.add({ kind: "bridge", name: "br0" });
    }

    expect(await ipLinkNames(netns)).to.deep.equal(["lo", "br0"]);
  });

  it("removes both ends of a veth", async function () {
    await using netns = await newNetns(this, "program:ip", "link:veth");
    await using far = await newNetns(this);
    await netns.links.add({ kind: "veth", name: "a", peer: { name: "b", namespace: far } });

    await netns.links.delete("a");

    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
    expect(await ipLinkNames(far)).to.deep.equal(["lo"]);
  });

  it("removes many at once", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    const names = Array.from({ length: 100 }, (_, at) => `br${at}`);
    await Promise.all(names.map((name) => netns.links.add({ kind: "bridge", name })));

    await Promise.all(names.map((name) => netns.links.delete(name)));

    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
  });

  it("says that there is no such link, and that lo cannot go", async function () {
    await using netns = await newNetns(this);

    const missing = await kernelRefusal(netns.links.delete("eth7"));
    const loopback = await kernelRefusal(netns.links.delete("lo"));

    expect(missing).to.include({ errnoName: "ENODEV" });
    expect(missing.message).to.include("delete link eth7");
    expect(loopback).to.include({ syscall: "RTM_DELLINK" });
  });
});
