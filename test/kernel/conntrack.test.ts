import type { Flow, FlowFilter, FlowSpec, FlowTuple, Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { flowBetween, tracked, type FlowProtocol } from "../support/flows.js";
import { newNetns } from "../support/netns.js";
import { runIn } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";

const web: FlowTuple = {
  source: "10.0.0.1",
  destination: "10.0.0.2",
  protocol: "tcp",
  sourcePort: 40_000,
  destinationPort: 80,
};
const dns: FlowTuple = { ...web, protocol: "udp", sourcePort: 40_001, destinationPort: 53 };
const dns6: FlowTuple = { ...dns, source: "fd00::1", destination: "fd00::2" };
const echo: FlowTuple = {
  source: "10.0.0.3",
  destination: "10.0.0.2",
  protocol: "icmp",
  icmp: { id: 7, type: 8, code: 0 },
};

function flowOf(original: FlowTuple, more: Partial<FlowSpec> = {}): FlowSpec {
  return { original, timeoutS: 600, ...more };
}

async function table(context: Context): Promise<Namespace> {
  return newNetns(context, "program:conntrack");
}

/** What conntrack(8) prints, a line a flow. */
async function conntrack(netns: Namespace, ...args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runIn(netns, "conntrack", ...args);
  if (code !== 0 && !/0 flow entries/.test(stderr)) throw new Error(stderr);
  return stdout.split("\n").filter((line) => line !== "");
}

/** Both families: conntrack(8) lists one at a time. */
async function all(netns: Namespace): Promise<readonly string[]> {
  const four = await conntrack(netns, "-L", "-o", "extended,id");
  return [...four, ...(await conntrack(netns, "-L", "-f", "ipv6", "-o", "extended,id"))];
}

const ends = (flows: readonly Flow[]) =>
  flows.map(({ original: { protocol, source } }) => `${protocol} ${source}`).sort();

describe("Conntrack", function () {
  it("adds flows of TCP, UDP, ICMP and IPv6 as conntrack(8) shows them", async function () {
    await using netns = await table(this);

    await netns.conntrack.add(
      flowOf(web, { mark: 7, status: ["assured", "seen_reply"], tcpState: "established" }),
    );
    await netns.conntrack.add(flowOf(dns6));
    await netns.conntrack.add(flowOf(echo));
    await netns.conntrack.add(flowOf(dns, { zone: 9 }));

    const lines = (await all(netns)).join("\n");
    expect(lines).to.match(
      /tcp +6 (?:599|600) ESTABLISHED src=10\.0\.0\.1 dst=10\.0\.0\.2 sport=40000 dport=80 src=10\.0\.0\.2 dst=10\.0\.0\.1 sport=80 dport=40000 \[ASSURED\] mark=7/,
    );
    expect(lines).to.match(
      /udp +17 \d+ src=fd00::1 dst=fd00::2 sport=40001 dport=53 \[UNREPLIED\]/,
    );
    expect(lines).to.match(
      /icmp +1 \d+ src=10\.0\.0\.3 dst=10\.0\.0\.2 type=8 code=0 id=7 \[UNREPLIED\] src=10\.0\.0\.2 dst=10\.0\.0\.3 type=0 code=0 id=7/,
    );
    expect(lines).to.match(/udp .*sport=40001 dport=53 .*zone=9/);
  });

  it("adds flows with NAT, to an address and to a range of ports", async function () {
    await using netns = await table(this);

    await netns.conntrack.add(
      flowOf(web, { destinationNat: { address: "172.18.0.2", port: 8080 } }),
    );
    await netns.conntrack.add(
      flowOf(dns, { sourceNat: { address: "192.0.2.1", port: 50_000, lastPort: 50_007 } }),
    );

    const lines = (await all(netns)).join("\n");
    expect(lines).to.match(/dport=80 \[UNREPLIED\] src=172\.18\.0\.2 dst=10\.0\.0\.1 sport=8080/);
    const natted = await netns.conntrack.list({ status: ["src_nat"] });
    expect(natted).to.have.lengthOf(1);
    expect(natted[0]?.reply).to.include({ source: "10.0.0.2", destination: "192.0.2.1" });
    expect(natted[0]?.reply.destinationPort).to.be.within(50_000, 50_007);
    expect((await netns.conntrack.list({ status: ["dst_nat"] }))[0]?.reply).to.include({
      source: "172.18.0.2",
      sourcePort: 8080,
    });
  });

  it("lists what conntrack(8) has added", async function () {
    await using netns = await table(this);
    const where = "-s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 40000 --dport 80";
    const how = "-t 600 -w 3 --state SYN_SENT -u SEEN_REPLY,FIXED_TIMEOUT -m 5";
    await conntrack(netns, "-I", ...where.split(" "), ...how.split(" "));

    const [flow, ...others] = await netns.conntrack.list();

    expect(others).to.deep.equal([]);
    expect(flow).to.deep.include({
      family: "inet",
      original: web,
      reply: {
        source: "10.0.0.2",
        destination: "10.0.0.1",
        protocol: "tcp",
        sourcePort: 80,
        destinationPort: 40_000,
      },
      zone: 3,
      mark: 5,
      tcpState: "syn_sent",
      counters: undefined,
      helper: undefined,
    });
    expect(flow?.status).to.deep.equal(["seen_reply", "confirmed", "fixed_timeout"]);
    expect(flow?.timeoutS).to.be.within(595, 600);
    expect((await all(netns)).join()).to.include(`id=${String(flow?.id)}`);
  });

  it("gets a flow by either tuple, and in its zone alone", async function () {
    await using netns = await table(this);
    await netns.conntrack.add(flowOf(web, { zone: 5, mark: 1 }));
    const [listed] = await netns.conntrack.list();

    const forth = await netns.conntrack.get({ original: web, zone: 5 });
    const back = await netns.conntrack.get({ reply: (listed as Flow).reply, zone: 5 });
    const error = await kernelRefusal(netns.conntrack.get({ original: web }));

    expect(forth.id).to.equal(listed?.id);
    expect(back.original).to.deep.equal(web);
    expect(error).to.include({ errnoName: "ENOENT", syscall: "IPCTNL_MSG_CT_GET" });
    expect(error.message).to.include("get flow tcp 10.0.0.1:40000 -> 10.0.0.2:80");
  });

  it("counts the flows of this namespace alone", async function () {
    await using netns = await table(this);
    await using other = await newNetns(this);
    await netns.conntrack.add(flowOf(web));
    await netns.conntrack.add(flowOf(dns));

    const { entries, limit } = await netns.conntrack.count();

    expect(entries).to.equal(2);
    expect(entries).to.equal(Number(await netns.sysctl.get("net.netfilter.nf_conntrack_count")));
    expect(limit).to.be.greaterThan(100);
    expect((await other.conntrack.count()).entries).to.equal(0);
    expect(await other.conntrack.list()).to.deep.equal([]);
  });

  it("changes timeout, mark, bits of the mark, status and state", async function () {
    await using netns = await table(this);
    await netns.conntrack.add(flowOf(web, { mark: 0xff, tcpState: "syn_sent" }));

    await netns.conntrack.set({ original: web }, { mark: 0x100, markMask: 0xf0f });
    await netns.conntrack.set(
      { original: web },
      { timeoutS: 77, status: ["seen_reply", "assured"], tcpState: "established" },
    );

    const [line] = await all(netns);
    expect(line).to.match(/tcp +6 7[67] ESTABLISHED .*\[ASSURED\] mark=496/); // 0x1f0
    const error = await kernelRefusal(
      netns.conntrack.set({ original: web }, { status: ["seen_reply"] }),
    );
    expect(error).to.include({ errnoName: "EBUSY", syscall: "IPCTNL_MSG_CT_NEW" });
    expect(error.message).to.include("cannot be unset");
  });

  it("says that a flow is there already, and that there is none", async function () {
    await using netns = await table(this);
    await netns.conntrack.add(flowOf(web));

    const twice = await kernelRefusal(netns.conntrack.add(flowOf(web)));
    const none = await kernelRefusal(netns.conntrack.set({ original: dns }, { mark: 1 }));
    const gone = await kernelRefusal(netns.conntrack.delete({ original: dns }));

    expect(twice.errnoName).to.equal("EEXIST");
    expect(none.errnoName).to.equal("ENOENT");
    expect(gone).to.include({ errnoName: "ENOENT", syscall: "IPCTNL_MSG_CT_DELETE" });
  });

  it("deletes one flow by its tuple, and no other", async function () {
    await using netns = await table(this);
    for (const one of [web, dns, dns6]) await netns.conntrack.add(flowOf(one));
    await netns.conntrack.add(flowOf(web, { zone: 4 }));

    await netns.conntrack.delete({ original: web });

    const left = await netns.conntrack.list();
    expect(ends(left)).to.deep.equal(["tcp 10.0.0.1", "udp 10.0.0.1", "udp fd00::1"]);
    expect(left.find(({ original }) => original.protocol === "tcp")?.zone).to.equal(4);
  });

  it("leaves a newer flow of the same tuple alone", async function () {
    await using netns = await table(this);
    await netns.conntrack.add(flowOf(web));
    const { id } = await netns.conntrack.get({ original: web });

    const error = await kernelRefusal(
      netns.conntrack.delete({ original: web, id: (id ^ 1) >>> 0 }),
    );
    const between = await netns.conntrack.count();
    await netns.conntrack.delete({ original: web, id });

    expect(error.errnoName).to.equal("ENOENT");
    expect(between.entries).to.equal(1);
    expect((await netns.conntrack.count()).entries).to.equal(0);
  });

  it("flushes all families and zones", async function () {
    await using netns = await table(this);
    for (const one of [web, dns6]) await netns.conntrack.add(flowOf(one, { zone: 2 }));

    await netns.conntrack.flush();

    expect(await all(netns)).to.deep.equal([]);
  });

  // What each filter meets, of these
  const flows: readonly FlowSpec[] = [
    flowOf(web, { mark: 0x11, status: ["assured", "seen_reply"] }),
    flowOf(dns, { mark: 0x21, zone: 6 }),
    flowOf(dns6, { mark: 0x21 }),
    flowOf({ ...dns6, source: "fd00::9", destination: "fd00::8" }),
    flowOf(echo),
    flowOf({ ...web, protocol: "sctp", source: "10.9.0.1" }),
    flowOf({ ...web, source: "10.8.0.1" }, { destinationNat: { address: "172.18.0.2", port: 1 } }),
  ];
  const everyone = [
    ...["icmp 10.0.0.3", "sctp 10.9.0.1", "tcp 10.0.0.1", "tcp 10.8.0.1"],
    ...["udp 10.0.0.1", "udp fd00::1", "udp fd00::9"],
  ];
  const cases: readonly (readonly [filter: FlowFilter, met: readonly string[]])[] = [
    [{ family: "inet6" }, ["udp fd00::1", "udp fd00::9"]],
    [{ protocol: "udp" }, ["udp 10.0.0.1", "udp fd00::1", "udp fd00::9"]],
    [{ protocol: 17, family: "inet" }, ["udp 10.0.0.1"]],
    [{ protocol: "udp", family: "inet6" }, ["udp fd00::1", "udp fd00::9"]],
    [{ original: { source: "10.0.0.1" } }, ["tcp 10.0.0.1", "udp 10.0.0.1"]],
    [{ original: { source: "fd00::1" } }, ["udp fd00::1"]],
    [{ original: { destination: "fd00::8" }, protocol: "udp" }, ["udp fd00::9"]],
    [{ original: { source: "10.8.0.0/15" } }, ["sctp 10.9.0.1", "tcp 10.8.0.1"]],
    [{ original: { source: "fd00::8/126" } }, ["udp fd00::9"]],
    [{ reply: { source: "172.18.0.2" } }, ["tcp 10.8.0.1"]],
    [{ reply: { source: "172.18.0.2", sourcePort: 1 }, protocol: "tcp" }, ["tcp 10.8.0.1"]],
    [{ original: { destinationPort: 53 } }, ["udp 10.0.0.1", "udp fd00::1", "udp fd00::9"]],
    [
      { original: { destination: "10.0.0.2", destinationPort: 80 }, protocol: "tcp" },
      ["tcp 10.0.0.1", "tcp 10.8.0.1"],
    ],
    [{ original: { source: "10.9.0.1", destinationPort: 81 }, protocol: "sctp" }, []],
    [{ mark: 0x21 }, ["udp 10.0.0.1", "udp fd00::1"]],
    [{ mark: 0x21, family: "inet6" }, ["udp fd00::1"]],
    [{ mark: 1, markMask: 0xf }, ["tcp 10.0.0.1", "udp 10.0.0.1", "udp fd00::1"]],
    [{ mark: 2, markMask: 1 }, []],
    [{ zone: 6 }, ["udp 10.0.0.1"]],
    [{ zone: 5 }, []],
    [{ zone: 6, family: "inet6" }, []],
    [{ status: ["assured", "seen_reply"] }, ["tcp 10.0.0.1"]],
    [{ withoutStatus: ["confirmed"] }, []],
    [{ status: ["confirmed"], withoutStatus: ["dst_nat", "assured"], protocol: 6 }, []],
    [{ status: ["dst_nat"], mark: 0 }, ["tcp 10.8.0.1"]],
  ];
  for (const [filter, met] of cases) {
    it(`lists just what meets ${JSON.stringify(filter)}`, async function () {
      await using netns = await table(this);
      await Promise.all(flows.map((flow) => netns.conntrack.add(flow)));

      expect(ends(await netns.conntrack.list(filter))).to.deep.equal(met);
    });

    it(`deletes just what meets ${JSON.stringify(filter)}`, async function () {
      await using netns = await table(this);
      await Promise.all(flows.map((flow) => netns.conntrack.add(flow)));
      const before = ends(await netns.conntrack.list());

      await netns.conntrack.deleteMatching(filter);

      expect(before).to.deep.equal(everyone);
      expect(ends(await netns.conntrack.list())).to.deep.equal(
        everyone.filter((one) => !met.includes(one)),
      );
    });
  }

  it("lists and deletes thousands", async function () {
    await using netns = await table(this);
    const ports = Array.from({ length: 2500 }, (_, at) => 1000 + at);
    await Promise.all(
      ports.map((sourcePort) => netns.conntrack.add(flowOf({ ...dns, sourcePort }, { zone: 1 }))),
    );
    await netns.conntrack.add(flowOf(web));
    const before = await netns.conntrack.count();

    const listed = await netns.conntrack.list({ zone: 1 });
    await netns.conntrack.deleteMatching({ zone: 1 }); // one by one, on every kernel

    expect(before.entries).to.equal(2501);
    expect(new Set(listed.map(({ original }) => original.sourcePort))).to.deep.equal(
      new Set(ports),
    );
    expect(ends(await netns.conntrack.list())).to.deep.equal(["tcp 10.0.0.1"]);
  });

  for (const protocol of ["tcp", "udp"] as const satisfies readonly FlowProtocol[]) {
    it(`shows a real flow of ${protocol} with what it has carried`, async function () {
      await using pair = await tracked(this);
      await pair.server.sysctl.set("net.netfilter.nf_conntrack_acct", 1);
      await pair.server.sysctl.set("net.netfilter.nf_conntrack_timestamp", 1);

      await flowBetween(pair, protocol, 1000);

      const [flow, ...others] = await pair.server.conntrack.list({ protocol });
      expect(others).to.deep.equal([]);
      expect(flow?.original).to.include({ source: "10.7.0.1", destination: "10.7.0.2" });
      expect(flow?.original.destinationPort).to.equal(7000);
      expect(flow?.status).to.include("seen_reply");
      expect(flow?.counters?.original.bytes).to.be.within(1000, 3000);
      expect(flow?.counters?.reply.packets).to.be.greaterThan(0);
      expect(flow?.startedAtMs).to.be.within(Date.now() - 60_000, Date.now());
      expect((await all(pair.server)).join()).to.include("dport=7000");

      await pair.server.conntrack.deleteMatching({ original: { destination: "10.7.0.2" } });
      expect(await all(pair.server)).to.deep.equal([]);
    });
  }

  for (const [what, act, code] of [
    ["an empty filter of deletions", (n) => n.deleteMatching({}), "ERR_CNM_INVALID_OPTION"],
    [
      "a filter that says nothing",
      (n) => n.deleteMatching({ original: {}, status: [] }),
      "ERR_CNM_INVALID_OPTION",
    ],
    ["an empty mask", (n) => n.deleteMatching({ mark: 0, markMask: 0 }), "ERR_CNM_INVALID_OPTION"],
    ["a mask without a mark", (n) => n.list({ markMask: 1 }), "ERR_CNM_INVALID_OPTION"],
    ["a flow without a tuple", (n) => n.delete({ zone: 1 }), "ERR_CNM_INVALID_OPTION"],
    ["an unknown option", (n) => n.list({ marc: 1 } as FlowFilter), "ERR_CNM_INVALID_OPTION"],
    [
      "ports of ICMP",
      (n) => n.get({ original: { ...echo, sourcePort: 1 } }),
      "ERR_CNM_INVALID_OPTION",
    ],
    [
      "a tuple of two families",
      (n) => n.get({ original: { ...web, source: "fd00::1" } }),
      "ERR_CNM_INVALID_OPTION",
    ],
    [
      "a filter of two families",
      (n) => n.list({ original: { source: "10.0.0.1", destination: "fd00::1" } }),
      "ERR_CNM_INVALID_ADDRESS",
    ],
    [
      "NAT to another family",
      (n) => n.add(flowOf(web, { sourceNat: { address: "fd00::1" } })),
      "ERR_CNM_INVALID_ADDRESS",
    ],
  ] as const satisfies readonly (readonly [
    string,
    (conntrack: Namespace["conntrack"]) => Promise<unknown>,
    string,
  ])[]) {
    it(`refuses ${what} before the kernel is asked`, async function () {
      await using netns = await newNetns(this);

      const error = await cnmRefusal(act(netns.conntrack));

      expect(error.code).to.equal(code);
    });
  }

  it("refuses a wrong type by name", async function () {
    await using netns = await newNetns(this);

    const error = await rejection(netns.conntrack.list({ zone: "6" as unknown as number }));

    expect(error).to.include({ code: "ERR_INVALID_ARG_TYPE" });
  });
});
