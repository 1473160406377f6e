import { nft } from "#lib/netlink.js";
import { expect } from "chai";
import { newNetns } from "../support/netns.js";
import { nftCommand, withNft } from "../support/nft.js";

// What our words make of a rule, and what nft(8) makes of its own: the same expressions.

type Part = nft.Statement | nft.Expression;

const { accept, arp, comment, concat, counter, ct, ctCount, dnat, drop, ether, fib, goto } = nft;
const { icmp, icmpv6, ip, ip6, jhash, jump, limit, log, masquerade, meta, notrack, numgen } = nft;
const { quota, redirect, reject, rt, snat, socket, tcp, tcpOption, th, tproxy, udp, vlan } = nft;

const inet: Readonly<Record<string, readonly Part[]>> = {
  "ip saddr 10.0.0.1": [ip.saddr.eq("10.0.0.1")],
  "ip saddr 10.0.0.0/8 tcp dport 22": [ip.saddr.eq("10.0.0.0/8"), tcp.dport.eq(22)],
  "ip saddr 10.0.0.0/12": [ip.saddr.eq("10.0.0.0/12")],
  "ip saddr != 10.0.0.0/24": [ip.saddr.ne("10.0.0.0/24")],
  "ip saddr != 10.0.0.0-10.0.0.5": [ip.saddr.ne("10.0.0.0-10.0.0.5")],
  "ip6 saddr fe80::/10": [ip6.saddr.eq("fe80::/10")],
  "ip6 saddr fd00::/64 ip6 daddr fd00::1": [ip6.saddr.eq("fd00::/64"), ip6.daddr.eq("fd00::1")],
  "ip saddr { 10.0.0.1, 10.0.0.2 }": [ip.saddr.in("10.0.0.1", "10.0.0.2")],
  "ip saddr != { 10.0.0.1, 10.0.0.2 }": [ip.saddr.notIn("10.0.0.1", "10.0.0.2")],
  "tcp dport 80-90 counter accept": [tcp.dport.eq("80-90"), counter, accept],
  "tcp dport != 80-90": [tcp.dport.ne({ from: 80, to: 90 })],
  "tcp dport { 22, 80-90 } accept": [tcp.dport.in(22, "80-90"), accept],
  "tcp dport < 1024": [tcp.dport.lt(1024)],
  "udp sport 53 drop": [udp.sport.eq(53), drop],
  "ct state established,related accept": [ct.state.in("established", "related"), accept],
  "ct state new accept": [ct.state.eq("new"), accept],
  "ct state != new accept": [ct.state.ne("new"), accept],
  "ct state vmap { new : jump other, established : accept }": [
    ct.state.vmap([
      ["new", jump("other")],
      ["established", accept],
    ]),
  ],
  "ct status snat,dnat": [ct.status.eq(["snat", "dnat"])],
  "ct direction reply": [ct.direction.eq("reply")],
  "ct original ip saddr 1.1.1.1": [ct.original.ipSaddr.eq("1.1.1.1")],
  "ct mark set meta mark": [ct.mark.set(meta.mark)],
  "ct count over 5 drop": [ctCount({ over: 5 }), drop],
  "icmp type echo-request accept": [icmp.type.eq("echo-request"), accept],
  "icmp type { echo-request, echo-reply }": [icmp.type.in("echo-request", "echo-reply")],
  "icmpv6 type nd-neighbor-solicit accept": [icmpv6.type.eq("nd-neighbor-solicit"), accept],
  "ether saddr 02:00:00:00:00:01": [ether.saddr.eq("02:00:00:00:00:01")],
  'iifname "eth0" oif lo': [meta.iifname.eq("eth0"), meta.oif.eq(1)],
  'iifname "eth*"': [meta.iifname.eq("eth*")],
  'oifname != "eth0"': [meta.oifname.ne("eth0")],
  'iifname { "eth0", "eth1" }': [meta.iifname.in("eth0", "eth1")],
  "meta mark 5-10": [meta.mark.eq({ from: 5, to: 10 })],
  "meta mark > 5": [meta.mark.gt(5)],
  "meta mark { 5, 7-10 }": [meta.mark.in(5, "7-10")],
  "meta mark and 0xff == 3": [meta.mark.and(0xff).eq(3)],
  "meta mark set 7": [meta.mark.set(7)],
  "meta l4proto { tcp, udp } th dport 53": [meta.l4proto.in("tcp", "udp"), th.dport.eq(53)],
  "meta nfproto ipv6 tcp dport 1": [meta.nfproto.eq("ipv6"), tcp.dport.eq(1)],
  "meta skuid 0": [meta.skuid.eq(0)],
  "meta pkttype broadcast": [meta.pkttype.eq("broadcast")],
  "meta length 100-200": [meta.length.eq("100-200")],
  "ip protocol tcp tcp dport 1": [ip.protocol.eq("tcp"), tcp.dport.eq(1)],
  "tcp flags syn": [tcp.flags.eq("syn")],
  "tcp flags & (syn|ack) == syn": [tcp.flags.and(["syn", "ack"]).eq("syn")],
  "ip dscp 8": [ip.dscp.eq(8)],
  "ip6 dscp 8": [ip6.dscp.eq(8)],
  "ip ttl 5": [ip.ttl.eq(5)],
  "ip ttl set 5": [ip.ttl.set(5)],
  "ip length 1000": [ip.length.eq(1000)],
  "ip saddr set 10.0.0.1": [ip.saddr.set("10.0.0.1")],
  "tcp dport set 81": [tcp.dport.set(81)],
  "vlan id 5": [vlan.id.eq(5)],
  "ip daddr . tcp dport { 10.0.0.1 . 80, 10.0.0.0/24 . 443-444 } accept": [
    concat(ip.daddr, tcp.dport).in(["10.0.0.1", 80], ["10.0.0.0/24", "443-444"]),
    accept,
  ],
  "ip daddr . tcp dport . iifname { 10.0.0.1 . 80 . lo }": [
    concat(ip.daddr, tcp.dport, meta.iifname).in(["10.0.0.1", 80, "lo"]),
  ],
  "ip saddr . tcp dport vmap { 10.0.0.1 . 80 : accept, 10.0.0.2 . 81 : goto other }": [
    concat(ip.saddr, tcp.dport).vmap([
      [["10.0.0.1", 80], accept],
      [["10.0.0.2", 81], goto("other")],
    ]),
  ],
  "meta mark set tcp dport map { 80 : 1, 443 : 2 }": [
    meta.mark.set(
      tcp.dport.map("mark", [
        [80, 1],
        [443, 2],
      ]),
    ),
  ],
  "numgen inc mod 3 vmap { 0 : accept, 1 : drop }": [
    numgen.inc(3).vmap([
      [0, accept],
      [1, drop],
    ]),
  ],
  "meta mark set numgen random mod 2 offset 5": [meta.mark.set(numgen.random(2, 5))],
  "meta mark set jhash ip saddr . ip daddr mod 4 seed 0x7": [
    meta.mark.set(jhash(concat(ip.saddr, ip.daddr), { modulus: 4, seed: 7 })),
  ],
  reject: [reject()],
  "meta nfproto ipv4 reject": [meta.nfproto.eq("ipv4"), reject()],
  "ip6 saddr ::1 reject with icmpv6 admin-prohibited": [
    ip6.saddr.eq("::1"),
    reject({ with: "admin-prohibited" }),
  ],
  "tcp dport 1 reject with tcp reset": [tcp.dport.eq(1), reject({ with: "tcp-reset" })],
  "reject with icmpx admin-prohibited": [reject({ with: "admin-prohibited" })],
  "limit rate 10/second burst 5 packets": [limit({ rate: 10, per: "second", burst: 5 })],
  "limit rate over 1048576 bytes/minute": [
    limit({ rate: 1_048_576, per: "minute", unit: "bytes", over: true }),
  ],
  'log prefix "x: " level info flags skuid': [
    log({ prefix: "x: ", level: "info", flags: ["skuid"] }),
  ],
  "log group 3": [log({ group: 3 })],
  "quota over 5 mbytes": [quota({ bytes: 5 * 1024 * 1024, over: true })],
  "fib saddr . iif oif missing drop": [fib("saddr", "iif").exists.eq(false), drop],
  "fib daddr type local accept": [fib("daddr").type.eq("local"), accept],
  "socket transparent 1": [socket.transparent.eq(true)],
  "tcp flags syn tcp option maxseg size set rt mtu": [
    tcp.flags.eq("syn"),
    tcpOption.maxseg.set(rt.mtu),
  ],
  "tcp option sack exists": [tcpOption.exists.sack.eq(true)],
  notrack: [notrack],
  'accept comment "why"': [accept, comment("why")],
};

const prerouting: typeof inet = {
  "tcp dport 80 dnat ip to 10.0.0.2:80": [
    tcp.dport.eq(80),
    dnat({ address: "10.0.0.2", port: 80 }),
  ],
  "ip daddr 1.1.1.1 tcp dport 80-90 dnat to 10.0.0.2-10.0.0.5:80-90 random": [
    ip.daddr.eq("1.1.1.1"),
    tcp.dport.eq("80-90"),
    dnat({ address: "10.0.0.2-10.0.0.5", port: "80-90", flags: ["random"] }),
  ],
  "udp dport 53 dnat ip6 to [fd00::2]:5353": [
    udp.dport.eq(53),
    dnat({ address: "fd00::2", port: 5353 }),
  ],
  "dnat ip to tcp dport map { 80 : 10.0.0.1 . 8080, 81 : 10.0.0.2 . 8081 }": [
    dnat({
      to: tcp.dport.map(
        ["ipv4_addr", "inet_service"],
        [
          [80, ["10.0.0.1", 8080]],
          [81, ["10.0.0.2", 8081]],
        ],
      ),
    }),
  ],
  "dnat ip to ip saddr map { 10.0.0.1 : 10.0.0.2 }": [
    dnat({ address: ip.saddr.map("ipv4_addr", [["10.0.0.1", "10.0.0.2"]]) }),
  ],
  "tcp dport 80 redirect to :81": [tcp.dport.eq(80), redirect({ port: 81 })],
  redirect: [redirect()],
};
const postrouting: typeof inet = {
  "masquerade random,persistent": [masquerade({ flags: ["random", "persistent"] })],
  "ip saddr 10.0.0.0/24 snat to 1.1.1.1": [
    ip.saddr.eq("10.0.0.0/24"),
    snat({ address: "1.1.1.1" }),
  ],
};
const mangle: typeof inet = {
  "tcp dport 80 tproxy ip to 127.0.0.1:8080": [
    tcp.dport.eq(80),
    tproxy({ address: "127.0.0.1", port: 8080 }),
  ],
};
const bridge: typeof inet = {
  "ip saddr 1.1.1.1 tcp dport 1": [ip.saddr.eq("1.1.1.1"), tcp.dport.eq(1)],
  "ether type ip tcp dport 1": [ether.type.eq("ip"), tcp.dport.eq(1)],
  "ether saddr 02:00:00:00:00:01": [ether.saddr.eq("02:00:00:00:00:01")],
  "vlan id 5": [vlan.id.eq(5)],
};
const netdev: typeof inet = {
  "ip saddr 1.1.1.1 udp dport 1": [ip.saddr.eq("1.1.1.1"), udp.dport.eq(1)],
  "arp operation request": [arp.operation.eq("request")],
  "icmpv6 type echo-request": [icmpv6.type.eq("echo-request")],
};
const four: typeof inet = {
  "tcp dport 1": [tcp.dport.eq(1)],
  "ip saddr 1.1.1.1 icmp type echo-request": [ip.saddr.eq("1.1.1.1"), icmp.type.eq("echo-request")],
};
const six: typeof inet = {
  "ip6 saddr ::1 icmpv6 type echo-request": [ip6.saddr.eq("::1"), icmpv6.type.eq("echo-request")],
};

const suites: readonly (readonly [nft.NftFamily, nft.ChainOptions, typeof inet])[] = [
  ["inet", {}, inet],
  ["inet", { type: "nat", hook: "prerouting", priority: "dstnat" }, prerouting],
  ["inet", { type: "nat", hook: "postrouting", priority: "srcnat" }, postrouting],
  ["inet", { type: "filter", hook: "prerouting", priority: "mangle" }, mangle],
  ["bridge", {}, bridge],
  ["netdev", {}, netdev],
  ["ip", {}, four],
  ["ip6", {}, six],
];

/** Names of a rule's own sets are the kernel's to give; what it counts is not compared. */
function shape(rule: nft.NftRuleInfo | undefined): unknown {
  const text = JSON.stringify([rule?.expressions, rule?.comment]);
  return JSON.parse(text.replaceAll(/"__(set|map)\d+"/g, '"__$1"'));
}

describe("nft: rules", function () {
  for (const [family, options, rules] of suites) {
    for (const [text, parts] of Object.entries(rules)) {
      it(`are for ${family} what nft(8) makes of: ${text}`, async function () {
        await using netns = await withNft(this);
        const table = nft.table(family, "t");
        const ours = table.chain("ours", options);
        const theirs = table.chain("theirs", options);
        await netns.nft.add(table, table.chain("other"), ours, theirs);

        await netns.nft.add(ours.rule(...parts));
        await nftCommand(netns, `add rule ${family} t theirs ${text}`);

        const [[our], [their]] = await Promise.all([
          netns.nft.rules(ours),
          netns.nft.rules(theirs),
        ]);
        expect(shape(our)).to.deep.equal(shape(their));
        const shown = await nftCommand(netns, "list", "table", family, "t");
        const [, first, , second] = shown.split(/^\tchain (?:ours|theirs) \{|^\t\}/m);
        expect(first).to.equal(second);
      });
    }
  }

  it("made of what was listed are the same rules", async function () {
    await using netns = await withNft(this);
    const table = nft.table("inet", "t");
    const [one, two] = [table.chain("one"), table.chain("two")];
    await netns.nft.add(
      table,
      ...[one, two],
      one.rule(
        ip.saddr.eq("10.0.0.0/9"),
        tcp.dport.eq("80-90"),
        limit({ rate: 5, per: "day" }),
        drop,
      ),
    );
    const [listed] = await netns.nft.rules(one);

    await netns.nft.add(two.rule(...(listed?.expressions ?? [])));

    const [copy] = await netns.nft.rules(two);
    expect(shape(copy)).to.deep.equal(shape(listed));
  });

  for (const [what, parts] of Object.entries({
    "two transport protocols": [tcp.dport.eq(1), udp.dport.eq(2)],
    "two network protocols": [ip.saddr.eq("1.1.1.1"), ip6.saddr.eq("::1")],
    "a port without a protocol": [dnat({ address: "10.0.0.1", port: 80 })],
  })) {
    it(`are refused that look for ${what}`, async function () {
      const chain = nft.table("inet", "t").chain("c");
      await using netns = await newNetns(this);

      const act = () => netns.nft.transaction().add(chain.rule(...parts));

      expect(act).to.throw().with.property("code", "ERR_CNM_INVALID_OPTION");
    });
  }
});
