import type { Namespace, RouteSpec } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { newNetns } from "../support/netns.js";
import { ip, runIn, type Seen } from "../support/other-eyes.js";
import { kernelRefusal, rejection } from "../support/rejection.js";
import { needs } from "../support/needs.js";

/** A bridge that is up, with 10.0.0.1/24 and fd00::1/64. */
async function connected(context: Context): Promise<Namespace> {
  const netns = await newNetns(context, "program:ip", "link:bridge", "ipv6");
  await netns.links.add({ kind: "bridge", name: "br0", up: true, addrGenMode: "none" });
  await netns.addresses.add({ link: "br0", address: "10.0.0.1/24" });
  await netns.addresses.add({ link: "br0", address: "fd00::1/64", noDad: true });
  return netns;
}

async function shown(netns: Namespace, ...args: string[]): Promise<readonly Seen[]> {
  const family = args.some((word) => word.includes(":")) ? ["-6"] : [];
  return ip(netns, ...family, "route", "show", ...args);
}

const four = { destination: "10.9.0.0/16", gateway: "10.0.0.254" } as const;
const six = { destination: "fd09::/64", gateway: "fd00::fe" } as const;

describe("Routes: what a route may have", function () {
  it("has metrics, all of them", async function () {
    await using netns = await connected(this);
    const metrics = {
      mtu: 1400,
      advmss: 1300,
      window: 20_000,
      rttMs: 12.5,
      rttVarMs: 2.25,
      rtoMinMs: 30,
      ssthresh: 50,
      cwnd: 20,
      initCwnd: 15,
      initRwnd: 16,
      reordering: 5,
      hopLimit: 9,
      quickAck: true,
      fastOpenNoCookie: true,
      features: ["ecn"],
      locked: ["mtu", "cwnd"],
    } as const;

    await netns.routes.add({ ...four, metrics });

    const [seen] = await shown(netns, "10.9.0.0/16");
    const [seenMetrics] = seen?.["metrics"] as readonly Seen[];
    expect(seenMetrics).to.include({ mtu: 1400, advmss: 1300, window: 20_000, ssthresh: 50 });
    expect(seenMetrics).to.include({ cwnd: 20, initcwnd: 15, initrwnd: 16, reordering: 5 });
    expect(seenMetrics).to.include({ hoplimit: 9, quickack: 1, fastopen_no_cookie: 1 });
    const [route] = await netns.routes.list({ protocol: "static" });
    expect(route?.metrics).to.deep.equal({ ...metrics, locked: ["mtu", "cwnd", "rto_min"] });
    expect(route?.mtu).to.equal(1400);
  });

  it("has an algorithm of congestion control", async function () {
    await using netns = await connected(this);

    await netns.routes.add({ ...six, metrics: { congestion: "reno" } });

    const [route] = await netns.routes.list({ family: "inet6", protocol: "static" });
    expect(route?.metrics).to.deep.include({ congestion: "reno" });
    const { stdout } = await runIn(netns, "ip", "-6", "route", "show", "fd09::/64");
    expect(stdout).to.include("congctl reno");
  });

  for (const spec of [
    {
      destination: "10.9.0.0/16",
      nexthops: [
        { gateway: "10.0.0.2", weight: 3 },
        { gateway: "192.0.2.7", link: "br0", onlink: true },
      ],
    },
    {
      destination: "fd09::/64",
      nexthops: [
        { gateway: "fd00::2", link: "br0", weight: 3 },
        { gateway: "2001:db8::7", link: "br0", onlink: true },
      ],
    },
  ] satisfies RouteSpec[]) {
    it(`has several ways to ${spec.destination}`, async function () {
      await using netns = await connected(this);

      await netns.routes.add(spec);

      const [seen] = await shown(netns, spec.destination);
      const [heavy, light] = spec.nexthops;
      const ways = seen?.["nexthops"] as readonly Seen[];
      expect(ways.map((way) => [way["gateway"], way["weight"]])).to.have.deep.members([
        [heavy?.gateway, 3],
        [light?.gateway, 1],
      ]);
      const [route] = await netns.routes.list({ protocol: "static" });
      const { index } = await netns.links.get("br0");
      expect(route?.nexthops).to.have.deep.members([
        { gateway: heavy?.gateway, link: index, weight: 3, flags: [] },
        { gateway: light?.gateway, link: index, weight: 1, flags: ["onlink"] },
      ]);
      await netns.routes.delete(spec);
      expect(await netns.routes.list({ protocol: "static" })).to.deep.equal([]);
    });
  }

  it("reads the several ways that ip(8) writes", async function () {
    await using netns = await connected(this);
    const way = (address: string) => ["nexthop", "via", address, "dev", "br0", "weight", "2"];

    await runIn(netns, "ip", "route", "add", "10.9.0.0/16", ...way("10.0.0.7"), ...way("10.0.0.8"));

    const [route] = await netns.routes.list({ family: "inet", protocol: "boot" });
    expect(route?.nexthops?.map((one) => [one.gateway, one.weight])).to.deep.equal([
      ["10.0.0.7", 2],
      ["10.0.0.8", 2],
    ]);
  });

  it("goes from IPv4 by an IPv6 gateway, alone and among several", async function () {
    await using netns = await connected(this);

    await netns.routes.add({ destination: "10.8.0.0/16", gateway: "fd00::fe", link: "br0" });
    await netns.routes.add({
      destination: "default",
      family: "inet",
      nexthops: [{ gateway: "fd00::fe", link: "br0" }, { gateway: "10.0.0.9" }],
    });

    const [one] = await shown(netns, "10.8.0.0/16");
    expect(one?.["via"]).to.deep.equal({ family: "inet6", host: "fd00::fe" });
    const [all] = await shown(netns, "default");
    expect((all?.["nexthops"] as readonly Seen[])[0]?.["via"]).to.deep.equal({
      family: "inet6",
      host: "fd00::fe",
    });
    const listed = await netns.routes.list({ family: "inet", protocol: "static" });
    expect(listed.map(({ gateway, nexthops }) => gateway ?? nexthops?.[0]?.gateway)).to.deep.equal([
      "fd00::fe",
      "fd00::fe",
    ]);
  });

  it("has a type of service, a protocol, a preference and an end", async function () {
    await using netns = await connected(this);

    await netns.routes.add({ ...four, tos: 16, protocol: "bird" });
    await netns.routes.add({ ...six, preference: "high", expiresS: 6000, protocol: 77 });

    const [one] = await shown(netns, "10.9.0.0/16");
    const [other] = await shown(netns, "fd09::/64");
    expect(one).to.include({ tos: "0x10", protocol: "bird" });
    expect(other).to.include({ pref: "high", protocol: "77" });
    const [route] = await netns.routes.list({ family: "inet6", protocol: 77 });
    expect(route).to.include({ preference: "high", protocol: 77 });
    expect(route?.expiresS).to.be.within(5000, 6000);
    expect(await netns.routes.list({ protocol: "bird" })).to.have.lengthOf(1);
  });

  it("is for packets from one IPv6 subnet", async function () {
    await using netns = await connected(this);
    const spec = { ...six, from: "fd00::/64" };

    const error = await netns.routes.add(spec).then(
      () => undefined,
      (refused: unknown) => (refused as { code: string }).code,
    );

    expect(error).to.be.oneOf([undefined, "ERR_CNM_KERNEL"]); // it wants CONFIG_IPV6_SUBTREES
    if (error !== undefined) return;
    const [seen] = await shown(netns, "fd09::/64");
    expect(seen).to.include({ from: "fd00::/64" });
    const [route] = await netns.routes.list({ family: "inet6", protocol: "static" });
    expect(route).to.include({ from: "fd00::/64" });
    await netns.routes.delete(spec);
  });

  for (const [type, destination] of [
    ["throw", "192.0.2.0/24"],
    ["broadcast", "192.0.2.255/32"],
    ["multicast", "232.0.0.0/8"],
    ["anycast", "fd00:7::1/128"],
    ["prohibit", "2001:db8::/32"],
  ] as const) {
    it(`has the type ${type}`, async function () {
      await using netns = await connected(this);
      const link = type === "throw" || type === "prohibit" ? {} : { link: "br0" };

      await netns.routes.add({ destination, type, table: 1000, ...link });

      const seen = await shown(netns, destination.replace("/128", ""), "table", "1000");
      expect(seen[0]).to.include({ type });
      expect((await netns.routes.list({ table: 1000, type })).map((one) => one.type)).to.deep.equal(
        [type],
      );
    });
  }
});

describe("Routes: replace, change, append", function () {
  it("replace one, whether it is there or not", async function () {
    await using netns = await connected(this);

    await netns.routes.replace(four);
    await netns.routes.replace({ ...four, gateway: "10.0.0.253" });

    const seen = await shown(netns, "10.9.0.0/16");
    expect(seen.map((one) => one["gateway"])).to.deep.equal(["10.0.0.253"]);
  });

  it("change one that is there, and only such", async function () {
    await using netns = await connected(this);

    const error = await kernelRefusal(netns.routes.change(four));
    await netns.routes.add(four);
    await netns.routes.change({ ...four, mtu: 1300 });

    expect(error).to.include({ errnoName: "ENOENT", syscall: "RTM_NEWROUTE" });
    expect((await shown(netns, "10.9.0.0/16"))[0]?.["metrics"]).to.deep.equal([{ mtu: 1300 }]);
  });

  it("append one behind another, and a way to one of IPv6", async function () {
    await using netns = await connected(this);
    await netns.routes.add(four);
    await netns.routes.add(six);

    await netns.routes.append({ ...four, gateway: "10.0.0.253" });
    await netns.routes.append({ ...six, gateway: "fd00::fd" });

    const seen = await shown(netns, "10.9.0.0/16");
    expect(seen.map((one) => one["gateway"])).to.deep.equal(["10.0.0.254", "10.0.0.253"]);
    const [route] = await netns.routes.list({ family: "inet6", protocol: "static" });
    expect(route?.nexthops?.map((one) => one.gateway)).to.have.members(["fd00::fe", "fd00::fd"]);
  });

  it("add many at once", async function () {
    await using netns = await connected(this);
    const many = Array.from({ length: 300 }, (_, at) => ({
      destination: `10.${50 + (at >> 8)}.${at & 255}.0/24`,
      gateway: "10.0.0.254",
    }));
    await netns.routes.add(many[40] ?? four);

    const error = await rejection(netns.routes.addMany(many));

    expect((error as AggregateError).errors).to.have.lengthOf(1);
    expect(error.message).to.include("add routes: 10.50.40.0/24 via 10.0.0.254");
    expect(await netns.routes.list({ protocol: "static" })).to.have.lengthOf(300);
  });
});

describe("Routes#lookup", function () {
  it("says which way packets go, as ip(8) does", async function () {
    await using netns = await connected(this);
    await netns.routes.add({ destination: "default", gateway: "10.0.0.254", mtu: 1300 });

    const route = await netns.routes.lookup("192.0.2.9");

    const [seen] = await ip(netns, "route", "get", "192.0.2.9");
    expect(seen).to.include({ gateway: route.gateway, prefsrc: route.source });
    expect(route).to.deep.include({
      destination: "192.0.2.9/32",
      gateway: "10.0.0.254",
      source: "10.0.0.1",
      link: (await netns.links.get("br0")).index,
      table: "main",
      type: "unicast",
    });
  });

  it("gives the entry that is matched", async function () {
    await using netns = await connected(this);
    await netns.routes.add({ ...six, metric: 77 });

    const route = await netns.routes.lookup("fd09::7", { match: true });

    expect(route).to.include({ destination: "fd09::/64", metric: 77, gateway: "fd00::fe" });
  });

  it("asks for a packet with a mark, a source and ports", async function () {
    await using netns = await connected(this);
    await netns.routes.add({ ...four, destination: "default", table: 100 });
    const to = "192.0.2.9";
    const via = async (whose: Parameters<typeof netns.routes.lookup>[1]) =>
      netns.routes.lookup(to, whose).then(
        ({ table }) => table,
        (error: unknown) => (error as { errnoName: string }).errnoName,
      );
    await netns.rules.add({ mark: 7, table: 100 });
    await netns.rules.add({ ipProtocol: "tcp", destinationPorts: 443, table: 100 });
    await netns.rules.add({ oif: "br0", table: 100 });

    expect(await via({})).to.equal("ENETUNREACH");
    expect(await via({ mark: 7 })).to.equal(100);
    expect(await via({ ipProtocol: "tcp", destinationPort: 443 })).to.equal(100);
    expect(await via({ ipProtocol: "tcp", sourcePort: 443 })).to.equal("ENETUNREACH");
    expect(await via({ oif: "br0" })).to.equal(100);
    expect(await via({ from: "10.0.0.1", mark: 7 })).to.equal(100);
  });

  it("asks for a packet of an owner", async function () {
    needs(this, "root"); // a user namespace maps no others
    await using netns = await connected(this);
    await netns.routes.add({ destination: "192.0.2.0/24", gateway: "10.0.0.9", table: 100 });
    await netns.rules.add({ uids: { start: 1000, end: 1001 }, table: 100 });

    const { table } = await netns.routes.lookup("192.0.2.9", { uid: 1001 });

    expect(table).to.equal(100);
  });

  it("asks for a packet that comes in", async function () {
    await using netns = await connected(this);
    await netns.sysctl.set("net.ipv4.ip_forward", 1);
    await netns.routes.add({ ...four, destination: "default" });

    const route = await netns.routes.lookup("192.0.2.9", { iif: "br0", from: "10.0.0.77" });

    expect(route).to.include({ gateway: "10.0.0.254" });
  });

  it("says that there is no way", async function () {
    await using netns = await connected(this);
    await netns.routes.add({ destination: "2001:db8::/32", type: "unreachable" });

    const error = await kernelRefusal(netns.routes.lookup("192.0.2.9"));
    const outcome = await netns.routes.lookup("2001:db8::1").then(
      ({ type }) => type,
      (refused: unknown) => (refused as { errnoName: string }).errnoName,
    );

    expect(error).to.include({ errnoName: "ENETUNREACH", syscall: "RTM_GETROUTE" });
    expect(error.message).to.include("look up route to 192.0.2.9");
    expect(outcome).to.be.oneOf(["unreachable", "EHOSTUNREACH"]);
  });
});

describe("Routes: refused before the kernel is asked", function () {
  for (const [what, spec, code] of [
    ["no ways at all", { nexthops: [] }, "ERR_CNM_INVALID_OPTION"],
    ["ways beside a gateway", { nexthops: [{}], gateway: "10.0.0.2" }, "ERR_CNM_INVALID_OPTION"],
    ["a nexthop beside a link", { nexthopId: 1, link: "lo" }, "ERR_CNM_INVALID_OPTION"],
    ["a weight of 257", { nexthops: [{ weight: 257 }] }, "ERR_CNM_INVALID_OPTION"],
    ["IPv4 from a subnet", { from: "10.0.0.0/8" }, "ERR_CNM_INVALID_OPTION"],
    ["an MTU twice", { mtu: 1400, metrics: { mtu: 1300 } }, "ERR_CNM_INVALID_OPTION"],
    ["a metric that is none", { metrics: { mtuu: 1300 } }, "ERR_CNM_INVALID_OPTION"],
    ["a third of a millisecond", { metrics: { rttMs: 1 / 3 } }, "ERR_CNM_INVALID_OPTION"],
    ["a type of service of 256", { tos: 256 }, "ERR_CNM_INVALID_OPTION"],
    ["a source of the other family", { source: "fd00::1" }, "ERR_CNM_INVALID_ADDRESS"],
    ["a list that is none", { nexthops: "10.0.0.1" }, "ERR_INVALID_ARG_TYPE"],
  ] as const) {
    it(`refuses ${what}`, async function () {
      await using netns = await newNetns(this);

      const error = await rejection(
        netns.routes.add({ destination: "10.9.0.0/16", ...(spec as object) }),
      );

      expect(error).to.include({ code });
    });
  }
});
