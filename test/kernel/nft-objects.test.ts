import { nft } from "#lib/netlink.js";
import { expect } from "chai";
import { nftCommand, rulesetOf, withNft } from "../support/nft.js";

const { accept, concat, counter, ct, drop, ip, jump, tcp } = nft;

const lines = (text: string) => text.split("\n").map((line) => line.trim());

describe("nft: tables, chains, sets", function () {
  it("are those that nft(8) lists", async function () {
    await using netns = await withNft(this);
    const table = nft.table("inet", "filter", { comment: "ours" });
    const input = table.chain("input", {
      type: "filter",
      hook: "input",
      priority: "filter - 5",
      policy: "drop",
    });
    const web = table.chain("web", { comment: "jumped to" });
    const blocked = table.set("blocked", {
      type: "ipv4_addr",
      flags: ["interval"],
      comment: "bad ones",
    });
    const services = table.map("services", {
      type: ["ipv4_addr", "inet_service"],
      data: "verdict",
    });
    const recent = table.set("recent", {
      type: ["ipv4_addr", "inet_service"],
      flags: ["dynamic"],
      timeoutMs: 60_000,
      size: 1000,
    });

    await netns.nft
      .transaction()
      .add(table, input, web, blocked, services, recent)
      .add(blocked.elements(["10.0.0.0/8", { key: "1.1.1.1", comment: "one" }, "255.0.0.0/8"]))
      .add(services.elements([[["10.0.0.1", 80], jump(web)]]))
      .add(input.rule(ct.state.in("established", "related"), accept))
      .add(input.rule(ip.saddr.in(blocked), counter, drop, nft.comment("no")))
      .add(input.rule(concat(ip.daddr, tcp.dport).vmap(services)))
      .add(web.rule(recent.update(concat(ip.saddr, tcp.dport), { timeoutMs: 5000 }), accept))
      .commit();

    expect(lines(await rulesetOf(netns))).to.include.members([
      "table inet filter {",
      'comment "ours"',
      'comment "bad ones"',
      "flags interval",
      'elements = { 1.1.1.1 comment "one", 10.0.0.0/8,',
      "255.0.0.0/8 }",
      "type ipv4_addr . inet_service : verdict",
      "elements = { 10.0.0.1 . 80 : jump web }",
      "size 1000",
      "flags dynamic,timeout",
      "timeout 1m",
      "type filter hook input priority filter - 5; policy drop;",
      "ct state established,related accept",
      'ip saddr @blocked counter packets 0 bytes 0 drop comment "no"',
      "ip daddr . tcp dport vmap @services",
      "update @recent { ip saddr . tcp dport timeout 5s } accept",
    ]);
  });

  for (const [family, hook, priority] of [
    ["ip", "prerouting", "raw"],
    ["ip", "output", "mangle + 3"],
    ["ip6", "postrouting", "srcnat"],
    ["inet", "forward", "security"],
    ["arp", "input", "filter"],
    ["bridge", "prerouting", "dstnat"],
    ["bridge", "forward", "filter - 1"],
    ["bridge", "output", "out"],
  ] as const) {
    it(`hook a chain into ${family} ${hook} at priority ${priority}`, async function () {
      await using netns = await withNft(this);
      const table = nft.table(family, "t");
      const chain = table.chain("c", { type: "filter", hook, priority });

      await netns.nft.add(table, chain);

      expect(await rulesetOf(netns)).to.include(
        `type filter hook ${hook} priority ${priority}; policy accept;`,
      );
      const [listed] = await netns.nft.chains(chain);
      expect(listed).to.include({ family, hook, type: "filter", policy: "accept" });
    });
  }

  it("hook a chain into a link's ingress", async function () {
    await using netns = await withNft(this);
    const table = nft.table("netdev", "t");
    const options = { hook: "ingress", priority: "filter", devices: ["lo"] } as const;
    const chain = table.chain("c", { type: "filter", ...options });

    await netns.nft.add(table, chain);

    expect(await rulesetOf(netns)).to.match(/hook ingress device "lo" priority filter;/);
    const [listed] = await netns.nft.chains();
    expect(listed).to.deep.include({ hook: "ingress", devices: ["lo"] });
  });

  it("have links at the hooks of links alone", function () {
    const at = (hook: "input" | "ingress") => () =>
      nft.table("inet", "t").chain("c", { hook, devices: ["lo"] });

    expect(at("input")).to.throw("chain c: devices: go with the hooks ingress and egress");
    expect(at("ingress")).not.to.throw();
  });

  it("of nft(8) are read", async function () {
    await using netns = await withNft(this);
    await nftCommand(netns, 'add table ip t { comment "theirs" ; }');
    await nftCommand(
      netns,
      "add chain ip t c { type nat hook postrouting priority 100 ; policy drop ; }",
    );
    await nftCommand(
      netns,
      "add set ip t s { type ipv4_addr ; flags interval, timeout ; timeout 1h ; }",
    );
    await nftCommand(
      netns,
      'add element ip t s { 10.0.0.0/8, 11.0.0.1-11.0.0.3 timeout 2h comment "x" }',
    );
    await nftCommand(netns, "add map ip t m { type mark . inet_service : ipv4_addr ; }");
    await nftCommand(netns, "add element ip t m { 0x5 . 80 : 10.0.0.1 }");
    await nftCommand(netns, "add map ip t v { type ifname : verdict ; }");
    await nftCommand(netns, 'add element ip t v { "eth0" : drop, "lo" : return }');

    const [table] = await netns.nft.tables();
    const [chain] = await netns.nft.chains();
    const sets = await netns.nft.sets({ family: "ip", table: "t" });
    const of = (name: string) => netns.nft.elements({ family: "ip", table: "t", name });

    expect(table).to.include({ family: "ip", name: "t", comment: "theirs" });
    expect(chain).to.include({ type: "nat", hook: "postrouting", priority: 100, policy: "drop" });
    expect(sets.map(({ name, types, data }) => [name, types, data])).to.deep.equal([
      ["s", ["ipv4_addr"], undefined],
      ["m", ["mark", "inet_service"], ["ipv4_addr"]],
      ["v", ["ifname"], "verdict"],
    ]);
    expect(sets[0]).to.deep.include({ flags: ["interval", "timeout"], timeoutMs: 3_600_000 });
    const [block, range] = await of("s");
    expect(block).to.deep.include({ key: "10.0.0.0/8" });
    expect(range).to.deep.include({
      key: { from: "11.0.0.1", to: "11.0.0.3" },
      comment: "x",
      timeoutMs: 7_200_000,
    });
    expect(await of("m")).to.deep.equal([{ key: [5, 80], value: "10.0.0.1" }]);
    const verdicts = (await of("v")).map(({ key, value }) => [key, (value as nft.Verdict).data]);
    expect(verdicts).to.have.deep.members([
      ["eth0", { code: "drop" }],
      ["lo", { code: "return" }],
    ]);
  });

  it("count, limit and share by name", async function () {
    await using netns = await withNft(this);
    const table = nft.table("inet", "t");
    const chain = table.chain("c", { type: "filter", hook: "input", priority: "filter" });
    const seen = table.counter("seen");
    const slow = table.limit("slow", { rate: 10, per: "minute", burst: 3 });
    const much = table.quota("much", { bytes: 1000 });

    await netns.nft.add(table, chain, seen, slow, much, chain.rule(seen, slow, much));

    expect(lines(await rulesetOf(netns))).to.include.members([
      "counter seen {",
      "rate 10/minute burst 3 packets",
      "1000 bytes",
      'counter name "seen" limit name "slow" quota name "much"',
    ]);
    expect((await netns.nft.ruleset()).objects).to.have.lengthOf(3);
    const listed = await netns.nft.objects(table);
    expect(listed.map(({ name, kind }) => `${kind} ${name}`)).to.have.members([
      "counter seen",
      "limit slow",
      "quota much",
    ]);
  });

  it("read intervals of names as they were given, whether all that begin so or not", async function () {
    await using netns = await withNft(this);
    const table = nft.table("inet", "t");
    const links = table.set("s", { type: "ifname", flags: ["interval"] });
    const keys = ["eth*", { from: "veth0", to: "veth5" }, "wlan1"] as const;

    await netns.nft.add(table, links, links.elements(keys));

    const listed = (await netns.nft.elements(links)).map(({ key }) => key);
    expect(listed).to.have.deep.members([...keys]);
    await netns.nft
      .transaction()
      .delete(links.elements(listed as unknown as typeof keys))
      .commit();
    expect(await netns.nft.elements(links)).to.deep.equal([]);
  });

  it("take default elements and open intervals", async function () {
    await using netns = await withNft(this);
    const table = nft.table("inet", "t");
    const ports = table.map("ports", {
      type: "inet_service",
      data: "verdict",
      flags: ["interval"],
    });

    await netns.nft.add(
      table,
      ports,
      ports.elements([
        [{ from: 1, to: 5 }, accept],
        ["6-9", drop],
        ["60000-65535", drop],
        ["*", drop],
      ]),
    );

    expect((await rulesetOf(netns)).replaceAll(/\s+/g, " ")).to.include(
      "elements = { 1-5 : accept, 6-9 : drop, 60000-65535 : drop, * : drop }",
    );
    const keys = (await netns.nft.elements(ports)).map(({ key }) => key);
    expect(keys).to.have.deep.members([
      { from: 1, to: 5 },
      { from: 6, to: 9 },
      { from: 60_000, to: 65_535 },
      "*",
    ]);
  });

  for (const [what, make] of [
    [
      "an address of the other family",
      (table) => table.set("s", { type: "ipv4_addr" }).elements(["::1"]),
    ],
    [
      "an interval where there are none",
      (table) => table.set("s", { type: "mark" }).elements(["1-2"]),
    ],
    [
      "too few values",
      (table) => table.set("s", { type: ["mark", "mark"] }).elements([[1] as never]),
    ],
    ["a hook of another family", (table) => table.chain("c", { hook: "ingress", type: "filter" })],
    ["a priority that is none", (table) => table.chain("c", { hook: "input", priority: "out" })],
    ["a type that is none", (table) => table.set("s", { type: "ip_addr" as "mark" })],
    ["a name with a space", (table) => table.chain("a b")],
  ] satisfies readonly (readonly [string, (table: nft.Table) => unknown])[]) {
    it(`are refused with ${what}`, function () {
      const table = nft.table("ip", "t");

      expect(() => make(table))
        .to.throw()
        .with.property("code")
        .match(/^ERR_CNM_INVALID_/);
    });
  }
});
