import type { Namespace, TraceStep } from "#lib/netlink.js";
import { expect } from "chai";
import { upTo } from "../support/monitored.js";
import { newNetns } from "../support/netns.js";
import { runIn } from "../support/other-eyes.js";

const rules = `table inet t {
  chain watched { counter accept; }
  chain out {
    type filter hook output priority 0; policy drop;
    meta nftrace set 1
    ip daddr 127.0.0.1 udp dport 9 mark set 7 jump watched
    ip6 daddr ::1 icmpv6 type echo-request drop
  }
}`;

async function withRules(netns: Namespace): Promise<void> {
  const { code, stderr } = await runIn(netns, "nft", rules);
  if (code !== 0) throw new Error(stderr);
}

const isLast = (step: { kind: string }) =>
  step.kind === "step" && /^(?:accept|drop)$/.test(String((step as TraceStep).verdict));

describe("Namespace.trace", function () {
  it("tells a packet's way through the rules, and what it is", async function () {
    await using netns = await newNetns(this, "program:nft", "program:bash", "kernel:nft");
    await withRules(netns);
    await using trace = netns.trace();
    await trace.ready;

    await runIn(netns, "bash", "-c", "echo x > /dev/udp/127.0.0.1/9");

    const steps = (await upTo(trace, isLast)) as readonly TraceStep[];
    const told = steps.map(({ table, chain, step, verdict, target }) =>
      [table, chain, step, verdict, target].filter((word) => word !== undefined).join(" "),
    );
    expect(told).to.deep.equal([
      "t out rule continue",
      "t out rule jump watched",
      "t watched rule accept",
    ]);
    expect(new Set(steps.map(({ packetId }) => packetId)).size).to.equal(1);
    expect(new Set(steps.map(({ ruleHandle }) => ruleHandle)).size).to.equal(3);
    expect(steps[0]?.packet).to.deep.include({
      ...{ family: "inet", source: "127.0.0.1", destination: "127.0.0.1" },
      ...{ protocol: "udp", destinationPort: 9, length: 30, tcpFlags: undefined },
    });
    expect(steps[0]?.outputLink).to.equal(1);
    expect(steps[2]?.mark).to.equal(7);
  });

  it("tells of the policy, and of IPv6", async function () {
    await using netns = await newNetns(this, "program:nft", "program:ping", "ipv6", "kernel:nft");
    await withRules(netns);
    await using trace = netns.trace();
    await trace.ready;

    for (const address of ["127.0.0.1", "::1"]) {
      await runIn(netns, "ping", "-n", "-c", "1", "-W", "1", address);
    }

    const first = ((await upTo(trace, isLast)) as readonly TraceStep[]).at(-1);
    expect(first).to.include({ step: "policy", verdict: "drop", chain: "out" });
    const second = (await upTo(trace, isLast)) as readonly TraceStep[];
    expect(second[0]?.packet).to.deep.include({
      ...{ family: "inet6", source: "::1", protocol: "icmpv6", icmp: { type: 128, code: 0 } },
    });
    expect(second.at(-1)).to.include({ step: "rule", verdict: "drop", family: "inet" });
  });
});
