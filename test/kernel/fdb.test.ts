import type { Namespace } from "#lib/netlink.js";
import { KernelError } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { newNetns } from "../support/netns.js";
import { bridge, runIn, type Seen } from "../support/other-eyes.js";
import { kernelRefusal, rejection } from "../support/rejection.js";

const mac = "02:00:00:00:00:09";
const unknown = "00:00:00:00:00:00";

/** A bridge with one port, v0, which forwards. */
async function bridged(context: Context): Promise<Namespace> {
  const netns = await newNetns(context, "program:bridge", "link:bridge");
  const { links } = netns;
  await links.add({ kind: "bridge", name: "br0", up: true });
  await links.add({ kind: "veth", name: "v0", master: "br0", up: true, peer: { name: "v1" } });
  await links.set("v1", { up: true });
  while ((await links.get("v0")).operstate !== "up"); // a few ms, until the kernel has looked
  return netns;
}

/** A VXLAN link, vx0. */
async function tunnelled(context: Context, ...options: string[]): Promise<Namespace> {
  const netns = await newNetns(context, "program:bridge", "program:ip", "link:vxlan");
  const words = options.length > 0 ? options : ["id", "7"];
  await runIn(netns, "ip", "link", "add", "vx0", "type", "vxlan", ...words, "dstport", "4789");
  return netns;
}

async function seen(netns: Namespace, link: string, address = mac): Promise<readonly Seen[]> {
  const all = await bridge(netns, "fdb", "show", "dev", link);
  return all.filter((one) => one["mac"] === address);
}

describe("Fdb", function () {
  for (const [state, shown] of [
    ["permanent", "permanent"],
    ["static", "static"],
    ["dynamic", ""],
  ] as const) {
    it(`adds a ${state} entry to a bridge, as bridge(8) sees`, async function () {
      await using netns = await bridged(this);

      await netns.fdb.add({ link: "v0", mac, master: true, state });

      const [one] = await seen(netns, "v0");
      expect(one).to.deep.include({ master: "br0", state: shown, flags: [] });
      const entry = await netns.fdb.get({ link: "v0", mac, master: true });
      expect(entry.state).to.equal(state);
      expect(entry.master).to.equal((await netns.links.get("br0")).index);
    });
  }

  it("marks sticky entries and learned ones, and keeps to a VLAN", async function () {
    await using netns = await bridged(this);

    await netns.fdb.add({ link: "v0", mac, master: true, state: "static", sticky: true });
    await netns.fdb.add({
      link: "v0",
      mac: "02:00:00:00:00:0a",
      master: true,
      state: "dynamic",
      externLearn: true,
    });

    expect((await seen(netns, "v0"))[0]?.["flags"]).to.deep.equal(["sticky"]);
    expect((await seen(netns, "v0", "02:00:00:00:00:0a"))[0]?.["flags"]).to.deep.equal([
      "extern_learn",
    ]);
    const listed = await netns.fdb.list({ master: "br0" });
    const flags = new Map(listed.map((one) => [one.mac, one.flags]));
    expect(flags.get(mac)).to.include("sticky");
    expect(flags.get("02:00:00:00:00:0a")).to.include("extern_learn");
  });

  it("adds to the link's own table where nothing else is said", async function () {
    await using netns = await bridged(this);

    await netns.fdb.add({ link: "v0", mac: "33:33:00:00:00:42" });

    const [one] = await seen(netns, "v0", "33:33:00:00:00:42");
    expect(one).to.deep.include({ flags: ["self"], state: "permanent" });
  });

  it("sends to several ends by one VXLAN link", async function () {
    await using netns = await tunnelled(this);

    await netns.fdb.append({ link: "vx0", mac: unknown, dst: "192.0.2.1" });
    await netns.fdb.append({ link: "vx0", mac: unknown, dst: "192.0.2.2" });
    await netns.fdb.add({
      link: "vx0",
      mac,
      dst: "192.0.2.3",
      port: 8472,
      vni: 77,
      via: "lo",
      state: "static",
    });

    expect((await seen(netns, "vx0", unknown)).map((one) => one["dst"])).to.have.members([
      "192.0.2.1",
      "192.0.2.2",
    ]);
    const [one] = await seen(netns, "vx0");
    expect(one).to.deep.include({ dst: "192.0.2.3", port: 8472, vni: 77, viaIf: "lo" });
    const listed = await netns.fdb.list({ link: "vx0" });
    expect(listed.filter((entry) => entry.mac === unknown)).to.have.lengthOf(2);
    expect(listed.find((entry) => entry.mac === mac)).to.deep.equal({
      link: (await netns.links.get("vx0")).index,
      mac,
      state: "static",
      master: undefined,
      vlan: undefined,
      dst: "192.0.2.3",
      port: 8472,
      vni: 77,
      sourceVni: undefined,
      via: 1,
      nexthopId: undefined,
      flags: ["self"],
    });
  });

  it("keeps tables of several networks on an external VXLAN link", async function () {
    await using netns = await tunnelled(this, "external");

    await netns.fdb.add({ link: "vx0", mac, dst: "192.0.2.3", sourceVni: 10, vni: 10 });
    await netns.fdb.add({ link: "vx0", mac, dst: "192.0.2.4", sourceVni: 20, vni: 20 });

    const all = await seen(netns, "vx0");
    expect(all.map((one) => [one["dst"], one["src_vni"]])).to.have.deep.members([
      ["192.0.2.3", 10],
      ["192.0.2.4", 20],
    ]);
    await netns.fdb.delete({ link: "vx0", mac, sourceVni: 10 });
    const left = await netns.fdb.list({ link: "vx0" });
    expect(left.map(({ dst, sourceVni }) => [dst, sourceVni])).to.deep.equal([["192.0.2.4", 20]]);
  });

  it("removes one end of several", async function () {
    await using netns = await tunnelled(this);
    await netns.fdb.appendMany([
      { link: "vx0", mac: unknown, dst: "192.0.2.1" },
      { link: "vx0", mac: unknown, dst: "192.0.2.2" },
    ]);

    await netns.fdb.delete({ link: "vx0", mac: unknown, dst: "192.0.2.1" });

    expect((await seen(netns, "vx0", unknown)).map((one) => one["dst"])).to.deep.equal([
      "192.0.2.2",
    ]);
  });

  it("replaces the end", async function () {
    await using netns = await tunnelled(this);
    await netns.fdb.add({ link: "vx0", mac, dst: "192.0.2.1" });

    await netns.fdb.replace({ link: "vx0", mac, dst: "192.0.2.2" });

    expect((await seen(netns, "vx0")).map((one) => one["dst"])).to.deep.equal(["192.0.2.2"]);
  });

  it("reads what bridge(8) writes", async function () {
    await using netns = await tunnelled(this);
    const words = ["fdb", "append", mac, "dev", "vx0", "dst", "192.0.2.7", "vni", "9", "dynamic"];

    await runIn(netns, "bridge", ...words);

    const [entry] = await netns.fdb.list({ link: "vx0" });
    expect(entry).to.deep.include({ mac, dst: "192.0.2.7", vni: 9, state: "dynamic" });
  });

  it("lists by port and by bridge", async function () {
    await using netns = await bridged(this);
    await netns.links.add({ kind: "bridge", name: "br1" });
    await netns.fdb.add({ link: "v0", mac, master: true, state: "static" });

    const ofPort = await netns.fdb.list({ link: "v0" });
    const ofBridge = await netns.fdb.list({ master: "br0" });
    const ofOther = await netns.fdb.list({ master: "br1" });

    expect(ofPort.map((one) => one.mac)).to.include(mac);
    expect(ofBridge.map((one) => one.mac)).to.include(mac);
    expect(ofOther.map((one) => one.mac)).to.not.include(mac);
  });

  it("flushes a bridge, or a state alone", async function () {
    await using netns = await bridged(this);
    await netns.fdb.addMany([
      { link: "v0", mac, master: true, state: "static" },
      { link: "v0", mac: "02:00:00:00:00:0a", master: true, state: "dynamic" },
    ]);

    await netns.fdb.flush({ link: "br0", state: "dynamic" });

    // A bridge that knows VLANs has it in each of the port's.
    expect(await seen(netns, "v0")).not.to.deep.equal([]);
    expect(await seen(netns, "v0", "02:00:00:00:00:0a")).to.deep.equal([]);
    await netns.fdb.flush({ link: "br0", state: "static" });
    expect(await seen(netns, "v0")).to.deep.equal([]);
  });

  it("adds 1,200 at once, and says which of them were there", async function () {
    await using netns = await tunnelled(this);
    const many = Array.from({ length: 1200 }, (_, at) => ({
      link: "vx0",
      mac: `02:00:00:00:${hex(at >> 8)}:${hex(at & 255)}`,
      dst: "192.0.2.1",
    }));
    await netns.fdb.add({ link: "vx0", mac: "02:00:00:00:00:07", dst: "192.0.2.9" });

    const error = await rejection(netns.fdb.addMany(many));

    const { errors } = error as AggregateError;
    expect(errors).to.have.lengthOf(1);
    expect(errors[0]).to.be.instanceOf(KernelError);
    expect((errors[0] as KernelError).context).to.include({ position: 7 });
    expect(await bridge(netns, "fdb", "show", "dev", "vx0")).to.have.lengthOf(1200);
    await netns.fdb.replaceMany(many);
    expect((await seen(netns, "vx0", "02:00:00:00:00:07"))[0]).to.include({ dst: "192.0.2.1" });
    expect(await netns.fdb.list({ link: "vx0" })).to.have.lengthOf(1200);
    await netns.fdb.deleteMany(many);
    expect(await bridge(netns, "fdb", "show", "dev", "vx0")).to.deep.equal([]);
  });

  it("says that it is there, and that it is not", async function () {
    await using netns = await bridged(this);
    const one = { link: "v0", mac, master: true } as const;
    await netns.fdb.add(one);

    const there = await kernelRefusal(netns.fdb.add(one));
    await netns.fdb.delete(one);
    const gone = await kernelRefusal(netns.fdb.delete(one));
    const missing = await kernelRefusal(netns.fdb.get(one));

    expect(there).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWNEIGH" });
    expect(there.message).to.include(`add fdb entry ${mac} of link v0`);
    expect(gone).to.include({ errnoName: "ENOENT", syscall: "RTM_DELNEIGH" });
    expect(missing).to.include({ errnoName: "ENOENT", syscall: "RTM_GETNEIGH" });
  });

  for (const [what, entry, code] of [
    ["a MAC address of 5 bytes", { mac: "02:00:00:00:00" }, "ERR_CNM_INVALID_ADDRESS"],
    ["an end that is no address", { dst: "vtep" }, "ERR_CNM_INVALID_ADDRESS"],
    ["a network identifier of 25 bits", { vni: 2 ** 24 }, "ERR_CNM_INVALID_OPTION"],
    ["VLAN 4095", { vlan: 4095 }, "ERR_CNM_INVALID_OPTION"],
    ["port 0", { port: 0 }, "ERR_CNM_INVALID_OPTION"],
    ["a state that is none", { state: "local" }, "ERR_CNM_INVALID_OPTION"],
    ["an unknown option", { lladdr: mac }, "ERR_CNM_INVALID_OPTION"],
    ["a flag that is text", { master: "br0" }, "ERR_INVALID_ARG_TYPE"],
  ] as const) {
    it(`refuses ${what} before the kernel is asked`, async function () {
      await using netns = await newNetns(this);

      const error = await rejection(netns.fdb.add({ link: "lo", mac, ...(entry as object) }));

      expect(error).to.include({ code });
    });
  }
});

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
