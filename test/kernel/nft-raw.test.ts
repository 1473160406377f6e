import { nft } from "#lib/netlink.js";
import { expect } from "chai";
import { newNetns } from "../support/netns.js";
import { exchange, requestFlags } from "../support/raw.js";
import { takeApart } from "../support/wire.js";

// What nft(8) of Debian 12 has no words for, by numbers of include/uapi/linux/netfilter/nf_tables.h: made by us and
// made by Python, as in link-raw.test.ts.

const messages = { newTable: 0x0a00, getTable: 0x0a01, batchBegin: 0x10, batchEnd: 0x11 };
const header = "01000000"; // struct nfgenmsg: NFPROTO_INET
const ofBatch = { flags: 0x1, header: "0000000a", attributes: {} }; // NLM_F_REQUEST, NFNL_SUBSYS_NFTABLES
const name = { "1": Buffer.from("t\0").toString("hex") }; // NFTA_TABLE_NAME
const owner = 2; // NFT_TABLE_F_OWNER
const persist = 4; // NFT_TABLE_F_PERSIST
const flagsOf = (value: number) => ({ "2": `0000000${value}` }); // NFTA_TABLE_FLAGS, in network order

describe("nft beyond nft(8)", function () {
  it("keeps a table that persists for its owner, as the kernel says", async function () {
    await using netns = await newNetns(this, "program:python3", "kernel:nft-persist");
    await netns.nft.add(nft.table("inet", "t", { flags: ["owner", "persist"] }));

    const [bytes] = await exchange(netns, "netfilter", {
      ...{ type: messages.getTable, flags: requestFlags, header, attributes: name },
    });

    const { attributes } = takeApart(bytes ?? new Uint8Array(), 4, {});
    expect(attributes).to.include({ ...name, ...flagsOf(owner | persist) });
  });

  it("reads a table that persists after its owner", async function () {
    await using netns = await newNetns(this, "program:python3", "kernel:nft-persist");

    await exchange(
      netns,
      "netfilter",
      { type: messages.batchBegin, ...ofBatch },
      {
        ...{ type: messages.newTable, flags: requestFlags | 0x400, header }, // NLM_F_CREATE
        attributes: { ...name, ...flagsOf(owner | persist) },
      },
      { type: messages.batchEnd, ...ofBatch },
    );

    const [table] = await netns.nft.tables();
    expect(table).to.deep.include({ family: "inet", name: "t", flags: ["persist"] });
  });
});
