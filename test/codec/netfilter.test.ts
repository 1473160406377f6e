import { addon, type Message } from "#lib/native.js";
import { nft } from "#lib/netlink.js";
import { needs } from "../support/needs.js";
import { expectSame, sentBy, type Differences, type Subject } from "../support/sent.js";
import { messagesOf } from "./messages.js";

// Other eyes on what we send, as in iproute2.test.ts: nft(8) and conntrack(8).

// Numbers of include/uapi/linux/netfilter/{nf_tables,nfnetlink_conntrack}.h, typed in on purpose.
const subject = (...nested: readonly string[]): Subject => ({
  fixed: 4,
  nests: Object.fromEntries(nested.map((path) => [path, 0])),
});
const table = subject();
const chain = subject("4");
const rule = subject("4", "4.1", "4.1.2");
const set = subject("9", "9.2", "9.2.1");
const elements = subject("3", "3.1", "3.1.1", "3.1.2", "3.1.2.2");
const object = subject("4");
const flowtable = subject("3", "3.3");
const flow = subject("1", "1.1", "1.2", "2", "2.1", "2.2", "4", "4.1");

interface Case {
  readonly subject: Subject;
  readonly words: string;
  /** Run before it, where it is not what all have. */
  readonly setup?: string;
  readonly ours: readonly Message[];
  readonly differs?: Differences;
}

const adding = (...objects: readonly nft.NftObject[]) =>
  messagesOf((namespace) =>
    namespace.nft
      .transaction()
      .add(...objects)
      .commit(),
  );

const t = nft.table("inet", "t");
const c = t.chain("c", { type: "filter", hook: "input", priority: "raw + 1", policy: "drop" });
const addresses = t.set("s", { type: "ipv4_addr" });
const intervals = t.set("i", { type: "ipv4_addr", flags: ["interval"], timeoutMs: 5000 });
const services = t.map("m", { type: ["ipv4_addr", "inet_service"], data: "verdict" });

/** What nft(8) has to find before it sends what is asked. */
const there = [
  "nft add table inet t",
  "nft add chain inet t c",
  "nft add set inet t s '{ type ipv4_addr; }'",
  "nft add set inet t i '{ type ipv4_addr; flags interval; timeout 5s; }'",
  "nft add map inet t m '{ type ipv4_addr . inet_service : verdict; }'",
].join("; ");

// It says the set by its number, too.
const named = { more: ["4"] } as const;

const cases: Readonly<Record<string, Case>> = {
  "a table": {
    subject: table,
    words: "add table inet x",
    ours: await adding(nft.table("inet", "x")),
  },
  "a table with a comment": {
    subject: table,
    words: 'add table inet x { comment "ours"; }',
    ours: await adding(nft.table("inet", "x", { comment: "ours" })),
  },
  "a dormant table": {
    subject: table,
    words: "add table inet x { flags dormant; }",
    ours: await adding(nft.table("inet", "x", { flags: ["dormant"] })),
  },
  "a base chain": {
    subject: chain,
    words: "add chain inet t b { type filter hook input priority raw + 1; policy drop; }",
    ours: await adding(t.chain("b", c.options)),
  },
  "a chain of a link": {
    subject: chain,
    words: "add chain inet t b { type filter hook ingress device lo priority 5; }",
    ours: await adding(
      t.chain("b", { type: "filter", hook: "ingress", devices: ["lo"], priority: 5 }),
    ),
  },
  "a chain for jumps": {
    subject: chain,
    words: "add chain inet t b",
    ours: await adding(t.chain("b")),
  },
  "a set": {
    subject: set,
    words: "add set inet t n { type ipv4_addr; size 100; }",
    ours: await adding(t.set("n", { type: "ipv4_addr", size: 100 })),
  },
  "a set of intervals": {
    subject: set,
    words: "add set inet t n { type ipv4_addr; flags interval; timeout 5s; gc-interval 9s; }",
    ours: await adding(
      t.set("n", {
        type: "ipv4_addr",
        flags: ["interval"],
        timeoutMs: 5000,
        gcIntervalMs: 9000,
      }),
    ),
  },
  "a map of several keys": {
    subject: set,
    words: "add map inet t n { type ipv4_addr . inet_service : verdict; }",
    ours: await adding(t.map("n", { type: ["ipv4_addr", "inet_service"], data: "verdict" })),
    // It keeps there how bytes are ordered, which is of no use for several keys; we, only that.
    differs: { attributes: { "13": "000400000000010400000000030800040d0000000100060400000000" } },
  },
  "a map of values": {
    subject: set,
    words: "add map inet t n { type inet_service : mark; }",
    ours: await adding(t.map("n", { type: "inet_service", data: "mark" })),
    differs: { attributes: { "13": "000402000000010401000000060400000000" } },
  },
  "an element": {
    subject: elements,
    words: 'add element inet t s { 10.0.0.1 comment "why" }',
    ours: await adding(addresses.elements([{ key: "10.0.0.1", comment: "why" }])),
    differs: named,
  },
  "an interval": {
    subject: elements,
    words: "add element inet t i { 10.0.0.0/24 timeout 9s }",
    ours: await adding(intervals.elements([{ key: "10.0.0.0/24", timeoutMs: 9000 }])),
    // It numbers the elements, and begins with what is before the first.
    differs: {
      attributes: {
        "3.1.1.1": "00000000",
        "3.1.3": "00000001",
        "3.1.4": undefined,
        "3.1#2.1.1": undefined,
        "3.1#2.3": undefined,
        "3.2": "0c00040000000000000023280c000180080001000a000000",
        "3.3": "08000300000000010c000180080001000a000100",
      },
      ...named,
    },
  },
  "a verdict for two keys": {
    subject: elements,
    words: "add element inet t m { 10.0.0.1 . 80 : jump c }",
    ours: await adding(services.elements([[["10.0.0.1", 80], nft.jump("c")]])),
    differs: named,
  },
  "a rule": {
    subject: rule,
    words: 'add rule inet t c tcp dport 22 counter accept comment "why"',
    ours: await adding(c.rule(nft.tcp.dport.eq(22), nft.counter, nft.accept, nft.comment("why"))),
  },
  "a rule before all others": {
    subject: rule,
    words: "insert rule inet t c udp dport 53 accept",
    ours: await messagesOf((namespace) =>
      namespace.nft
        .transaction()
        .insert(c.rule(nft.udp.dport.eq(53), nft.accept))
        .commit(),
    ),
  },
  "the end of an element": {
    subject: elements,
    words: "delete element inet t m { 10.0.0.1 . 80 }",
    ours: await messagesOf((namespace) =>
      namespace.nft
        .transaction()
        .delete(services.elements([[["10.0.0.1", 80], nft.jump("c")]]))
        .commit(),
    ),
    // Of the value it says nothing, which the kernel does not compare.
    differs: { attributes: { "3.1.2.2.1": undefined, "3.1.2.2.2": undefined }, ...named },
  },
  "a counter": {
    subject: object,
    words: "add counter inet t k",
    ours: await adding(t.counter("k")),
    differs: { more: ["4.1", "4.2"] }, // where it begins: at 0
  },
  "a quota": {
    subject: object,
    words: "add quota inet t k over 5000 bytes",
    ours: await adding(t.quota("k", { bytes: 5000, over: true })),
  },
  "a limit": {
    subject: object,
    words: "add limit inet t k rate 10/minute burst 3 packets",
    ours: await adding(t.limit("k", { rate: 10, per: "minute", burst: 3 })),
  },
  "a flowtable": {
    subject: flowtable,
    words: "add flowtable inet t f { hook ingress priority 5; devices = { lo }; }",
    ours: await adding(t.flowtable("f", { priority: 5, devices: ["lo"] })),
    differs: { more: ["7"] }, // flags: none
  },
  "the end of a chain": {
    subject: chain,
    words: "delete chain inet t c",
    ours: await messagesOf((namespace) => namespace.nft.delete(c)),
  },
  "the end of all rules": {
    subject: rule,
    words: "flush chain inet t c",
    ours: await messagesOf((namespace) => namespace.nft.transaction().flush(c).commit()),
  },
};

const tuple = {
  source: "10.0.0.1",
  destination: "10.0.0.2",
  protocol: "tcp",
  sourcePort: 40_000,
  destinationPort: 80,
} as const;
const ofTuple = "-p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 40000 --dport 80";
const oneFlow = `conntrack -I ${ofTuple} --state ESTABLISHED -t 600`;
const flows: Readonly<Record<string, Case>> = {
  "the mark of a flow": {
    subject: flow,
    words: "-U -p tcp --dport 80 -m 7",
    setup: oneFlow,
    ours: await messagesOf((namespace) =>
      namespace.conntrack.set({ original: tuple }, { mark: 7 }),
    ),
    // Of no family, and takes windows of TCP lightly
    differs: { header: "00000000", more: ["4.1.4", "4.1.5"] },
  },
  // It says all that it was shown of the flow, of which the kernel looks at one tuple.
  "the end of a flow": {
    subject: flow,
    words: "-D -p tcp --dport 80",
    setup: oneFlow,
    ours: await messagesOf((namespace) => namespace.conntrack.delete({ original: tuple })),
    differs: {
      more: [
        ...["2.1.1", "2.1.2", "2.2.1", "2.2.2", "2.2.3"], // the way back
        ...["3", "7", "8", "24"], // status, timeout, mark, sequence adjustment
        ...["4.1.1", "4.1.2", "4.1.3", "4.1.4", "4.1.5"], // TCP
      ],
    },
  },
  "a flow": {
    subject: flow,
    words: `-I ${ofTuple} --state ESTABLISHED -t 600 -u ASSURED,SEEN_REPLY`,
    ours: await messagesOf((namespace) =>
      namespace.conntrack.add({
        original: tuple,
        timeoutS: 600,
        tcpState: "established",
        status: ["assured", "seen_reply"],
      }),
    ),
    differs: { more: ["4.1.4", "4.1.5"] }, // takes windows of TCP lightly
  },
  "a flow with a mark": {
    subject: flow,
    words: "-I -p udp -s 10.0.0.1 -d 10.0.0.2 --sport 40000 --dport 80 -t 30 -m 7",
    ours: await messagesOf((namespace) =>
      namespace.conntrack.add({
        original: { ...tuple, protocol: "udp" },
        timeoutS: 30,
        mark: 7,
      }),
    ),
  },
  "a look-up": {
    subject: flow,
    words: `-G ${ofTuple}`,
    ours: await messagesOf((namespace) => namespace.conntrack.get({ original: tuple })),
    differs: { more: ["4.1.4", "4.1.5"] }, // takes windows of TCP lightly
  },
  "the end of all flows": {
    subject: flow,
    words: "-F",
    ours: await messagesOf((namespace) => namespace.conntrack.flush()),
  },
};

const typeOf = (message: Uint8Array) => Buffer.from(message).readUInt16LE(4);

describe("codec: what nft(8) sends", function () {
  for (const [what, { subject, words, ours, differs }] of Object.entries(cases)) {
    it(`is what we send for ${what}`, async function () {
      needs(this, "program:nft", "program:unshare", "ptrace");

      const messages = await sentBy(["nft", words], there);

      const begin = messages.findIndex((message) => typeOf(message) === 16); // NFNL_MSG_BATCH_BEGIN
      const batch = messages.slice(begin + 1, -1);
      batch.forEach((message, at) => {
        expectSame(message, ours.at(at), subject, differs);
      });
    });
  }
});

describe("codec: what conntrack(8) sends", function () {
  for (const [what, { subject, words, setup, ours, differs }] of Object.entries(flows)) {
    it(`is what we send for ${what}`, async function () {
      needs(this, "program:conntrack", "program:unshare", "ptrace");

      const messages = await sentBy(["conntrack", ...words.split(" ")], setup);

      const mine = ours.at(-1);
      const type = mine && typeOf(addon().encode(JSON.stringify(mine)));
      expectSame(messages.filter((each) => typeOf(each) === type).at(-1), mine, subject, differs);
    });
  }
});
