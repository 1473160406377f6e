import type { Namespace } from "#lib/netlink.js";
import { KernelError } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { newNetns } from "../support/netns.js";
import { ip, runIn, type Seen } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";

const mac = "02:00:00:00:00:09";

/** A bridge that is up, with 10.0.0.1/24 and fd00::1/64. */
async function connected(context: Context): Promise<Namespace> {
  const netns = await newNetns(context, "program:ip", "link:bridge", "ipv6");
  await netns.links.add({ kind: "bridge", name: "br0", up: true, addrGenMode: "none" });
  await netns.addresses.add({ link: "br0", address: "10.0.0.1/24" });
  await netns.addresses.add({ link: "br0", address: "fd00::1/64", noDad: true });
  return netns;
}

async function seen(netns: Namespace, address: string, ...args: string[]): Promise<Seen> {
  const all = await ip(netns, "neighbour", "show", ...args);
  return all.find((one) => one["dst"] === address) ?? {};
}

describe("Neighbours", function () {
  for (const address of ["10.0.0.9", "fd00::9"]) {
    it(`adds ${address}, permanent, as ip(8) sees`, async function () {
      await using netns = await connected(this);

      await netns.neighbours.add({ link: "br0", address, lladdr: mac });

      expect(await seen(netns, address)).to.deep.include({
        dev: "br0",
        lladdr: mac,
        state: ["PERMANENT"],
      });
    });
  }

  for (const state of ["noarp", "reachable", "stale", "none"] as const) {
    it(`adds one that is ${state}`, async function () {
      await using netns = await connected(this);

      await netns.neighbours.add({ link: "br0", address: "10.0.0.9", lladdr: mac, state });

      const { state: shown } = await seen(netns, "10.0.0.9", "nud", "all");
      expect(shown).to.deep.equal(state === "none" ? undefined : [state.toUpperCase()]);
      const one = await netns.neighbours.get({ link: "br0", address: "10.0.0.9" });
      expect(one.state).to.equal(state);
    });
  }

  it("marks routers, what a control plane learned, and who did", async function () {
    await using netns = await connected(this);

    await netns.neighbours.add({
      link: "br0",
      address: "fd00::9",
      lladdr: mac,
      state: "reachable",
      router: true,
      externLearn: true,
      protocol: "zebra",
    });

    const one = await seen(netns, "fd00::9");
    expect(one).to.include({ lladdr: mac, protocol: "zebra" });
    expect(one).to.have.keys("dst", "dev", "lladdr", "router", "extern_learn", "state", "protocol");
    const { flags, protocol } = await netns.neighbours.get({ link: "br0", address: "fd00::9" });
    expect(flags).to.have.members(["router", "extern_learn"]);
    expect(protocol).to.equal("zebra");
  });

  it("lets the kernel keep one reachable", async function () {
    await using netns = await connected(this);

    await netns.neighbours.add({ link: "br0", address: "10.0.0.9", managed: true });

    const { flags } = await netns.neighbours.get({ link: "br0", address: "10.0.0.9" });
    expect(flags).to.include("managed");
  });

  it("answers for others, and stops to", async function () {
    await using netns = await connected(this);
    const other = { link: "br0", address: "10.0.0.50", proxy: true } as const;
    const show = () => ip(netns, "neighbour", "show", "proxy");

    await netns.neighbours.add(other);

    expect((await show())[0]).to.deep.include({ dst: "10.0.0.50", dev: "br0", proxy: null });
    const [listed] = await netns.neighbours.list({ proxy: true });
    expect(listed).to.include({ address: "10.0.0.50" });
    expect(await netns.neighbours.get(other)).to.deep.include({ address: "10.0.0.50" });
    await netns.neighbours.delete(other);
    expect(await show()).to.deep.equal([]);
  });

  it("reads what ip(8) writes", async function () {
    await using netns = await connected(this);
    const words = ["ip", "neighbour", "add", "fd00::9", "lladdr", mac, "dev", "br0", "router"];

    await runIn(netns, words[0] ?? "", ...words.slice(1), "nud", "stale");

    const { index } = await netns.links.get("br0");
    expect(await netns.neighbours.list({ link: "br0", state: "stale" })).to.deep.equal([
      {
        family: "inet6",
        link: index,
        address: "fd00::9",
        lladdr: mac,
        state: "stale",
        flags: ["router"],
        protocol: undefined,
      },
    ]);
  });

  it("replaces one, whether it is there or not", async function () {
    await using netns = await connected(this);
    const one = { link: "br0", address: "10.0.0.9" };

    await netns.neighbours.replace({ ...one, lladdr: mac });
    await netns.neighbours.replace({ ...one, lladdr: "02:00:00:00:00:0a" });

    expect(await seen(netns, "10.0.0.9")).to.include({ lladdr: "02:00:00:00:00:0a" });
  });

  it("lists by link, family, state and bridge", async function () {
    await using netns = await connected(this);
    await netns.links.add({ kind: "bridge", name: "br1", up: true, addrGenMode: "none" });
    await netns.links.add({
      kind: "veth",
      name: "v0",
      master: "br1",
      up: true,
      addrGenMode: "none",
      peer: { name: "v1" },
    });
    await netns.neighbours.addMany([
      { link: "br0", address: "10.0.0.9", lladdr: mac },
      { link: "br0", address: "fd00::9", lladdr: mac, state: "stale" },
      { link: "v0", address: "10.1.0.9", lladdr: mac },
    ]);
    const addresses = async (filter: Parameters<typeof netns.neighbours.list>[0]) =>
      (await netns.neighbours.list(filter))
        .filter(({ state }) => state !== "noarp") // groups that the kernel itself reports to
        .map(({ address }) => address);

    expect(await addresses({ link: "br0" })).to.have.members(["10.0.0.9", "fd00::9"]);
    expect(await addresses({ family: "inet6" })).to.deep.equal(["fd00::9"]);
    expect(await addresses({ state: "permanent" })).to.have.members(["10.0.0.9", "10.1.0.9"]);
    expect(await addresses({ master: "br1" })).to.deep.equal(["10.1.0.9"]);
  });

  it("flushes what is not permanent, or what is asked for", async function () {
    await using netns = await connected(this);
    await netns.neighbours.addMany([
      { link: "br0", address: "10.0.0.8", lladdr: mac },
      { link: "br0", address: "10.0.0.9", lladdr: mac, state: "stale" },
      { link: "br0", address: "fd00::9", lladdr: mac, state: "reachable" },
    ]);

    expect(await netns.neighbours.flush({ link: "br0" })).to.equal(2);
    const left = await ip(netns, "neighbour", "show");
    expect(left.map((one) => one["dst"])).to.deep.equal(["10.0.0.8"]);
    expect(await netns.neighbours.flush({ state: "permanent" })).to.equal(1);
    expect(await ip(netns, "neighbour", "show")).to.deep.equal([]);
  });

  it("adds 1,200 at once, and says which of them were there", async function () {
    await using netns = await connected(this);
    const many = Array.from({ length: 1200 }, (_, at) => ({
      link: "br0",
      address: `10.${Math.floor(at / 250) + 1}.0.${(at % 250) + 1}`,
      lladdr: mac,
    }));
    await netns.neighbours.add({ ...many[700], state: "stale" } as (typeof many)[0]);

    const error = await rejection(netns.neighbours.addMany(many));

    expect(error).to.be.instanceOf(AggregateError);
    const { errors } = error as AggregateError;
    expect(errors).to.have.lengthOf(1);
    expect(errors[0]).to.be.instanceOf(KernelError);
    expect(errors[0]).to.deep.include({ errnoName: "EEXIST", syscall: "RTM_NEWNEIGH" });
    expect((errors[0] as KernelError).context).to.include({ position: 700 });
    expect(error.message).to.include(`add neighbours: ${many[700]?.address ?? ""} on link br0`);
    expect(await ip(netns, "neighbour", "show")).to.have.lengthOf(1200);
    await netns.neighbours.replaceMany(many);
    expect(await netns.neighbours.list({ state: "permanent" })).to.have.lengthOf(1200);
    await netns.neighbours.deleteMany(many.map(({ link, address }) => ({ link, address })));
    expect(await ip(netns, "neighbour", "show")).to.deep.equal([]);
  });

  it("adds none where one of the list is wrong", async function () {
    await using netns = await connected(this);

    const error = await cnmRefusal(
      netns.neighbours.addMany([
        { link: "br0", address: "10.0.0.8", lladdr: mac },
        { link: "br0", address: "10.0.0.9", lladdr: "02:00" },
        { link: "br0", address: "10.0.0.300", lladdr: mac },
      ]),
    );

    expect(error.context).to.include({ field: "neighbours.2.address" });
    expect(await ip(netns, "neighbour", "show")).to.deep.equal([]);
  });

  it("says that it is there, and that it is not", async function () {
    await using netns = await connected(this);
    const one = { link: "br0", address: "10.0.0.9" };
    await netns.neighbours.add({ ...one, lladdr: mac });

    const there = await kernelRefusal(netns.neighbours.add({ ...one, lladdr: mac }));
    await netns.neighbours.delete(one);
    const gone = await kernelRefusal(netns.neighbours.delete(one));
    const unknown = await kernelRefusal(netns.neighbours.get(one));
    const nowhere = await kernelRefusal(netns.neighbours.add({ ...one, link: "br9", lladdr: mac }));

    expect(there).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWNEIGH" });
    expect(there.message).to.include("add neighbour 10.0.0.9 on link br0");
    expect(gone).to.include({ errnoName: "ENOENT", syscall: "RTM_DELNEIGH" });
    expect(unknown).to.include({ errnoName: "ENOENT", syscall: "RTM_GETNEIGH" });
    expect(nowhere).to.include({ errnoName: "ENODEV" });
  });

  for (const [what, entry, code] of [
    ["an address with a prefix", { address: "10.0.0.9/24" }, "ERR_CNM_INVALID_ADDRESS"],
    ["a link-layer address of letters", { lladdr: "zz" }, "ERR_CNM_INVALID_ADDRESS"],
    ["a state that is none", { state: "reachabel" }, "ERR_CNM_INVALID_OPTION"],
    ["an unknown option", { mac }, "ERR_CNM_INVALID_OPTION"],
    ["a protocol of 256", { protocol: 256 }, "ERR_CNM_INVALID_OPTION"],
    ["a flag that is a number", { router: 1 }, "ERR_INVALID_ARG_TYPE"],
  ] as const) {
    it(`refuses ${what} before the kernel is asked`, async function () {
      await using netns = await newNetns(this);

      const error = await rejection(
        netns.neighbours.add({ link: "lo", address: "10.0.0.9", ...(entry as object) }),
      );

      expect(error).to.include({ code });
    });
  }
});
