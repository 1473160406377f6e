import {
  nft,
  type Monitor,
  type MonitorEvent,
  type Namespace,
  type NftEvent,
} from "#lib/netlink.js";
import { expect } from "chai";
import { upTo, words } from "../support/monitored.js";
import { newNetns } from "../support/netns.js";
import { nftCommand, withNft } from "../support/nft.js";
import { asNftSays, NftMonitor } from "../support/nft-monitor.js";
import { rejection } from "../support/rejection.js";

const bit = `table inet t {
  comment "of a test"
  set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/24, 10.1.0.1 }; }
  map m { type inet_service : verdict; elements = { 22 : accept, 80 : drop }; }
  counter n { packets 1 bytes 2; }
  chain c {
    type filter hook input priority 0; policy accept;
    ip saddr @s tcp dport { 1, 2 } counter name n accept comment "one"
    tcp dport vmap @m
  }
}`;

/** Handles of rules, in order. */
async function rulesByNft(netns: Namespace): Promise<readonly number[]> {
  const text = await nftCommand(netns, "-j", "list chain ip t c");
  const { nftables } = JSON.parse(text) as { nftables: { rule?: { handle: number } }[] };
  return nftables.flatMap(({ rule }) => (rule === undefined ? [] : [rule.handle]));
}

/** What one transaction was, its generation left out. */
async function transaction<E extends MonitorEvent>(monitor: Monitor<E>): Promise<E[]> {
  const seen = await upTo(monitor, (event) => event.kind === "nftGeneration");
  return seen.slice(0, -1);
}

describe("Namespace.monitor: nftables", function () {
  it("tells what nft(8) does, and where a transaction ends", async function () {
    await using netns = await withNft(this);
    await using monitor = netns.monitor({ nftables: true });
    await monitor.ready;

    await nftCommand(netns, "add table ip t");
    await nftCommand(netns, "add chain ip t c; add set ip t s { type mark; }");
    await nftCommand(netns, "add rule ip t c mark @s drop");
    await nftCommand(netns, "add counter ip t n; add element ip t s { 1 }");
    await nftCommand(netns, 'add chain ip t c { comment "x"; }; rename chain ip t c d');
    await nftCommand(netns, "flush chain ip t d");
    await nftCommand(netns, "flush ruleset; add table ip end");

    const seen = await upTo(monitor, (event) => words(event) === "new table end");
    expect(seen.map(words)).to.deep.equal([
      ...["new table t", "generation by nft"],
      ...["new chain c", "new set s", "generation by nft"],
      ...["new rule of c", "generation by nft"],
      ...["new counter n", "generation by nft"],
      ...["changed chain c", "changed chain d", "generation by nft"],
      ...["deleted rule of c", "generation by nft"],
      ...["deleted set s", "deleted counter n", "deleted chain d", "deleted table t"],
      "new table end",
    ]);
  });

  it("tells the same as `nft monitor`, in the same order", async function () {
    await using netns = await withNft(this);
    await using other = await NftMonitor.open(netns);
    await using monitor = netns.monitor({ nftables: true, nftElements: true });
    await monitor.ready;

    await nftCommand(netns, bit);
    await nftCommand(netns, "add element inet t s { 10.2.0.0-10.2.0.9, 255.0.0.0/8 }");
    await nftCommand(netns, "insert rule inet t c counter; add chain inet t c { policy drop; }");
    await nftCommand(netns, "delete element inet t m { 22 }; delete element inet t s { 10.1.0.1 }");
    await nftCommand(netns, "flush set inet t s; flush map inet t m; flush chain inet t c");
    await nftCommand(netns, "delete map inet t m");
    await nftCommand(netns, "flush ruleset");
    await nftCommand(netns, "add table ip end");

    const seen = await upTo(monitor, (event) => words(event) === "new table end");
    const said = seen.slice(0, -1).flatMap((event) => asNftSays(event) ?? []);
    const theirs = await other.upToTable("end");
    expect(theirs).to.have.length.greaterThan(25);
    expect(said).to.deep.equal(theirs);
  });

  it("shows objects as the lists show them", async function () {
    await using netns = await withNft(this);
    await using monitor = netns.monitor({ nftables: true });
    await monitor.ready;

    await nftCommand(netns, bit);

    const seen = await transaction(monitor);
    const pick = <K extends NftEvent["kind"]>(kind: K) =>
      seen.filter((event): event is Extract<NftEvent, { kind: K }> => event.kind === kind);
    const { nft: listed } = netns;
    const unused = (table: nft.NftTableInfo | undefined) => ({ ...table, use: undefined });
    // In the middle of a transaction a set of a rule is one of the table's.
    expect(unused(pick("nftTable")[0]?.table)).to.deep.equal(unused((await listed.tables())[0]));
    expect(pick("nftChain").map(({ chain }) => chain)).to.deep.equal(await listed.chains());
    expect(pick("nftRule").map(({ rule }) => rule)).to.deep.equal(await listed.rules());
    expect(pick("nftObject").map(({ object }) => object)).to.deep.equal(await listed.objects());
    const byHandle = (one: nft.NftSetInfo, other: nft.NftSetInfo) => one.handle - other.handle;
    expect(pick("nftSet").map(({ set }) => set)).to.deep.equal(
      [...(await listed.sets())].sort(byHandle),
    );
    expect(seen).to.have.lengthOf(8);
  });

  it("says where a rule stands", async function () {
    await using netns = await withNft(this);
    await nftCommand(netns, "table ip t { chain c { counter; }; }");
    const [first] = await netns.nft.rules();
    await using monitor = netns.monitor({ nftables: true });
    await monitor.ready;

    const handle = first?.handle ?? 0;
    await nftCommand(netns, "add rule ip t c accept");
    await nftCommand(netns, "insert rule ip t c accept");
    await nftCommand(netns, `add rule ip t c handle ${handle} accept`);
    await nftCommand(netns, `insert rule ip t c handle ${handle} accept`);
    await nftCommand(netns, `replace rule ip t c handle ${handle} accept`);

    const seen = await upTo(monitor, (event) => "change" in event && event.change === "deleted");
    seen.push(...(await transaction(monitor)));
    const order = [handle];
    for (const event of seen) {
      if (event.kind !== "nftRule") continue;
      const { change, rule, place } = event;
      const behind = typeof place === "number" ? order.indexOf(place) + 1 : order.length;
      if (change === "deleted") order.splice(order.indexOf(rule.handle), 1);
      else order.splice(place === "first" ? 0 : behind, 0, rule.handle);
    }
    expect(order).to.have.lengthOf(5);
    expect(order).to.deep.equal(await rulesByNft(netns));
  });

  it("shows what is deleted as it was, though the kernel says its name alone", async function () {
    await using netns = await withNft(this);
    await nftCommand(netns, bit);
    const before = await netns.nft.ruleset();
    const [object] = await netns.nft.objects();
    await using monitor = netns.monitor({ nftables: true });
    await monitor.ready;

    await nftCommand(netns, "flush ruleset");

    const seen = await transaction(monitor);
    const about = { change: "deleted", nsid: undefined };
    expect(seen).to.have.deep.members([
      ...before.tables.map((table) => ({ kind: "nftTable", ...about, table })),
      ...before.chains.map((chain) => ({ kind: "nftChain", ...about, chain })),
      ...before.rules.map((rule) => ({ kind: "nftRule", ...about, rule, place: undefined })),
      ...before.sets.map((set) => ({ kind: "nftSet", ...about, set })),
      { kind: "nftObject", ...about, object },
    ]);
  });

  it("tells changes of tables, chains and sets from new ones", async function () {
    await using netns = await withNft(this);
    await nftCommand(netns, bit);
    await using monitor = netns.monitor({ nftables: true });

    await nftCommand(netns, "add table inet t { flags dormant; }");
    await nftCommand(netns, "add chain inet t c { policy drop; }");
    const { tables, chains } = await netns.nft.ruleset();

    expect(await transaction(monitor)).to.deep.equal([
      { kind: "nftTable", change: "changed", nsid: undefined, table: tables[0] },
    ]);
    expect(await transaction(monitor)).to.deep.equal([
      { kind: "nftChain", change: "changed", nsid: undefined, chain: chains[0] },
    ]);
    expect([tables[0]?.flags, chains[0]?.policy]).to.deep.equal([["dormant"], "drop"]);
  });

  it("knows all devices of a chain that is given one more", async function () {
    await using netns = await newNetns(this, "program:nft", "link:bridge");
    for (const name of ["b0", "b1", "b2"]) await netns.links.add({ kind: "bridge", name });
    const chain = (names: string) =>
      `table netdev t { chain c { type filter hook ingress devices = { ${names} } priority 0; }; }`;
    await nftCommand(netns, chain("b0, b1"));
    await using monitor = netns.monitor({ nftables: true });
    await monitor.ready;

    await nftCommand(netns, chain("b2"));

    const [event] = await transaction(monitor);
    const [listed] = await netns.nft.chains();
    if (event?.kind !== "nftChain") throw new Error("no chain");
    expect(event.change).to.equal("changed");
    expect(event.chain.devices).to.have.members(["b0", "b1", "b2"]);
    const sorted = (one = event.chain) => ({ ...one, devices: [...(one.devices ?? [])].sort() });
    expect(sorted()).to.deep.equal(sorted(listed));
  });

  it("knows all devices of a flowtable of which one comes or goes", async function () {
    await using netns = await newNetns(this, "nft:flowtable", "link:bridge");
    for (const name of ["b0", "b1", "b2"]) await netns.links.add({ kind: "bridge", name });
    const devices = (names: string) => `{ hook ingress priority 0; devices = { ${names} }; }`;
    await nftCommand(netns, `table ip t { flowtable f ${devices("b0, b1")}; }`);
    await using monitor = netns.monitor({ nftables: true });
    await monitor.ready;

    await nftCommand(netns, `add flowtable ip t f ${devices("b2")}`);
    await nftCommand(netns, `delete flowtable ip t f ${devices("b0")}`);
    await nftCommand(netns, "delete flowtable ip t f");

    const told = [1, 2, 3].map(async () => {
      const [event] = await transaction(monitor);
      if (event?.kind !== "nftFlowtable") throw new Error("no flowtable");
      return `${event.change} ${[...event.flowtable.devices].sort().join(" ")}`;
    });
    expect(await Promise.all(told)).to.deep.equal([
      "changed b0 b1 b2",
      "changed b1 b2",
      "deleted b1 b2",
    ]);
  });

  it("begins with what is there, each thing before what is in it", async function () {
    await using netns = await withNft(this);
    await nftCommand(netns, bit);
    await using monitor = netns.monitor({ nftables: true, nftElements: true, existing: true });
    await monitor.ready;
    await nftCommand(netns, "add table ip end");

    const seen = await upTo(monitor, (event) => words(event) === "new table end");

    const there = seen.slice(0, -1).map(words);
    expect(there.slice(0, 2)).to.deep.equal(["new table t", "new chain c"]);
    expect([...there].sort()).to.deep.equal([
      "generation by somebody", // who looks is not who committed
      "new chain c",
      "new counter n",
      "new element 1 of __set0",
      "new element 10.0.0.0/24 of s",
      "new element 10.1.0.1 of s",
      "new element 2 of __set0",
      "new element 22 of m",
      "new element 80 of m",
      "new rule of c",
      "new rule of c",
      "new set __set0",
      "new set m",
      "new set s",
      "new table t",
    ]);
  });

  it("gives generations to commit to, and who made them", async function () {
    await using netns = await withNft(this);
    await using monitor = netns.monitor({ nftables: true });
    const generation = async () => {
      const event = (await upTo(monitor, ({ kind }) => kind === "nftGeneration")).at(-1);
      if (event?.kind !== "nftGeneration") throw new Error("no generation");
      return event;
    };

    await netns.nft.add(nft.table("ip", "ours"));
    const ours = await generation();
    const commit = (name: string) =>
      netns.nft.transaction().add(nft.table("ip", name)).commit({ generation: ours.generation });
    await commit("too");
    await generation();
    await nftCommand(netns, "flush ruleset");
    const theirs = await generation();
    const refused = await rejection(commit("three"));

    expect(ours.process?.name).to.equal("vw-worker");
    expect(theirs.process?.name).to.equal("nft");
    expect(theirs.generation).to.equal(await netns.nft.generation());
    expect(refused).to.include({ code: "ERR_CNM_KERNEL", errno: -85 }); // ERESTART
  });

  it("hears of other namespaces that have an id in this one", async function () {
    await using netns = await withNft(this);
    await using inside = await newNetns(this);
    const nsid = await netns.namespaceIds.assign(inside);
    await nftCommand(inside, "table ip old { set s { type mark; }; }");
    const all = { nftables: true, nftElements: true, allNamespaces: true } as const;
    await using monitor = netns.monitor(all);
    await monitor.ready;

    await nftCommand(inside, "table ip t { set s { type mark; elements = { 1 }; }; }");
    await nftCommand(inside, "add element ip old s { 1 }; delete table ip old");
    await nftCommand(netns, "table ip end");

    const seen = await upTo(monitor, (event) => words(event) === "new table end");
    expect(seen.map(words)).to.deep.equal([
      ...["new table t", "new set s", "new element 1 of s", "generation by nft"],
      ...["deleted set s", "deleted table old", "generation by nft"],
      "new table end",
    ]);
    const ids = seen.map((event) => ("nsid" in event ? event.nsid : null));
    expect(ids).to.deep.equal([...seen.slice(1).map(() => nsid), undefined]);
  });
});
