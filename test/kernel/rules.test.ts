import type { RuleSpec } from "#lib/netlink.js";
import { expect } from "chai";
import { newNetns } from "../support/netns.js";
import { ip, runIn } from "../support/other-eyes.js";
import { kernelRefusal, rejection } from "../support/rejection.js";

const cases: readonly (readonly [
  what: string,
  rule: RuleSpec,
  seen: object,
  shown: Record<string, unknown>,
])[] = [
  [
    "a source, to a table",
    { from: "10.0.0.0/8", table: 100 },
    { src: "10.0.0.0", srclen: 8, table: "100" },
    { from: "10.0.0.0/8", table: 100, action: "table" },
  ],
  [
    "a destination of IPv6, to a table above 255",
    { to: "fd00::/64", table: 70_000 },
    { dst: "fd00::", dstlen: 64, table: "70000" },
    { family: "inet6", to: "fd00::/64", table: 70_000 },
  ],
  [
    "a mark with a mask",
    { mark: 0x10, markMask: 0xf0, table: "main" },
    { fwmark: "0x10", fwmask: "0xf0", table: "main" },
    { mark: 0x10, markMask: 0xf0, table: "main" },
  ],
  [
    "links",
    { iif: "lo", oif: "eth9" },
    { iif: "lo", oif: "eth9", oif_detached: null, table: "main" },
    { iif: "lo", oif: "eth9", flags: ["oif_detached"] },
  ],
  [
    "users, a protocol and ports",
    {
      uids: { start: 0, end: 0 },
      ipProtocol: "udp",
      sourcePorts: { start: 1024, end: 2047 },
      destinationPorts: 53,
    },
    {
      uid_start: 0,
      uid_end: 0,
      ipproto: "udp",
      sport_start: 1024,
      sport_end: 2047,
      dport: 53,
    },
    {
      uids: { start: 0, end: 0 },
      ipProtocol: "udp",
      sourcePorts: { start: 1024, end: 2047 },
      destinationPorts: { start: 53, end: 53 },
    },
  ],
  [
    "all but a subnet, without its default routes",
    { not: true, from: "10.0.0.0/8", suppressPrefixLength: 0, suppressGroup: 9 },
    { not: null, suppress_prefixlen: 0, suppress_ifgroup: "9" },
    { not: true, suppressPrefixLength: 0, suppressGroup: 9 },
  ],
  [
    "a skip",
    { goto: 40_000, tos: 16 },
    { goto: 40_000 },
    { action: "goto", goto: 40_000, tos: 16 },
  ],
  ["a drop", { action: "blackhole" }, { action: "blackhole" }, { action: "blackhole" }],
  [
    "an answer",
    { action: "prohibit", family: "inet6" },
    { action: "prohibit" },
    { action: "prohibit", family: "inet6" },
  ],
  [
    "a tunnel, and who made it",
    { tunnelId: 77, protocol: "bird" },
    { tun_id: 77, protocol: "bird" },
    { tunnelId: 77, protocol: "bird" },
  ],
  ["a VRF", { l3mdev: true }, { l3mdev: null }, { l3mdev: true, table: undefined }],
];

describe("Rules", function () {
  for (const [what, rule, seen, shown] of cases) {
    it(`add one for ${what}, and delete it`, async function () {
      await using netns = await newNetns(this, "program:ip", "ipv6");
      const family = shown["family"] === "inet6" ? "-6" : "-4";
      const show = async () => {
        const all = await ip(netns, family, "rule", "show");
        return all.find((one) => one["priority"] === 500);
      };

      const made = await netns.rules.add({ ...rule, priority: 500 });

      expect(made).to.deep.include({ priority: 500, ...shown });
      expect(await show()).to.deep.include(seen);
      const listed = await netns.rules.list();
      expect(listed.find((one) => one.priority === 500)).to.deep.equal(made);
      await netns.rules.delete(rule);
      expect(await show()).to.equal(undefined);
    });
  }

  it("have the kernel's own from the start, in order", async function () {
    await using netns = await newNetns(this, "program:ip");

    const rules = await netns.rules.list({ family: "inet" });

    expect(rules.map(({ priority, table }) => [priority, table])).to.deep.equal([
      [0, "local"],
      [32_766, "main"],
      [32_767, "default"],
    ]);
    const seen = await ip(netns, "rule", "show");
    expect(seen.map((one) => one["priority"])).to.deep.equal([0, 32_766, 32_767]);
  });

  it("get a priority from the kernel, before those of others", async function () {
    await using netns = await newNetns(this);

    const first = await netns.rules.add({ mark: 1, table: 100 });
    const second = await netns.rules.add({ mark: 2, table: 100 });

    expect([first.priority, second.priority]).to.deep.equal([32_765, 32_764]);
  });

  it("are read as ip(8) writes them", async function () {
    await using netns = await newNetns(this, "program:ip");
    const words = ["from", "10.0.0.0/8", "iif", "lo", "ipproto", "tcp", "dport", "80-90"];

    await runIn(netns, "ip", "rule", "add", "pref", "9", ...words, "lookup", "100");

    const rules = await netns.rules.list({ family: "inet" });
    expect(rules.find((one) => one.priority === 9)).to.deep.include({
      from: "10.0.0.0/8",
      iif: "lo",
      ipProtocol: "tcp",
      destinationPorts: { start: 80, end: 90 },
      table: 100,
      action: "table",
      flags: [],
    });
  });

  it("say that one is there, and that there is none", async function () {
    await using netns = await newNetns(this);
    const rule = { from: "10.0.0.0/8", table: 100, priority: 7 };
    await netns.rules.add(rule);

    const there = await kernelRefusal(netns.rules.add(rule));
    const none = await kernelRefusal(netns.rules.delete({ priority: 8 }));

    expect(there).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWRULE" });
    expect(there.message).to.include("add rule priority 7 from 10.0.0.0/8");
    expect(none).to.include({ errnoName: "ENOENT", syscall: "RTM_DELRULE" });
  });

  for (const [what, rule, code] of [
    ["two actions", { table: 1, action: "blackhole" }, "ERR_CNM_INVALID_OPTION"],
    ["a table of a VRF", { table: 1, l3mdev: true }, "ERR_CNM_INVALID_OPTION"],
    ["two families", { from: "10.0.0.0/8", to: "fd00::/64" }, "ERR_CNM_INVALID_ADDRESS"],
    ["host bits", { from: "10.0.0.1/8" }, "ERR_CNM_INVALID_ADDRESS"],
    ["ports in reverse", { sourcePorts: { start: 9, end: 8 } }, "ERR_CNM_INVALID_OPTION"],
    ["port 0", { destinationPorts: 0 }, "ERR_CNM_INVALID_OPTION"],
    ["an unknown option", { fwmark: 7 }, "ERR_CNM_INVALID_OPTION"],
    ["a priority that is text", { priority: "7" }, "ERR_INVALID_ARG_TYPE"],
  ] as const) {
    it(`refuse ${what} before the kernel is asked`, async function () {
      await using netns = await newNetns(this);

      expect(await rejection(netns.rules.add(rule as RuleSpec))).to.include({ code });
    });
  }

  it("refuse to delete whatever comes first", async function () {
    await using netns = await newNetns(this);

    const error = await rejection(netns.rules.delete({ family: "inet" }));

    expect(error).to.include({ code: "ERR_CNM_INVALID_OPTION" });
    expect(await netns.rules.list({ family: "inet" })).to.have.lengthOf(3);
  });
});
