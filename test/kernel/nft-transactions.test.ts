import { addon } from "#lib/native.js";
import { Namespace, nft } from "#lib/netlink.js";
import { expect } from "chai";
import { nftCommand, rulesetOf, withNft } from "../support/nft.js";
import { runIn } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";

const { accept, drop, jump, tcp } = nft;

describe("nft: transactions", function () {
  it("leave nothing of what was before a refused command, and name that", async function () {
    await using netns = await withNft(this);
    const table = nft.table("inet", "t");
    const chain = table.chain("c");
    const transaction = netns.nft
      .transaction()
      .add(table, chain, chain.rule(tcp.dport.in(1, 2), accept))
      .add(chain.rule(jump("nowhere")))
      .add(table.chain("later"));

    const error = await kernelRefusal(transaction.commit());

    expect(error).to.include({ errnoName: "ENOENT", syscall: "NFT_MSG_NEWRULE" });
    expect(error.context).to.include({ command: 3 });
    expect(error.message).to.include("add rule of chain inet t c (command 4 of 5)");
    expect(await rulesetOf(netns)).to.equal("");
    expect(await netns.nft.tables()).to.deep.equal([]);
  });

  it("are refused where the generation is another, and go with the right one", async function () {
    await using netns = await withNft(this);
    const generation = await netns.nft.generation();
    await nftCommand(netns, "add table ip other");
    const table = nft.table("inet", "t");
    const transaction = netns.nft.transaction().add(table);

    const error = await kernelRefusal(transaction.commit({ generation }));
    const between = await netns.nft.tables(table);
    await transaction.commit({ generation: await netns.nft.generation() });

    expect(error).to.include({ errnoName: "ERESTART" });
    expect(error.message).to.include("another generation");
    expect(between).to.deep.equal([]);
    expect(await netns.nft.tables(table)).to.have.lengthOf(1);
  });

  it("put rules before, behind and instead of others, and take them away", async function () {
    await using netns = await withNft(this);
    const table = nft.table("inet", "t");
    const chain = table.chain("c");
    const rule = (port: number) => chain.rule(tcp.dport.eq(port));
    const { handles } = await netns.nft.add(table, chain, rule(1), rule(2), rule(3));
    const [, , one = 0, two = 0, three = 0] = handles;

    await netns.nft
      .transaction()
      .insert(rule(10))
      .insert(rule(11), { before: two })
      .append(rule(12), { after: two })
      .append(rule(13))
      .replace(chain.ruleAt(three), rule(14))
      .delete(chain.ruleAt(one))
      .commit();

    const { stdout } = await runIn(netns, "nft", "list", "chain", "inet", "t", "c");
    const order = [...stdout.matchAll(/dport (\d+)/g)].map(([, port]) => Number(port));
    expect(order).to.deep.equal([10, 11, 2, 12, 14, 13]);
  });

  it("destroy what is there and what is not", async function () {
    await using netns = await withNft(this);
    const table = nft.table("inet", "t");
    const set = table.set("s", { type: "inet_service" });
    const chain = table.chain("c");
    await netns.nft.add(table, chain, set, set.elements([1, 2]));

    await netns.nft
      .transaction()
      .destroy(set.elements([2, 3]), chain, nft.table("ip", "none"), table.chain("none"))
      .commit();

    expect(await netns.nft.elements(set)).to.deep.equal([{ key: 1 }]);
    expect(await netns.nft.chains()).to.deep.equal([]);
  });

  it("destroy where the kernel has no word for it, too", async function () {
    await using netns = await withNft(this);
    const table = nft.table("inet", "t");
    const set = table.set("s", { type: "inet_service" });
    const chain = table.chain("c", { type: "filter", hook: "input", priority: 0 });
    const { handles } = await netns.nft.add(
      ...[table, chain, set, set.elements([1, 2])],
      chain.rule(accept),
      chain.rule(drop),
    );
    const [, , , , first = 0] = handles;

    await withoutDestroy(() =>
      netns.nft
        .transaction()
        .destroy(set.elements([2, 3]), chain.ruleAt(first), chain.ruleAt(4711))
        .destroy(nft.table("ip", "none"), table.chain("none"))
        .commit(),
    );

    expect(await netns.nft.elements(set)).to.deep.equal([{ key: 1 }]);
    expect(await netns.nft.rules()).to.have.lengthOf(1);
    expect(await netns.nft.tables()).to.have.lengthOf(1);
    await withoutDestroy(() => netns.nft.transaction().destroy(chain, set, table).commit());
    expect(await rulesetOf(netns)).to.equal("");
  });

  it("create what is not there, and refuse what is", async function () {
    await using netns = await withNft(this);
    const table = nft.table("inet", "t");
    await netns.nft.transaction().create(table).commit();

    const error = await kernelRefusal(netns.nft.transaction().create(table).commit());

    expect(error.errnoName).to.equal("EEXIST");
    await netns.nft.transaction().add(table).commit(); // is no mistake
  });

  it("hold 10,000 elements, and as many again in chunks", async function () {
    this.timeout(20_000);
    await using netns = await withNft(this);
    const table = nft.table("inet", "t");
    const set = table.set("s", { type: "ipv4_addr" });
    const address = (net: number) => (_: unknown, at: number) => `10.${net}.${at >> 8}.${at & 255}`;
    const first = Array.from({ length: 10_000 }, address(0));
    const second = Array.from({ length: 10_000 }, address(1));

    await netns.nft.transaction().add(table, set, set.elements(first)).commit();
    await netns.nft.transaction().add(set.elements(second)).commit({ chunks: true });

    const keys = new Set((await netns.nft.elements(set)).map(({ key }) => key));
    expect(keys).to.deep.equal(new Set([...first, ...second]));
    const { stdout } = await runIn(netns, "nft", "-j", "list", "set", "inet", "t", "s");
    expect(stdout.match(/10\.\d+\.\d+\.\d+/g)).to.have.lengthOf(20_000);
    await netns.nft.transaction().delete(set.elements(first)).commit({ chunks: true });
    expect(await netns.nft.elements(set)).to.have.lengthOf(10_000);
    await netns.nft.transaction().flush(set).commit();
    expect(await netns.nft.elements(set)).to.deep.equal([]);
  });

  it("own a table that goes with the handle, and nobody else can touch", async function () {
    await using netns = await withNft(this);
    const table = nft.table("inet", "mine", { flags: ["owner"] });
    {
      await using again = await Namespace.open({ path: netns.path ?? "" });
      await again.nft.add(table, table.chain("c"));
      await kernelRefusal(again.nft.elements({ family: "inet", table: "none", name: "s" }));
      const { code, stderr } = await runIn(netns, "nft", "add", "chain", "inet", "mine", "d");
      expect({ code, stderr }).to.deep.include({ code: 1 });
      expect(stderr).to.include("Operation not permitted");
      expect(await again.nft.tables()).to.have.lengthOf(1);
    }
    expect(await netns.nft.tables()).to.deep.equal([]);
  });

  it("cannot be committed twice", async function () {
    await using netns = await withNft(this);
    const transaction = netns.nft.transaction().add(nft.table("inet", "t"));
    await transaction.commit();

    const error = await cnmRefusal(transaction.commit());

    expect(error.code).to.equal("ERR_CNM_CLOSED");
  });

  it("flush tables, chains and all", async function () {
    await using netns = await withNft(this);
    const table = nft.table("inet", "t");
    const [a, b] = [table.chain("a"), table.chain("b")];
    await netns.nft.add(table, a, b, a.rule(accept), b.rule(accept), nft.table("ip", "u"));

    await netns.nft.transaction().flush(a).commit();
    const left = await netns.nft.rules();
    await netns.nft.transaction().flush(table).commit();
    const none = await netns.nft.rules();
    await netns.nft.flush();

    expect(left.map(({ chain }) => chain)).to.deep.equal(["b"]);
    expect(none).to.deep.equal([]);
    expect((await netns.nft.ruleset()).tables).to.deep.equal([]);
  });
});

/** Has the addon refuse NFT_MSG_DESTROY* as kernels before 6.3 do. */
async function withoutDestroy<T>(act: () => Promise<T>): Promise<T> {
  const real = addon().run.bind(addon());
  addon().run = (handles, job, withNext) => {
    const { steps } = JSON.parse(job) as { steps: { messages?: { type: string }[] }[] };
    const message = steps[0]?.messages?.findIndex(({ type }) => type.includes("_DESTROY")) ?? -1;
    if (message < 0) return real(handles, job, withNext);
    const syscall = steps[0]?.messages?.[message]?.type;
    const error = { code: "EINVAL", errno: -22, meaning: "", syscall, message };
    return Promise.resolve(JSON.stringify({ error, made: [] }));
  };
  try {
    return await act();
  } finally {
    addon().run = real;
  }
}
