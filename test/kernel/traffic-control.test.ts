import type { Namespace, QdiscSpec, TrafficFilterSpec } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { newNetns } from "../support/netns.js";
import type { Need } from "../support/needs.js";
import { runIn, tc, type Seen } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";

/** A veth pair that is up, `a0` and `b0`. */
async function wired(context: Context, ...more: readonly Need[]): Promise<Namespace> {
  const netns = await newNetns(context, "program:tc", "link:veth", ...more);
  await netns.links.add({
    kind: "veth",
    name: "a0",
    up: true,
    addrGenMode: "none",
    peer: { name: "b0" },
  });
  await netns.links.set("b0", { up: true, addrGenMode: "none" });
  return netns;
}

async function tcQdiscs(netns: Namespace): Promise<readonly Seen[]> {
  return tc(netns, "qdisc", "show", "dev", "a0");
}

async function tcRun(netns: Namespace, command: string): Promise<void> {
  const { code, stderr } = await runIn(netns, "tc", ...command.split(" "));
  if (code !== 0) throw new Error(`tc ${command}: ${stderr}`);
}

/** What tc(8) shows of each, and what we read back; `needs` where not every kernel has it. */
const qdiscs: Readonly<
  Record<string, { spec: QdiscSpec; tc: string; seen: object; read?: object; needs?: Need }>
> = {
  "tbf with a latency": {
    spec: {
      kind: "tbf",
      link: "a0",
      rateBitsPerSecond: 8_000_000,
      burstBytes: 10_000,
      latencyMs: 50,
      handle: "5:",
    },
    tc: "root handle 5: tbf rate 8mbit burst 10000 latency 50ms",
    seen: { rate: 1_000_000, burst: 10_000, lat: 50_000 },
    read: { kind: "tbf", rateBitsPerSecond: 8_000_000, burstBytes: 10_000, limitBytes: 60_000 },
  },
  "tbf with more than 32 bits of bytes per second, and a peak": {
    spec: {
      kind: "tbf",
      link: "a0",
      rateBitsPerSecond: 40_000_000_000,
      burstBytes: 64_000_000,
      limitBytes: 1_000_000,
      peakRateBitsPerSecond: 80_000_000_000,
      peakBurstBytes: 64_000,
    },
    tc: "root tbf rate 40gbit burst 64000000 limit 1000000 peakrate 80gbit mtu 64000",
    seen: { rate: 5_000_000_000 },
    read: {
      kind: "tbf",
      rateBitsPerSecond: 40_000_000_000,
      burstBytes: 63_999_680, // kept as a time, in ticks of 64 ns
      limitBytes: 1_000_000,
      peakRateBitsPerSecond: 80_000_000_000,
      peakBurstBytes: 63_360,
    },
  },
  "htb with a default class": {
    spec: { kind: "htb", link: "a0", handle: "1:", defaultClass: "1:30", rateToQuantum: 20 },
    tc: "root handle 1: htb default 30 r2q 20",
    seen: { r2q: 20, default: "0x30" },
    read: { kind: "htb", defaultClass: "1:30", rateToQuantum: 20, directQueueLength: 1000 },
  },
  pfifo: {
    spec: { kind: "pfifo", link: "a0", limit: 7 },
    tc: "root pfifo limit 7",
    seen: { limit: 7 },
    read: { kind: "pfifo", limit: 7 },
  },
  bfifo: {
    spec: { kind: "bfifo", link: "a0", limit: 7000 },
    tc: "root bfifo limit 7000",
    seen: { limit: 7000 },
    read: { kind: "bfifo", limit: 7000 },
  },
  noqueue: { spec: { kind: "noqueue", link: "a0" }, tc: "root noqueue", seen: {} },
  ingress: { spec: { kind: "ingress", link: "a0" }, tc: "ingress", seen: {} },
  clsact: { spec: { kind: "clsact", link: "a0" }, tc: "clsact", seen: {} },
  netem: {
    spec: {
      kind: "netem",
      link: "a0",
      delayMs: 12.8,
      jitterMs: 2,
      delayCorrelationPercent: 25,
      lossPercent: 1.5,
      duplicatePercent: 1,
      corruptPercent: 0.5,
      reorderPercent: 10,
      gap: 5,
      rateBitsPerSecond: 80_000_000,
      limitPackets: 99,
    },
    tc: "root netem limit 99 delay 12.8ms 2ms 25% loss 1.5% duplicate 1% corrupt 0.5% reorder 10% gap 5 rate 80mbit",
    seen: {
      limit: 99,
      delay: { delay: 0.0128, jitter: 0.002, correlation: 0.25 },
      "loss-random": { loss: 0.015, correlation: 0 },
      duplicate: { duplicate: 0.01, correlation: 0 },
      corrupt: { corrupt: 0.005, correlation: 0 },
      reorder: { reorder: 0.1, correlation: 0 },
      gap: 5,
    },
    read: {
      kind: "netem",
      delayMs: 12.8,
      jitterMs: 2,
      delayCorrelationPercent: 25,
      lossPercent: 1.5,
      lossCorrelationPercent: 0,
      duplicatePercent: 1,
      corruptPercent: 0.5,
      reorderPercent: 10,
      gap: 5,
      rateBitsPerSecond: 80_000_000,
      limitPackets: 99,
    },
    needs: "tc:netem",
  },
  fq_codel: {
    spec: {
      kind: "fq_codel",
      link: "a0",
      limitPackets: 500,
      flows: 64,
      targetUs: 4000,
      intervalUs: 80_000,
      quantumBytes: 1514,
      memoryLimitBytes: 1_000_000,
      ecn: false,
    },
    tc: "root fq_codel limit 500 flows 64 target 4ms interval 80ms quantum 1514 memory_limit 1000000 noecn",
    seen: { limit: 500, flows: 64, quantum: 1514 },
    read: {
      kind: "fq_codel",
      limitPackets: 500,
      flows: 64,
      targetUs: 3999, // kept in units of 1024 ns
      intervalUs: 80_000,
      quantumBytes: 1514,
      memoryLimitBytes: 1_000_000,
      ecn: false,
    },
    needs: "tc:fq_codel",
  },
  fq: {
    spec: {
      kind: "fq",
      link: "a0",
      limitPackets: 500,
      flowLimitPackets: 50,
      quantumBytes: 3000,
      initialQuantumBytes: 15_000,
      pacing: true,
      flowMaxRateBitsPerSecond: 8_000_000,
    },
    tc: "root fq limit 500 flow_limit 50 quantum 3000 initial_quantum 15000 pacing maxrate 8mbit",
    seen: { limit: 500, flow_limit: 50, maxrate: 1_000_000 },
    read: {
      kind: "fq",
      limitPackets: 500,
      flowLimitPackets: 50,
      quantumBytes: 3000,
      initialQuantumBytes: 15_000,
      pacing: true,
      flowMaxRateBitsPerSecond: 8_000_000,
    },
    needs: "tc:fq",
  },
};

describe("Qdiscs", function () {
  for (const [what, { spec, tc: command, seen, read, needs = "link:veth" }] of Object.entries(
    qdiscs,
  )) {
    const parent = ["ingress", "clsact"].includes(spec.kind) ? "ingress" : "root";

    it(`makes ${what} as tc(8) shows it`, async function () {
      await using netns = await wired(this, needs);

      const made = await netns.qdiscs.add(spec);

      const shown = (await tcQdiscs(netns)).find(({ kind }) => kind === spec.kind);
      expect(shown?.["options"]).to.deep.include(seen);
      expect(made).to.include({ kind: spec.kind, parent });
      expect(made.options).to.deep.equal(read);
      if (spec.kind !== "noqueue") expect(made.handle).to.equal(shown?.["handle"]);
    });

    it(`reads ${what} that tc(8) has made`, async function () {
      await using netns = await wired(this, needs);
      await tcRun(netns, `qdisc add dev a0 ${command}`);

      const [found] = await netns.qdiscs.list({ link: "a0", kind: spec.kind });

      expect(found).to.include({ kind: spec.kind, parent });
      expect(found?.options).to.deep.equal(read);
    });

    it(`removes ${what} again`, async function () {
      await using netns = await wired(this, needs);
      const before = await netns.qdiscs.list();
      await netns.qdiscs.add(spec);

      await netns.qdiscs.delete({ link: "a0", parent });

      const after = await netns.qdiscs.list();
      const kinds = (list: typeof before) => list.map(({ link, kind }) => `${link} ${kind}`);
      expect(kinds(after)).to.deep.equal(kinds(before));
    });
  }

  it("lists those of all links, of one by name and by index, and of one kind", async function () {
    await using netns = await wired(this);
    const { link } = await netns.qdiscs.add({ kind: "pfifo", link: "a0", limit: 5 });
    await netns.qdiscs.add({ kind: "clsact", link: "b0" });

    const all = await netns.qdiscs.list();
    const named = await netns.qdiscs.list({ link: "a0" });

    const b0 = (await netns.links.get("b0")).index;
    expect(all.map((one) => `${one.link} ${one.kind}`)).to.include.members([
      `${link} pfifo`,
      `${b0} clsact`,
    ]);
    expect(named.map(({ kind }) => kind)).to.deep.equal(["pfifo"]);
    expect(await netns.qdiscs.list({ link })).to.deep.equal(named);
    expect(await netns.qdiscs.list({ kind: "clsact" })).to.have.lengthOf(1);
    const error = await kernelRefusal(netns.qdiscs.list({ link: "none" }));
    expect(error.errnoName).to.equal("ENODEV");
  });

  it("adds no second one of a kind or a handle, and replaces where that is said", async function () {
    await using netns = await wired(this);
    const tbf = { kind: "tbf", link: "a0", rateBitsPerSecond: 8000, burstBytes: 2000 } as const;
    await netns.qdiscs.add({ kind: "pfifo", link: "a0", handle: "3:", limit: 5 });

    const kind = await kernelRefusal(netns.qdiscs.add({ kind: "pfifo", link: "a0", limit: 6 }));
    const handle = await kernelRefusal(
      netns.qdiscs.add({ ...tbf, handle: "4:", limitBytes: 2000 }),
    );
    const made = await netns.qdiscs.replace({ ...tbf, limitBytes: 2000 });
    await netns.qdiscs.replace({ ...tbf, handle: made.handle, limitBytes: 3000 });

    expect(kind).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWQDISC" });
    expect(handle.errnoName).to.equal("EEXIST");
    expect(made.kind).to.equal("tbf");
    const [left, ...others] = await netns.qdiscs.list({ link: "a0" });
    expect(others).to.deep.equal([]);
    expect(left?.options).to.include({ kind: "tbf", limitBytes: 3000 });
  });

  it("says that there is nothing to remove", async function () {
    await using netns = await wired(this);

    const error = await kernelRefusal(netns.qdiscs.delete({ link: "a0" }));

    expect(error.syscall).to.equal("RTM_DELQDISC");
    expect(error.errnoName).to.be.oneOf(["ENOENT", "EINVAL"]);
    expect(error.message).to.include("delete root qdisc of a0");
  });

  for (const [what, spec] of [
    ["no limit", { kind: "tbf", rateBitsPerSecond: 8000, burstBytes: 1 }],
    [
      "two limits",
      { kind: "tbf", rateBitsPerSecond: 8000, burstBytes: 1, limitBytes: 1, latencyMs: 1 },
    ],
    [
      "a peak rate without a burst",
      { kind: "tbf", rateBitsPerSecond: 8, burstBytes: 1, limitBytes: 1, peakRateBitsPerSecond: 9 },
    ],
    ["a rate of nothing", { kind: "tbf", rateBitsPerSecond: 7, burstBytes: 1, limitBytes: 1 }],
    ["a class for a handle", { kind: "htb", handle: "1:1" }],
    ["a handle for a default class", { kind: "htb", defaultClass: "30" }],
    ["more than everything lost", { kind: "netem", lossPercent: 101 }],
    ["an unknown kind", { kind: "cbq" }],
    ["a parent of ingress", { kind: "ingress", parent: "1:1" }],
  ] as const) {
    it(`refuses ${what} before the kernel is asked`, async function () {
      await using netns = await newNetns(this);

      const error = await cnmRefusal(
        netns.qdiscs.add({ link: "lo", ...spec } as unknown as QdiscSpec),
      );

      expect(error.code).to.equal("ERR_CNM_INVALID_OPTION");
    });
  }
});

describe("TrafficClasses", function () {
  it("makes, changes and removes classes of htb", async function () {
    await using netns = await wired(this);
    await netns.qdiscs.add({ kind: "htb", link: "a0", handle: "1:", defaultClass: "1:10" });
    const top = { kind: "htb", link: "a0", parent: "1:", classid: "1:1" } as const;

    const made = await netns.trafficClasses.add({ ...top, rateBitsPerSecond: 80_000_000 });
    await netns.trafficClasses.add({
      ...top,
      parent: "1:1",
      classid: "1:10",
      rateBitsPerSecond: 8_000_000,
      ceilBitsPerSecond: 48_000_000_000,
      burstBytes: 15_000,
      ceilBurstBytes: 6_000_000,
      priority: 3,
      quantumBytes: 1514,
    });

    expect(made).to.include({ classid: "1:1", parent: "root", kind: "htb" });
    const { stdout } = await runIn(netns, "tc", "class", "show", "dev", "a0");
    expect(stdout).to.match(
      /class htb 1:10 parent 1:1 .*prio 3 rate 8Mbit ceil 48Gbit burst 15000b cburst (?:6000000b|5\d{6}b)/,
    );
    const [, inner] = (await netns.trafficClasses.list("a0")).toSorted((a, b) =>
      a.classid.localeCompare(b.classid),
    );
    expect(inner).to.include({ classid: "1:10", parent: "1:1", leaf: undefined });
    expect(inner?.options).to.deep.equal({
      kind: "htb",
      rateBitsPerSecond: 8_000_000,
      ceilBitsPerSecond: 48_000_000_000,
      burstBytes: 15_000,
      ceilBurstBytes: 6_000_000,
      priority: 3,
      quantumBytes: 1514,
    });

    await netns.trafficClasses.replace({
      ...top,
      parent: "1:1",
      classid: "1:10",
      rateBitsPerSecond: 16_000_000,
    });
    const busy = await kernelRefusal(netns.trafficClasses.delete({ link: "a0", classid: "1:1" }));
    await netns.trafficClasses.delete({ link: "a0", classid: "1:10" });

    expect(busy).to.include({ errnoName: "EBUSY", syscall: "RTM_DELTCLASS" });
    expect(await netns.trafficClasses.list("a0")).to.have.lengthOf(1);
  });

  it("reads a class that tc(8) has made, and the qdisc within", async function () {
    await using netns = await wired(this);
    await tcRun(netns, "qdisc add dev a0 root handle 1: htb");
    await tcRun(netns, "class add dev a0 parent 1: classid 1:a htb rate 8mbit burst 20k prio 1");
    await netns.qdiscs.add({ kind: "pfifo", link: "a0", parent: "1:a", handle: "7:", limit: 9 });

    const [found] = await netns.trafficClasses.list("a0");

    expect(found).to.include({ classid: "1:a", leaf: "7:" });
    expect(found?.options).to.include({ rateBitsPerSecond: 8_000_000, burstBytes: 20_480 });
  });

  it("says that there is no such parent", async function () {
    await using netns = await wired(this);

    const error = await kernelRefusal(
      netns.trafficClasses.add({
        kind: "htb",
        link: "a0",
        parent: "9:",
        classid: "9:1",
        rateBitsPerSecond: 8000,
      }),
    );

    expect(error).to.include({ syscall: "RTM_NEWTCLASS" });
  });
});

describe("TrafficFilters", function () {
  it("matches addresses, subnets, protocols and ports of both families by u32", async function () {
    await using netns = await wired(this);
    await netns.qdiscs.add({ kind: "htb", link: "a0", handle: "1:" });
    const where = { kind: "u32", link: "a0", parent: "1:", classid: "1:5" } as const;

    const four = await netns.trafficFilters.add({
      ...where,
      priority: 10,
      match: {
        source: "10.0.0.0/9",
        destination: "192.0.2.1",
        ipProtocol: "tcp",
        destinationPort: 80,
      },
    });
    await netns.trafficFilters.add({
      ...where,
      priority: 11,
      match: { source: "fd00::/33", ipProtocol: "udp", sourcePort: 53 },
    });
    await netns.trafficFilters.add({ ...where, priority: 12 });

    expect(four).to.include({ kind: "u32", parent: "1:", protocol: "ip", priority: 10 });
    expect(four).to.include({ classid: "1:5", chain: 0 });
    expect(four.handle).to.equal(0x8000_0800);
    const { stdout } = await runIn(netns, "tc", "filter", "show", "dev", "a0");
    for (const key of [
      ...["0a000000/ff800000 at 12", "c0000201/ffffffff at 16", "00060000/00ff0000 at 8"],
      ...["05000000/0f000000 at 0", "00000000/00001fff at 4", "00000050/0000ffff at 20"],
      ...["fd000000/ffffffff at 8", "00000000/80000000 at 12", "00001100/0000ff00 at 4"],
      ...["00350000/ffff0000 at 40", "00000000/00000000 at 0"],
    ]) {
      expect(stdout).to.include(`match ${key}`);
    }
    const listed = await netns.trafficFilters.list({ link: "a0", parent: "1:" });
    expect(listed.map(({ protocol, priority }) => `${protocol} ${priority}`)).to.deep.equal([
      ...["ip 10", "ipv6 11", "all 12"],
    ]);
    expect(listed[0]).to.deep.equal(four);
    expect(four.keys?.[0]).to.deep.equal({ offset: 12, mask: 0xff80_0000, value: 0x0a00_0000 });
  });

  it("removes one filter, those of a priority, and all", async function () {
    await using netns = await wired(this);
    await netns.qdiscs.add({ kind: "clsact", link: "a0" });
    const where = { kind: "u32", link: "a0", parent: "egress" } as const;
    const add = (priority: number, destination: string) =>
      netns.trafficFilters.add({ ...where, priority, match: { destination } });
    const first = await add(1, "10.0.0.1");
    for (const last of [2, 3]) await add(1, `10.0.0.${last}`);
    for (const priority of [2, 3]) await add(priority, "10.0.0.9");
    const { parent, link } = where;
    const left = async () =>
      (await netns.trafficFilters.list({ link, parent })).map(({ priority }) => priority);

    const { handle } = first;
    await netns.trafficFilters.delete({ link, parent, priority: 1, protocol: "ip", handle });
    expect(await left()).to.deep.equal([1, 1, 2, 3]);
    await netns.trafficFilters.delete({ link, parent, priority: 1, protocol: "ip" });
    expect(await left()).to.deep.equal([2, 3]);
    await netns.trafficFilters.delete({ link, parent });
    expect(await left()).to.deep.equal([]);
    expect(await netns.trafficFilters.list({ link, parent: "ingress" })).to.deep.equal([]);
  });

  it("redirects and mirrors, as tc(8) shows it", async function () {
    await using netns = await wired(this);
    await netns.qdiscs.add({ kind: "ingress", link: "a0" });

    const made = await netns.trafficFilters.add({
      kind: "u32",
      link: "a0",
      parent: "ingress",
      actions: [
        { kind: "mirred", action: "mirror", link: "lo", direction: "ingress" },
        { kind: "mirred", action: "redirect", link: "b0" },
      ],
    });

    const b0 = (await netns.links.get("b0")).index;
    expect(made.actions).to.have.lengthOf(2);
    expect(made.actions[0]).to.include({ action: "mirror", direction: "ingress", link: 1 });
    expect(made.actions[1]).to.include({ action: "redirect", direction: "egress", link: b0 });
    const { stdout } = await runIn(netns, "tc", "filter", "show", "dev", "a0", "ingress");
    expect(stdout).to.match(/mirred \(Ingress Mirror to device lo\) pipe/);
    expect(stdout).to.match(/mirred \(Egress Redirect to device b0\) stolen/);
  });

  it("takes all packets by matchall, as tc(8) shows it", async function () {
    await using netns = await wired(this, "tc:matchall");
    await netns.qdiscs.add({ kind: "clsact", link: "a0" });

    await netns.trafficFilters.add({
      kind: "matchall",
      link: "a0",
      parent: "egress",
      protocol: "arp",
      priority: 4,
      actions: [{ kind: "mirred", action: "mirror", link: "b0" }],
    });

    const [, shown] = await tc(netns, "filter", "show", "dev", "a0", "egress");
    expect(shown).to.include({ kind: "matchall", protocol: "arp", pref: 4 });
    const [read] = await netns.trafficFilters.list({ link: "a0", parent: "egress" });
    expect(read).to.include({ kind: "matchall", protocol: "arp", priority: 4, parent: "egress" });
  });

  it("polices and drops, as tc(8) shows it", async function () {
    await using netns = await wired(this, "tc:matchall", "tc:police", "tc:gact");
    await netns.qdiscs.add({ kind: "clsact", link: "a0" });
    const where = { kind: "matchall", link: "a0", parent: "ingress" } as const;

    const policed = await netns.trafficFilters.add({
      ...where,
      priority: 1,
      actions: [{ kind: "police", rateBitsPerSecond: 8_000_000, burstBytes: 10_000 }],
    });
    await netns.trafficFilters.add({
      ...where,
      priority: 2,
      actions: [{ kind: "gact", control: "drop" }],
    });

    expect(policed.actions[0]).to.deep.include({
      kind: "police",
      rateBitsPerSecond: 8_000_000,
      burstBytes: 10_000,
      exceed: "drop",
    });
    const { stdout } = await runIn(netns, "tc", "filter", "show", "dev", "a0", "ingress");
    expect(stdout).to.match(/police 0x\w+ rate 8Mbit burst \d+K?b mtu \S+ action drop/);
    expect(stdout).to.match(/gact action drop/);
    const listed = await netns.trafficFilters.list({ link: "a0", parent: "ingress" });
    expect(listed[1]?.actions[0]).to.include({ kind: "gact", control: "drop" });
  });

  for (const [what, spec] of [
    ["ports without a protocol", { match: { destinationPort: 80 } }],
    ["ports of ICMP", { match: { ipProtocol: "icmp", destinationPort: 80 } }],
    ["two families", { match: { source: "10.0.0.1", destination: "fd00::1" } }],
    ["a family that is not the protocol's", { protocol: "ipv6", match: { source: "10.0.0.1" } }],
    ["addresses in ARP", { protocol: "arp", match: { source: "10.0.0.1" } }],
    ["33 actions", { actions: Array(33).fill({ kind: "gact", control: "pass" }) }],
    ["a parent that is none", { parent: "root" }],
  ] as const) {
    it(`refuses ${what} before the kernel is asked`, async function () {
      await using netns = await newNetns(this);
      const all = { kind: "u32", link: "lo", parent: "1:", ...spec };

      const error = await cnmRefusal(netns.trafficFilters.add(all as unknown as TrafficFilterSpec));

      expect(error.code).to.equal("ERR_CNM_INVALID_OPTION");
    });
  }

  it("wants a priority with a handle", async function () {
    await using netns = await newNetns(this);

    const error = await cnmRefusal(
      netns.trafficFilters.delete({ link: "lo", parent: "1:", handle: 1 }),
    );

    expect(error.context).to.include({ field: "priority" });
  });
});
