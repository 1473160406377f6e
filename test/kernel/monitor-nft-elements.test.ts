import { nft, type MonitorEvent } from "#lib/netlink.js";
import { expect } from "chai";
import { upTo, words } from "../support/monitored.js";
import { nftCommand, withNft } from "../support/nft.js";
import { ruleset, rulesetByNft } from "../support/nft-monitor.js";
import { runIn } from "../support/other-eyes.js";

const isEnd = (event: MonitorEvent) => words(event) === "new table end";

const set = (more: string) => `table ip t { set s { ${more}; }; }`;

describe("Namespace.monitor: elements of nftables", function () {
  it("are what elements() lists, with values, comments, timeouts", async function () {
    await using netns = await withNft(this);
    await nftCommand(
      netns,
      `table ip t {
        chain c { }
        map m { type inet_service : verdict; }
        map n { type ipv4_addr . inet_service : mark; flags timeout; }
      }`,
    );
    await using monitor = netns.monitor({ nftElements: true });
    await monitor.ready;

    await nftCommand(netns, 'add element ip t m { 80 comment "web" : jump c, 22 : accept }');
    await nftCommand(netns, "add element ip t n { 10.0.0.1 . 80 timeout 1h : 7 }");

    const seen = await upTo(
      monitor,
      ({ kind, ...event }) => kind === "nftElement" && "set" in event && event.set.name === "n",
    );
    const elements = seen.flatMap((event) => (event.kind === "nftElement" ? [event.element] : []));
    const table = { family: "ip", table: "t" } as const;
    const m = await netns.nft.elements({ ...table, name: "m" });
    const [n] = await netns.nft.elements({ ...table, name: "n" });
    expect(elements.slice(0, 2)).to.have.deep.members([...m]);
    expect({ ...elements[2], expiresMs: 0 }).to.deep.equal({ ...n, expiresMs: 0 });
    expect(elements[2]).to.include({ value: 7, timeoutMs: 3_600_000 });
  });

  it("are intervals, whatever the kernel makes of them", async function () {
    await using netns = await withNft(this);
    await nftCommand(netns, set("type ipv4_addr; flags interval"));
    await using monitor = netns.monitor({ nftElements: true });
    await monitor.ready;

    await nftCommand(netns, "add element ip t s { 10.0.0.0-10.0.0.9, 10.0.0.10-10.0.0.20 }");
    await nftCommand(netns, "add element ip t s { 240.0.0.0/4 }");
    await nftCommand(netns, "add element ip t s { 0.0.0.0/8 }");
    // nft(8) 1.0.6 crashes over it.
    const ours = nft.table("ip", "t").set("s", { type: "ipv4_addr", flags: ["interval"] });
    await netns.nft.add(ours.elements(["*"]));
    await nftCommand(netns, "delete element ip t s { 10.0.0.0-10.0.0.9 }");
    await nftCommand(netns, "flush set ip t s");
    await nftCommand(netns, "add element ip t s { 1.1.1.1 }");

    const seen = await upTo(monitor, (event) => words(event) === "new element 1.1.1.1 of s");
    const said = seen.map((event) => words(event).replace(/ of s$/, ""));
    const first = '{"from":"10.0.0.0","to":"10.0.0.9"}';
    const second = '{"from":"10.0.0.10","to":"10.0.0.20"}';
    expect(said.slice(0, 3)).to.deep.equal([
      `new element ${first}`,
      `new element ${second}`,
      "new element 240.0.0.0/4",
    ]);
    expect(said.slice(3, 5)).to.deep.equal(["new element 0.0.0.0/8", "new element *"]);
    expect(said[5]).to.equal(`deleted element ${first}`);
    expect(said.slice(6, -1)).to.have.members([
      "deleted element *",
      "deleted element 0.0.0.0/8",
      `deleted element ${second}`,
      "deleted element 240.0.0.0/4",
    ]);
  });

  it("of several intervals at once, too", async function () {
    await using netns = await withNft(this);
    await nftCommand(netns, set("type ipv4_addr . inet_service; flags interval"));
    await using monitor = netns.monitor({ nftElements: true });
    await monitor.ready;

    await nftCommand(netns, "add element ip t s { 10.0.0.0/8 . 80-90 }");
    await nftCommand(netns, "delete element ip t s { 10.0.0.0/8 . 80-90 }");

    const seen = await upTo(monitor, (event) => words(event).startsWith("deleted"));
    const key = '["10.0.0.0/8",{"from":80,"to":90}]';
    expect(seen.map(words)).to.deep.equal([
      `new element ${key} of s`,
      `deleted element ${key} of s`,
    ]);
  });

  it("come before the end of their transaction", async function () {
    await using netns = await withNft(this);
    await using monitor = netns.monitor({ nftables: true, nftElements: true });
    await monitor.ready;

    await nftCommand(netns, set("type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }"));

    const seen = await upTo(monitor, ({ kind }) => kind === "nftGeneration");
    expect(seen.map(words)).to.deep.equal([
      ...["new table t", "new set s", "new element 10.0.0.0/8 of s", "generation by nft"],
    ]);
  });

  it("go with their set, each told", async function () {
    await using netns = await withNft(this);
    await nftCommand(netns, set("type mark; elements = { 1, 2 }"));
    await using monitor = netns.monitor({ nftElements: true });
    await monitor.ready;

    await nftCommand(netns, "delete table ip t");

    const seen = [await monitor.next(), await monitor.next()].map(({ value }) =>
      words(value as MonitorEvent),
    );
    expect(seen).to.have.members(["deleted element 1 of s", "deleted element 2 of s"]);
  });

  it("are new also where they are added while it begins", async function () {
    await using netns = await withNft(this);
    const blocked = nft.table("ip", "t").set("s", { type: "ipv4_addr" });
    await netns.nft.add(blocked.table, blocked);
    await using monitor = netns.monitor({ nftElements: true });

    await netns.nft.add(blocked.elements(["10.0.0.1"]));

    const { value } = await monitor.next();
    expect(words(value as MonitorEvent)).to.equal("new element 10.0.0.1 of s");
  });
});

describe("Monitor: what the kernel had no room for, of nftables", function () {
  const many = Array.from({ length: 200 }, (_, at) => at);
  const all = { nftables: true, nftElements: true, queueBytes: 4096 } as const;

  it("is found out by resync(): then it is known what nft(8) lists", async function () {
    await using netns = await withNft(this);
    await nftCommand(
      netns,
      `table ip t { set s { type mark; elements = { 1000, 1001 }; }; chain c { counter; }; }
       table ip gone { chain c { accept; }; }`,
    );
    await using monitor = netns.monitor({ ...all, existing: true });
    await monitor.ready;

    await nftCommand(
      netns,
      `delete table ip gone
       delete element ip t s { 1000 }
       ${many.map((at) => `add rule ip t c mark ${at} accept`).join("\n")}
       add element ip t s { ${many.join()} }`,
    );
    const seen = [...(await upTo(monitor, ({ kind }) => kind === "overrun"))];
    await monitor.resync();
    await nftCommand(netns, "table ip end");
    seen.push(...(await upTo(monitor, isEnd)));

    const known = ruleset(seen);
    expect(known).to.have.length.greaterThan(400);
    expect(known).to.deep.equal(await rulesetByNft(netns));
  });

  it("is told as deleted and new, where all was made anew with the same handles", async function () {
    await using netns = await withNft(this);
    const rules = `
      flush ruleset
      table ip t { set s { type mark; elements = { 1 }; }; chain c { mark @s accept; }; }`;
    await nftCommand(netns, rules);
    await using monitor = netns.monitor(all);
    await monitor.ready;
    const flood = many.map((at) => `add table ip t${at}; delete table ip t${at}`).join("\n");

    await nftCommand(netns, flood + rules);
    await upTo(monitor, ({ kind }) => kind === "overrun");
    await monitor.resync();
    await nftCommand(netns, "table ip end");

    const seen = (await upTo(monitor, isEnd)).map(words).filter((one) => !/generation/.test(one));
    const what = ["table t", "chain c", "rule of c", "set s", "element 1 of s"];
    expect(seen.slice(0, -1)).to.have.members([
      ...what.map((one) => `deleted ${one}`),
      ...what.map((one) => `new ${one}`),
    ]);
    for (const one of what) {
      expect(seen.indexOf(`deleted ${one}`), one).to.be.lessThan(seen.indexOf(`new ${one}`));
    }
  });

  it("is nothing where packets were counted alone", async function () {
    await using netns = await withNft(this);
    await netns.links.set("lo", { up: true });
    await nftCommand(
      netns,
      `table inet t {
        set s { type ipv4_addr; timeout 1h; counter; elements = { 127.0.0.1 }; }
        counter n { }
        quota q { over 1 mbytes }
        chain c { type filter hook output priority 0; counter name n ip daddr @s counter quota name q; }
      }`,
    );
    await using monitor = netns.monitor({ ...all, existing: true });
    await monitor.ready;
    await runIn(netns, "bash", "-c", "echo x > /dev/udp/127.0.0.1/9");
    expect(await nftCommand(netns, "list counters")).to.match(/packets [1-9]/);

    await monitor.resync();
    await nftCommand(netns, "table ip end");

    const seen = (await upTo(monitor, isEnd)).map(words);
    expect(seen.filter((one) => one.startsWith("changed"))).to.deep.equal([]);
    expect(new Set(seen).size).to.equal(seen.length);
  });

  it("does not hide what happens while resync() looks", async function () {
    await using netns = await withNft(this);
    await using monitor = netns.monitor({ nftables: true, nftElements: true });
    await monitor.ready;

    for (let round = 0; round < 30; round++) {
      const first = monitor.next();
      const looked = monitor.resync();
      await Promise.all([looked, netns.nft.add(nft.table("ip", `t${round}`))]);
      const { value } = await first;
      const rest = await upTo(monitor, ({ kind }) => kind === "nftGeneration");
      const seen = [value as MonitorEvent, ...rest].map(words).join();
      expect(seen).to.include(`new table t${round}`).and.not.include("deleted");
    }
  });
});
