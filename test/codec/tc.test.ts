import type { Message } from "#lib/native.js";
import { needs } from "../support/needs.js";
import { expectSame, sentBy, type Differences, type Subject } from "../support/sent.js";
import { messagesOf } from "./messages.js";

// Other eyes on what we send, as in iproute2.test.ts: tc(8). The kernel need not know the kind.

// Numbers of include/uapi/linux/{rtnetlink,pkt_sched,pkt_cls}.h, typed in anew on purpose.
const plain: Subject = { fixed: 20, nests: {} };
const options: Subject = { fixed: 20, nests: { "2": 0 } };
const netem: Subject = { fixed: 20, nests: { "2": 24 } };
const action = (at: number): Subject => {
  const nests: Record<string, number> = { "2": 0, [`2.${at}`]: 0 };
  for (const nth of [1, 2])
    Object.assign(nests, { [`2.${at}.${nth}`]: 0, [`2.${at}.${nth}.2`]: 0 });
  return { fixed: 20, nests };
};

interface Case {
  readonly subject: Subject;
  readonly tc: string;
  readonly ours: readonly Message[];
  readonly differs?: Differences;
}

// It sends tables of what packets of each size take, for kernels before 3.8, and what reads them.
const rates = "0301" + "0000" + "ffff" + "0000"; // cells of 8 bytes, Ethernet, aligned by -1

/** How long packets take, by cells of 8 bytes: in ticks of 64 ns, of whole microseconds as it has them. */
function timesOfCells(bytesPerSecond: number): string {
  const table = Buffer.alloc(1024);
  for (let cell = 0; cell < 256; cell++) {
    const timeUs = Math.trunc(1e6 * (((cell + 1) * 8) / bytesPerSecond));
    table.writeUInt32LE(Math.trunc(timeUs * 15.625), cell * 4);
  }
  return table.toString("hex");
}

const cases: Readonly<Record<string, Case>> = {
  "a token bucket": {
    subject: options,
    tc: "qdisc add dev lo root handle 5: tbf rate 8mbit burst 10240 latency 10ms peakrate 16mbit mtu 2000",
    ours: await messagesOf((namespace) =>
      namespace.qdiscs.add({
        kind: "tbf",
        link: 1,
        handle: "5:",
        rateBitsPerSecond: 8_000_000,
        burstBytes: 10_240,
        latencyMs: 10,
        peakRateBitsPerSecond: 16_000_000,
        peakBurstBytes: 2000,
      }),
    ),
    differs: {
      attributes: {
        "2.1": `${rates}40420f00${rates}80841e00104f000000710200093d0000`,
      },
      more: ["2.2", "2.3"],
    },
  },
  "a hierarchy": {
    subject: options,
    tc: "qdisc add dev lo root handle 1: htb default 30 r2q 5",
    ours: await messagesOf((namespace) =>
      namespace.qdiscs.add({
        kind: "htb",
        link: 1,
        handle: "1:",
        defaultClass: "1:30",
        rateToQuantum: 5,
      }),
    ),
  },
  "a class of a hierarchy": {
    subject: options,
    tc: "class add dev lo parent 1: classid 1:1f htb rate 8mbit ceil 16mbit burst 15000 cburst 16000 prio 3 quantum 3000",
    ours: await messagesOf((namespace) =>
      namespace.trafficClasses.add({
        kind: "htb",
        link: 1,
        parent: "1:",
        classid: "1:1f",
        rateBitsPerSecond: 8_000_000,
        ceilBitsPerSecond: 16_000_000,
        burstBytes: 15_000,
        ceilBurstBytes: 16_000,
        priority: 3,
        quantumBytes: 3000,
      }),
    ),
    differs: {
      attributes: {
        "2.1": `${rates}40420f00${rates}80841e008793030048e80100b80b00000000000003000000`,
      },
      more: ["2.3", "2.4"],
    },
  },
  "a worse network": {
    subject: netem,
    tc:
      "qdisc add dev lo parent 1:10 netem limit 500 delay 12ms 2ms 25% loss 50% 25% duplicate 25% " +
      "reorder 50% gap 5 corrupt 75% rate 80mbit",
    ours: await messagesOf((namespace) =>
      namespace.qdiscs.add({
        kind: "netem",
        link: 1,
        parent: "1:10",
        limitPackets: 500,
        delayMs: 12,
        jitterMs: 2,
        delayCorrelationPercent: 25,
        lossPercent: 50,
        lossCorrelationPercent: 25,
        duplicatePercent: 25,
        reorderPercent: 50,
        gap: 5,
        corruptPercent: 75,
        rateBitsPerSecond: 80_000_000,
      }),
    ),
    // Times in ticks; we, in nanoseconds.
    differs: {
      attributes: {
        "2.header": "6cdc0200f4010000000000800500000000000040127a0000",
        "2.10": undefined,
        "2.11": undefined,
      },
    },
  },
  "fair queues with a delay in mind": {
    subject: options,
    tc: "qdisc replace dev lo root fq_codel limit 500 flows 64 target 4ms interval 80ms quantum 300 memory_limit 100000 noecn",
    ours: await messagesOf((namespace) =>
      namespace.qdiscs.replace({
        kind: "fq_codel",
        link: 1,
        limitPackets: 500,
        flows: 64,
        targetUs: 4000,
        intervalUs: 80_000,
        quantumBytes: 300,
        memoryLimitBytes: 100_000,
        ecn: false,
      }),
    ),
  },
  "fair queues": {
    subject: options,
    tc: "qdisc add dev lo root fq limit 900 flow_limit 90 quantum 3000 initial_quantum 15000 nopacing maxrate 8mbit",
    ours: await messagesOf((namespace) =>
      namespace.qdiscs.add({
        kind: "fq",
        link: 1,
        limitPackets: 900,
        flowLimitPackets: 90,
        quantumBytes: 3000,
        initialQuantumBytes: 15_000,
        pacing: false,
        flowMaxRateBitsPerSecond: 8_000_000,
      }),
    ),
  },
  "a queue of so many bytes": {
    subject: plain,
    tc: "qdisc add dev lo root bfifo limit 9000",
    ours: await messagesOf((namespace) =>
      namespace.qdiscs.add({ kind: "bfifo", link: 1, limit: 9000 }),
    ),
  },
  "a limit of what comes in": {
    subject: action(2),
    tc: "filter add dev lo ingress protocol ip prio 4 matchall action police rate 8mbit burst 10k conform-exceed drop",
    ours: await messagesOf((namespace) =>
      namespace.trafficFilters.add({
        kind: "matchall",
        link: 1,
        parent: "ingress",
        protocol: "ip",
        priority: 4,
        actions: [
          { kind: "police", rateBitsPerSecond: 8_000_000, burstBytes: 10_240, exceed: "drop" },
        ],
      }),
    ),
    differs: {
      attributes: {
        "2.2.1.2.1": `0000000002000000000000000071020000000000${rates}40420f00${"0".repeat(48)}`,
        "2.2.1.2.2": timesOfCells(1_000_000),
      },
    },
  },
  "a queue of so many packets": {
    subject: plain,
    tc: "qdisc add dev lo root pfifo limit 7",
    ours: await messagesOf((namespace) =>
      namespace.qdiscs.add({ kind: "pfifo", link: 1, limit: 7 }),
    ),
  },
  "hooks for filters": {
    subject: plain,
    tc: "qdisc add dev lo clsact",
    ours: await messagesOf((namespace) => namespace.qdiscs.add({ kind: "clsact", link: 1 })),
  },
  "the end of a qdisc": {
    subject: plain,
    tc: "qdisc delete dev lo parent 1:10",
    ours: await messagesOf((namespace) => namespace.qdiscs.delete({ link: 1, parent: "1:10" })),
  },
  "the end of a class": {
    subject: plain,
    tc: "class delete dev lo classid 1:1f",
    ours: await messagesOf((namespace) =>
      namespace.trafficClasses.delete({ link: 1, classid: "1:1f" }),
    ),
  },
  "a filter of addresses and ports": {
    subject: options,
    tc:
      "filter add dev lo parent 1: protocol ip prio 10 u32 match ip dst 10.0.0.0/9 " +
      "match ip protocol 6 0xff match ip dport 80 0xffff flowid 1:10",
    ours: await messagesOf((namespace) =>
      namespace.trafficFilters.add({
        kind: "u32",
        link: 1,
        parent: "1:",
        priority: 10,
        classid: "1:10",
        match: { destination: "10.0.0.0/9", ipProtocol: "tcp", destinationPort: 80 },
      }),
    ),
    // It does not ask that there be no options and no earlier fragment: ports are elsewhere then.
    differs: {
      attributes: {
        "2.5":
          "01000300000000000000000000000000" +
          "ff8000000a0000001000000000000000" +
          "00ff0000000600000800000000000000" +
          "0000ffff000000501400000000000000",
      },
    },
  },
  "a filter that mirrors and drops": {
    subject: action(2),
    tc:
      "filter add dev lo ingress protocol all prio 3 chain 2 matchall " +
      "action mirred egress mirror dev lo action drop",
    ours: await messagesOf((namespace) =>
      namespace.trafficFilters.add({
        kind: "matchall",
        link: 1,
        parent: "ingress",
        priority: 3,
        chain: 2,
        actions: [
          { kind: "mirred", action: "mirror", link: 1 },
          { kind: "gact", control: "drop" },
        ],
      }),
    ),
  },
  "a filter that redirects": {
    subject: action(2),
    tc: "filter add dev lo egress protocol ip prio 3 matchall action mirred ingress redirect dev lo",
    ours: await messagesOf((namespace) =>
      namespace.trafficFilters.add({
        kind: "matchall",
        link: 1,
        parent: "egress",
        protocol: "ip",
        priority: 3,
        actions: [{ kind: "mirred", action: "redirect", direction: "ingress", link: 1 }],
      }),
    ),
  },
  "the end of a filter": {
    subject: plain,
    tc: "filter delete dev lo parent 1: protocol ip prio 10",
    ours: await messagesOf((namespace) =>
      namespace.trafficFilters.delete({ link: 1, parent: "1:", priority: 10, protocol: "ip" }),
    ),
  },
};

describe("codec: what tc(8) sends", function () {
  for (const [what, { subject, tc, ours, differs }] of Object.entries(cases)) {
    it(`is what we send for ${what}`, async function () {
      needs(this, "program:tc", "program:unshare", "ptrace");

      const messages = await sentBy(["tc", ...tc.split(" ")]);

      expectSame(messages.at(-1), ours.at(-1), subject, differs);
    });
  }
});
