import { expect } from "chai";
import type { Context } from "mocha";
import type { Namespace } from "#lib/netlink.js";
import { newNetns } from "../support/netns.js";
import { ip, type Seen } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";

/** A bridge that is up, with 10.0.0.1/24 and fd00::1/64. */
async function connected(context: Context): Promise<Namespace> {
  const netns = await newNetns(context, "program:ip", "link:bridge", "ipv6");
  await netns.links.add({ kind: "bridge", name: "br0", up: true, addrGenMode: "none" });
  await netns.addresses.add({ link: "br0", address: "10.0.0.1/24" });
  await netns.addresses.add({ link: "br0", address: "fd00::1/64", noDad: true });
  return netns;
}

async function ipRoute(netns: Namespace, ...args: string[]): Promise<Seen | undefined> {
  const family = args.some((word) => word.includes(":")) ? ["-6"] : [];
  const [seen] = await ip(netns, ...family, "route", "show", ...args);
  return seen;
}

describe("Routes", function () {
  it("adds default routes of both families", async function () {
    await using netns = await connected(this);

    await netns.routes.add({ destination: "default", gateway: "10.0.0.254" });
    await netns.routes.add({ destination: "default", gateway: "fd00::fe", link: "br0" });

    const [four] = await ip(netns, "route", "show", "default");
    const [six] = await ip(netns, "-6", "route", "show", "default");
    expect(four).to.include({ gateway: "10.0.0.254", dev: "br0", protocol: "static" });
    expect(six).to.include({ gateway: "fd00::fe", dev: "br0", protocol: "static" });
  });

  it("adds a default route to a link alone, of the family that is said", async function () {
    await using netns = await connected(this);

    await netns.routes.add({ destination: "default", link: "br0" });
    await netns.routes.add({ destination: "default", family: "inet6", link: "br0" });

    const [four] = await ip(netns, "route", "show", "default");
    const [six] = await ip(netns, "-6", "route", "show", "default");
    expect(four).to.include({ dev: "br0", scope: "link" });
    expect(six).to.include({ dev: "br0" });
  });

  it("sets metric, source and MTU", async function () {
    await using netns = await connected(this);

    await netns.routes.add({
      destination: "10.9.0.0/16",
      gateway: "10.0.0.254",
      metric: 50,
      source: "10.0.0.1",
      mtu: 1300,
    });

    const seen = await ipRoute(netns, "10.9.0.0/16");
    expect(seen).to.deep.include({ metric: 50, prefsrc: "10.0.0.1", metrics: [{ mtu: 1300 }] });
  });

  it("puts routes into tables of one byte and of four", async function () {
    await using netns = await connected(this);

    await netns.routes.add({ destination: "10.9.0.0/16", link: "br0", table: 100 });
    await netns.routes.add({ destination: "fd09::/64", link: "br0", table: 70_000 });

    expect(await ipRoute(netns, "10.9.0.0/16", "table", "100")).to.include({ dev: "br0" });
    expect(await ipRoute(netns, "fd09::/64", "table", "70000")).to.include({ dev: "br0" });
    const listed = await netns.routes.list({ table: 70_000 });
    expect(listed.map(({ destination, table }) => [destination, table])).to.deep.equal([
      ["fd09::/64", 70_000],
    ]);
  });

  for (const type of ["blackhole", "unreachable", "prohibit"] as const) {
    it(`adds a ${type} route`, async function () {
      await using netns = await connected(this);

      await netns.routes.add({ destination: "192.0.2.0/24", type });

      expect(await ipRoute(netns, "192.0.2.0/24")).to.include({ type });
    });
  }

  it("adds a route of local addresses, to the local table as ip(8) does", async function () {
    await using netns = await connected(this);

    await netns.routes.add({ destination: "192.0.2.0/24", type: "local", link: "lo" });

    const seen = await ipRoute(netns, "table", "local", "192.0.2.0/24");
    expect(seen).to.include({ type: "local", dev: "lo", scope: "host" });
  });

  it("reaches a gateway off the link where that is said", async function () {
    await using netns = await connected(this);

    await netns.routes.add({
      destination: "10.9.0.0/16",
      gateway: "192.0.2.1",
      link: "br0",
      onlink: true,
    });

    const seen = await ipRoute(netns, "10.9.0.0/16");
    expect(seen).to.include({ gateway: "192.0.2.1" });
    expect(seen?.["flags"]).to.include("onlink");
  });

  it("lists what ip(8) lists, all and by family, table and link", async function () {
    await using netns = await connected(this);
    await netns.routes.add({ destination: "default", gateway: "10.0.0.254" });
    await netns.routes.add({ destination: "default", gateway: "fd00::fe" });

    const four = await netns.routes.list({ family: "inet", table: "main" });
    const six = await netns.routes.list({ family: "inet6", table: "main", link: "br0" });

    expect(four.map(({ destination }) => destination)).to.deep.equal(["default", "10.0.0.0/24"]);
    expect(four[0]).to.deep.include({
      family: "inet",
      gateway: "10.0.0.254",
      table: "main",
      protocol: "static",
      type: "unicast",
      scope: "global",
    });
    expect(four[1]).to.include({ protocol: "kernel", source: "10.0.0.1", scope: "link" });
    expect(six.map(({ destination }) => destination)).to.have.members(["fd00::/64", "default"]);
    const all = await netns.routes.list();
    expect(new Set(all.map(({ table }) => table))).to.deep.equal(new Set(["main", "local"]));
  });

  for (const spec of [
    { destination: "default", gateway: "10.0.0.254" },
    { destination: "default", gateway: "fd00::fe" },
    { destination: "10.9.0.0/16", link: "br0", table: 100, metric: 7 },
    { destination: "fd09::/64", gateway: "fd00::fe", metric: 7 },
    { destination: "192.0.2.0/24", type: "unreachable" },
    { destination: "192.0.2.0/24", type: "local", link: "lo" },
  ] as const) {
    it(`removes ${JSON.stringify(spec)} again`, async function () {
      await using netns = await connected(this);
      const ours = async () => {
        const { destination } = spec;
        const all = await netns.routes.list();
        return all.filter((one) => one.destination === destination && one.protocol === "static");
      };
      await netns.routes.add(spec);
      const between = await ours();

      await netns.routes.delete(spec);

      expect(between).to.have.lengthOf(1);
      expect(await ours()).to.deep.equal([]);
    });
  }

  it("says that there is such a route already", async function () {
    await using netns = await connected(this);
    await netns.routes.add({ destination: "default", gateway: "10.0.0.254" });

    const error = await kernelRefusal(
      netns.routes.add({ destination: "default", gateway: "10.0.0.253" }),
    );

    expect(error).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWROUTE" });
    expect(error.message).to.include("add route to default via 10.0.0.253");
    expect(await ipRoute(netns, "default")).to.include({ gateway: "10.0.0.254" });
  });

  for (const gateway of ["192.0.2.1", "2001:db8::1"]) {
    it(`says that gateway ${gateway} cannot be reached`, async function () {
      await using netns = await connected(this);

      const error = await kernelRefusal(netns.routes.add({ destination: "default", gateway }));

      expect(error.errnoName).to.be.oneOf(["ENETUNREACH", "EHOSTUNREACH", "EINVAL"]);
      expect(error.message).to.include(gateway);
      expect(error.context).to.include({ gateway, destination: "default" });
    });
  }

  it("says that there is no such route", async function () {
    await using netns = await connected(this);

    const error = await kernelRefusal(netns.routes.delete({ destination: "10.9.0.0/16" }));

    expect(error).to.include({ errnoName: "ESRCH", syscall: "RTM_DELROUTE" });
    expect(error.message).to.include("10.9.0.0/16");
  });

  it("says that the link is down", async function () {
    await using netns = await connected(this);
    await netns.links.set("br0", { up: false });

    const error = await kernelRefusal(
      netns.routes.add({ destination: "10.9.0.0/16", link: "br0" }),
    );

    expect(error.errnoName).to.equal("ENETDOWN");
    expect(error.message).to.include("set it up first");
  });

  for (const [what, spec, code] of [
    ["host bits in the destination", { destination: "10.0.0.1/24" }, "ERR_CNM_INVALID_ADDRESS"],
    [
      "an IPv4 gateway of an IPv6 route",
      { destination: "fd09::/64", gateway: "10.0.0.1" },
      "ERR_CNM_INVALID_ADDRESS",
    ],
    ["a table that is 0", { destination: "10.0.0.0/24", table: 0 }, "ERR_CNM_INVALID_OPTION"],
    ["an unknown option", { destination: "default", via: "10.0.0.1" }, "ERR_CNM_INVALID_OPTION"],
  ] as const) {
    it(`refuses ${what} before the kernel is asked`, async function () {
      await using netns = await newNetns(this);

      const error = await cnmRefusal(netns.routes.add(spec as { destination: string }));

      expect(error.code).to.equal(code);
    });
  }
});
