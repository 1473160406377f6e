import { Job, type Link, type LinkSpec, type Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import { readFileSync } from "node:fs";
import type { Context } from "mocha";
import { newNetns } from "../support/netns.js";
import { ip, ipLink, ipLinkNames, ipTuntap, runIn } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";
import { until } from "../support/wait.js";

const wanted = ["program:ip", "tun"] as const;
const mac = "02:00:00:00:00:77";

/** The id, or the one that there is where a user namespace knows no other. Source: user_namespaces(7). */
function known(id: number, map: "gid_map" | "uid_map"): number {
  const ranges = readFileSync(`/proc/self/${map}`, "utf8").trim().split("\n");
  const isMapped = ranges.some((line) => {
    const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    return id >= first && id < first + count;
  });
  return isMapped ? id : 0;
}

const user = known(1000, "uid_map");
const group = known(1001, "gid_map");

interface Row {
  readonly ours: Omit<LinkSpec, "name"> & Readonly<Record<string, unknown>>;
  /** `ip ...` of each. */
  readonly theirs: readonly string[];
  readonly shows: NonNullable<Link["tun"]>;
}

const rows: Readonly<Record<string, Row>> = {
  "a tun with nothing said": {
    ours: { kind: "tun" },
    theirs: ["tuntap add name x mode tun"],
    shows: { type: "tun", packetInformation: false, vnetHeader: false, multiQueue: false },
  },
  "a tun with all said": {
    ours: {
      kind: "tun",
      owner: user,
      ownerGroup: group,
      packetInformation: true,
      mtu: 1400,
      up: true,
      addrGenMode: "none",
      alias: "of",
    },
    theirs: [
      `tuntap add name x mode tun user ${user} group ${group} pi`,
      "link set x mtu 1400 addrgenmode none alias of",
      "link set x up",
    ],
    shows: { type: "tun", owner: user, ownerGroup: group, packetInformation: true },
  },
  "a tap with all said": {
    ours: {
      kind: "tap",
      owner: 0,
      ownerGroup: 0,
      vnetHeader: true,
      multiQueue: true,
      address: mac,
      index: 77,
      group: 7,
      mtu: 9000,
      txQueueLength: 55,
      altnames: ["other.name"],
      master: "br",
      bridgePort: { isolated: true },
      up: true,
    },
    theirs: [
      "tuntap add name x mode tap user 0 group 0 vnet_hdr multi_queue",
      `link set x address ${mac} group 7 mtu 9000 txqueuelen 55 master br up`,
      "link set x type bridge_slave isolated on",
      "link property add dev x altname other.name",
    ],
    shows: { type: "tap", owner: 0, ownerGroup: 0, vnetHeader: true, multiQueue: true },
  },
};

async function newPlace(context: Context): Promise<Namespace> {
  const netns = await newNetns(context, ...wanted, "link:bridge");
  await ipRuns(netns, ["link add name br index 2 address 02:00:00:00:00:99 type bridge"]);
  return netns;
}

async function ipRuns(netns: Namespace, commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    expect((await runIn(netns, "ip", ...command.split(" "))).stderr).to.equal("");
  }
}

/** That it has no carrier is told a moment after it went up. */
function settled(netns: Namespace): Promise<void> {
  return until("x is down", async () => (await ipLink(netns, "x"))?.["operstate"] === "DOWN");
}

/** Without what is chosen at random, or by us alone. */
function lasting(seen: object | undefined): unknown {
  const text = JSON.stringify(seen, (key, value: unknown) =>
    /^(?:ifindex|index|carrier_|carrierChanges|statistics$|.*timer)/i.test(key) ||
    (typeof value === "string" && /^(?:[0-9a-f]{2}:){5}/.test(value) && !/^(02:0|ff)/.test(value))
      ? undefined
      : value,
  );
  return JSON.parse(text);
}

describe("Links.add: tun and tap", function () {
  for (const [what, row] of Object.entries(rows)) {
    it(`makes what ip(8) makes, and stays: ${what}`, async function () {
      await using us = await newPlace(this);
      await using other = await newPlace(this);

      const made = await us.links.add({ name: "x", ...row.ours } as unknown as LinkSpec);
      await ipRuns(other, row.theirs);

      await settled(us);
      await settled(other);
      expect(lasting(await ipLink(us, "x"))).to.deep.equal(lasting(await ipLink(other, "x")));
      const [tuntap] = await ipTuntap(us);
      expect(tuntap).to.include({ ifname: "x" });
      expect(tuntap).to.deep.equal((await ipTuntap(other))[0]);
      const [read, theirs] = [await us.links.get("x"), await other.links.get("x")];
      expect(lasting(read)).to.deep.equal(lasting(theirs));
      const late = { operstate: "down", flags: read.flags };
      expect(lasting({ ...made, ...late })).to.deep.equal(lasting(read));
      expect(theirs.kind).to.equal("tun");
      expect(theirs.tun).to.include({ ...row.shows, persist: true });
      expect(theirs.tun?.queues).to.equal(row.shows.multiQueue === true ? 0 : undefined);
      const { index } = row.ours;
      if (index !== undefined) expect(await ipLink(us, "x")).to.include({ ifindex: index });
    });
  }

  it("shows that anybody may open one that ip(8) made so", async function () {
    await using netns = await newNetns(this, ...wanted);
    await ipRuns(netns, ["tuntap add name tun0 mode tun pi"]);

    const { tun, linkType } = await netns.links.get("tun0");

    expect(linkType).to.equal("none");
    expect(tun).to.deep.equal({
      type: "tun",
      packetInformation: true,
      vnetHeader: false,
      persist: true,
      multiQueue: false,
    });
  });

  it("is removed by delete", async function () {
    await using netns = await newNetns(this, ...wanted);
    await netns.links.add({ kind: "tap", name: "tap0", up: true });

    await netns.links.delete("tap0");

    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
    expect(await ipTuntap(netns)).to.deep.equal([]);
  });

  it("makes it in another namespace, which has its master", async function () {
    await using here = await newNetns(this, ...wanted, "link:bridge");
    await using there = await newPlace(this);

    const { name } = await here.links.add({
      kind: "tap",
      name: "tap0",
      namespace: there,
      master: "br",
    });

    expect(name).to.equal("tap0");
    expect(await ipLinkNames(here)).to.deep.equal(["lo"]);
    expect(await ipLink(there, "tap0")).to.include({ master: "br" });
  });

  for (const elsewhere of [false, true]) {
    it(`leaves nothing where a setting is refused${elsewhere ? ", elsewhere" : ""}`, async function () {
      await using here = await newNetns(this, ...wanted);
      await using there = await newNetns(this);
      const spec = { kind: "tap", name: "tap0", up: true, master: "nobody" } as const;

      const error = await kernelRefusal(
        here.links.add(elsewhere ? { ...spec, namespace: there } : spec),
      );

      expect(error).to.include({ errnoName: "ENODEV", code: "ERR_CNM_KERNEL" });
      expect(error.message).to.include("add tap tap0");
      expect(await ipLinkNames(here)).to.deep.equal(["lo"]);
      expect(await ipLinkNames(there)).to.deep.equal(["lo"]);
    });
  }

  for (const [what, command] of [
    ["another link", "link add name x type bridge"],
    ["a tap that nobody has open", "tuntap add name x mode tap"],
    ["an altname", "link property add dev lo altname x"],
  ] as const) {
    it(`refuses the name of ${what}, which stays as it is`, async function () {
      await using netns = await newNetns(this, ...wanted, "link:bridge");
      await ipRuns(netns, [command]);
      const before = await ip(netns, "link", "show");

      const error = await kernelRefusal(netns.links.add({ kind: "tap", name: "x", up: true }));

      expect(error).to.include({ errnoName: "EBUSY", syscall: "ioctl" });
      expect(error.message).to.match(/TUNSETIFF x.*of this name or index is there already/);
      expect(lasting(await ip(netns, "link", "show"))).to.deep.equal(lasting(before));
    });
  }

  for (const [field, spec] of [
    ["owner", { owner: 0xffff_ffff }],
    ["ownerGroup", { ownerGroup: -1 }],
    ["multiQueue", { multiQueue: 1 }],
    ["txQueues", { txQueues: 2 }],
    ["address", { kind: "tun", address: mac }],
    ["index", { index: 0 }],
  ] as const) {
    it(`refuses what ${field} cannot be, before the kernel is asked`, async function () {
      await using netns = await newNetns(this, ...wanted);
      const all = { kind: "tap", name: "tap0", ...spec } as unknown as LinkSpec;

      const error = await rejection(netns.links.add(all));

      expect((error as { context?: unknown }).context).to.deep.include({ field });
      expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
    });
  }

  it("is part of a job, and its index of later steps", async function () {
    await using host = await newPlace(this);
    const job = new Job();
    const inside = job.createNamespace();
    const tap = job.addLink(host, { kind: "tap", name: "tap0", master: "br" });
    const tun = job.addLink(inside, { kind: "tun", name: "tun0", up: true });
    job.addAddress(inside, { link: tun.index, address: "10.9.0.1/24" });
    job.setLink(host, tap.index, { up: true });

    const result = await job.run();

    expect(result.link(tap).tun).to.include({ type: "tap", persist: true });
    const seen = await ipLink(host, "tap0");
    expect(seen).to.include({ master: "br", ifindex: result.link(tap).index });
    expect(seen?.["flags"]).to.include("UP");
    const [address] = await inside.addresses.list({ link: "tun0", family: "inet" });
    expect(address?.address).to.equal("10.9.0.1/24");
    await inside.delete();
  });

  it("is gone where a later step of its job fails", async function () {
    await using host = await newNetns(this, ...wanted);
    const job = new Job();
    job.addLink(host, { kind: "tap", name: "tap0", up: true });
    job.addLink(host, { kind: "tun", name: "tun0" });
    job.setSysctl(host, "net.ipv4.nothing", 1);

    await kernelRefusal(job.run());

    expect(await ipLinkNames(host)).to.deep.equal(["lo"]);
  });

  it("refuses a master that is a link of another job", async function () {
    await using host = await newNetns(this, ...wanted);
    const { index } = new Job().addLink(host, { kind: "tap", name: "tap0" });

    const error = await cnmRefusal(host.links.add({ kind: "tap", name: "tap1", master: index }));

    expect(error.context).to.include({ field: "master" });
    expect(await ipLinkNames(host)).to.deep.equal(["lo"]);
  });
});
