import type { Namespace, NexthopSpec } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { newNetns } from "../support/netns.js";
import { bridge, ip, runIn, type Seen } from "../support/other-eyes.js";
import { kernelRefusal, rejection } from "../support/rejection.js";

async function connected(context: Context): Promise<Namespace> {
  const netns = await newNetns(context, "program:ip", "link:bridge", "ipv6");
  await netns.links.add({ kind: "bridge", name: "br0", up: true, addrGenMode: "none" });
  await netns.addresses.add({ link: "br0", address: "10.0.0.1/24" });
  await netns.addresses.add({ link: "br0", address: "fd00::1/64", noDad: true });
  return netns;
}

async function seen(netns: Namespace, id: number): Promise<Seen | undefined> {
  const all = await ip(netns, "nexthop", "show");
  return all.find((one) => one["id"] === id);
}

describe("Nexthops", function () {
  for (const [what, spec, shown] of [
    [
      "a gateway",
      { gateway: "10.0.0.2", link: "br0" },
      { gateway: "10.0.0.2", dev: "br0", protocol: "static" },
    ],
    [
      "a gateway of IPv6",
      { gateway: "fd00::2", link: "br0", protocol: "bird" },
      { gateway: "fd00::2", protocol: "bird" },
    ],
    [
      "a gateway off the link",
      { gateway: "192.0.2.1", link: "br0", onlink: true },
      { flags: ["onlink"] },
    ],
    ["a link", { link: "br0" }, { dev: "br0" }],
    ["a blackhole", { blackhole: true, family: "inet6" }, { blackhole: null }],
    ["VXLAN's far end", { gateway: "192.0.2.1", fdb: true }, { fdb: null, gateway: "192.0.2.1" }],
  ] satisfies [string, NexthopSpec, object][]) {
    it(`add ${what}, and delete it`, async function () {
      await using netns = await connected(this);

      const made = await netns.nexthops.add({ id: 7, ...spec });

      expect(await seen(netns, 7)).to.deep.include(shown);
      expect(await netns.nexthops.get(7)).to.deep.equal(made);
      expect(await netns.nexthops.list()).to.deep.equal([made]);
      await netns.nexthops.delete(7);
      expect(await netns.nexthops.list()).to.deep.equal([]);
    });
  }

  it("get an id from the kernel", async function () {
    await using netns = await connected(this);

    const { id } = await netns.nexthops.add({ gateway: "10.0.0.2", link: "br0" });

    expect(await seen(netns, id)).to.include({ gateway: "10.0.0.2" });
  });

  it("make groups, and routes go over them", async function () {
    await using netns = await connected(this);
    await netns.nexthops.add({ id: 1, gateway: "10.0.0.2", link: "br0" });
    await netns.nexthops.add({ id: 2, gateway: "10.0.0.3", link: "br0" });

    const made = await netns.nexthops.add({ id: 9, group: [{ id: 1, weight: 3 }, { id: 2 }] });
    await netns.routes.add({ destination: "10.9.0.0/16", nexthopId: 9 });

    expect(made.group).to.deep.equal([
      { id: 1, weight: 3 },
      { id: 2, weight: 1 },
    ]);
    expect((await seen(netns, 9))?.["group"]).to.deep.equal([{ id: 1, weight: 3 }, { id: 2 }]);
    const [shown] = await ip(netns, "route", "show", "10.9.0.0/16");
    expect(shown).to.include({ nhid: 9 });
    const [route] = await netns.routes.list({ protocol: "static" });
    expect(route?.nexthopId).to.equal(9);
    expect(route?.nexthops?.map((way) => [way.gateway, way.weight])).to.deep.equal([
      ["10.0.0.2", 3],
      ["10.0.0.3", 1],
    ]);
    expect((await netns.nexthops.list({ groups: true })).map((one) => one.id)).to.deep.equal([9]);
    await netns.nexthops.delete(9);
    expect(await netns.routes.list({ protocol: "static" })).to.deep.equal([]);
  });

  it("make resilient groups", async function () {
    await using netns = await connected(this);
    await netns.nexthops.add({ id: 1, gateway: "10.0.0.2", link: "br0" });

    const made = await netns.nexthops.add({
      id: 9,
      group: [{ id: 1 }],
      resilient: { buckets: 8, idleTimerMs: 60_000, unbalancedTimerMs: 120_000 },
    });

    expect(made.resilient).to.deep.equal({
      buckets: 8,
      idleTimerMs: 60_000,
      unbalancedTimerMs: 120_000,
    });
    expect((await seen(netns, 9))?.["resilient_args"]).to.include({
      buckets: 8,
      idle_timer: 60,
      unbalanced_timer: 120,
    });
  });

  it("lead VXLAN to a group of far ends", async function () {
    await using netns = await newNetns(this, "program:bridge", "link:vxlan");
    await runIn(netns, ...("ip link add vx0 type vxlan id 7 dstport 4789".split(" ") as [string]));
    await netns.nexthops.add({ id: 1, gateway: "192.0.2.1", fdb: true });
    await netns.nexthops.add({ id: 2, gateway: "192.0.2.2", fdb: true });
    await netns.nexthops.add({ id: 9, group: [{ id: 1 }, { id: 2 }], fdb: true });

    await netns.fdb.add({ link: "vx0", mac: "02:00:00:00:00:09", nexthopId: 9 });

    const [entry] = await bridge(netns, "fdb", "show", "dev", "vx0");
    expect(entry).to.include({ nhid: 9 });
    expect((await netns.fdb.list({ link: "vx0" }))[0]).to.include({ nexthopId: 9 });
    expect((await netns.nexthops.list({ fdb: true })).map(({ id }) => id)).to.deep.equal([1, 2, 9]);
  });

  it("are replaced, and routes go the new way", async function () {
    await using netns = await connected(this);
    await netns.nexthops.replace({ id: 1, gateway: "10.0.0.2", link: "br0" });
    await netns.routes.add({ destination: "10.9.0.0/16", nexthopId: 1 });

    await netns.nexthops.replace({ id: 1, gateway: "10.0.0.3", link: "br0" });

    expect((await netns.routes.lookup("10.9.0.1")).gateway).to.equal("10.0.0.3");
  });

  it("are read as ip(8) writes them, by link and family", async function () {
    await using netns = await connected(this);

    await runIn(netns, ...("ip nexthop add id 5 via fd00::5 dev br0".split(" ") as [string]));

    const { index } = await netns.links.get("br0");
    expect(await netns.nexthops.list({ link: "br0" })).to.deep.equal([
      {
        id: 5,
        family: "inet6",
        gateway: "fd00::5",
        link: index,
        scope: "link",
        protocol: "unspec",
        blackhole: false,
        fdb: false,
        group: undefined,
        resilient: undefined,
        flags: [],
      },
    ]);
    expect(await netns.nexthops.list({ link: "lo" })).to.deep.equal([]);
  });

  it("say that one is there, and that there is none", async function () {
    await using netns = await connected(this);
    await netns.nexthops.add({ id: 1, blackhole: true });

    const there = await kernelRefusal(netns.nexthops.add({ id: 1, blackhole: true }));
    const none = await kernelRefusal(netns.nexthops.get(2));
    const gone = await kernelRefusal(netns.nexthops.delete(2));

    expect(there).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWNEXTHOP" });
    expect(there.message).to.include("add nexthop 1");
    expect(none).to.include({ errnoName: "ENOENT", syscall: "RTM_GETNEXTHOP" });
    expect(gone).to.include({ errnoName: "ENOENT", syscall: "RTM_DELNEXTHOP" });
  });

  for (const [what, spec, code] of [
    ["an empty group", { group: [] }, "ERR_CNM_INVALID_OPTION"],
    ["a group of names", { group: ["a"] }, "ERR_INVALID_ARG_TYPE"],
    ["a resilient link", { link: "lo", resilient: {} }, "ERR_CNM_INVALID_OPTION"],
    ["two families", { gateway: "10.0.0.1", family: "inet6" }, "ERR_CNM_INVALID_ADDRESS"],
    ["id 0", { id: 0 }, "ERR_CNM_INVALID_OPTION"],
    ["an unknown option", { via: "10.0.0.1" }, "ERR_CNM_INVALID_OPTION"],
  ] as const) {
    it(`refuse ${what} before the kernel is asked`, async function () {
      await using netns = await newNetns(this);

      expect(await rejection(netns.nexthops.add(spec as NexthopSpec))).to.include({ code });
    });
  }
});
