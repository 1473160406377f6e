import { addon, type Message } from "#lib/native.js";
import { expect } from "chai";

/** The attributes of the message as they come back. */
function back(message: Message): unknown {
  const bytes = addon().encode(JSON.stringify(message));
  const [decoded] = JSON.parse(addon().decode(bytes, message.type)) as [Message];
  return decoded.attributes;
}

function refusal(message: Message): string {
  try {
    addon().encode(JSON.stringify(message));
  } catch (error) {
    return String(error);
  }
  return "none";
}

const set = (attributes: NonNullable<Message["attributes"]>): Message => ({
  type: "NFT_MSG_NEWSET",
  attributes,
});

describe("codec: values of nftables", function () {
  it("takes and gives signed numbers in network order", function () {
    const attributes = { hook: { hooknum: 1, priority: -300 } };

    const message = { type: "NFT_MSG_NEWCHAIN", attributes };

    expect(back(message)).to.deep.equal(attributes);
    expect(Buffer.from(addon().encode(JSON.stringify(message))).toString("hex")).to.include(
      "fffffed4",
    );
  });

  it("packs names of 6 bits each into a number, the last lowest", function () {
    const attributes = { key_type: ["ipv4_addr", "inet_service"] };

    expect(back(set(attributes))).to.deep.equal(attributes);
    const hex = Buffer.from(addon().encode(JSON.stringify(set(attributes)))).toString("hex");
    expect(hex).to.include("000001cd"); // 7 << 6 | 13
  });

  it("leaves a packed number as it is where a part has no name", function () {
    expect(back(set({ key_type: (7 << 6) | 63 }))).to.deep.equal({ key_type: (7 << 6) | 63 });
    expect(back(set({ data_type: "verdict" }))).to.deep.equal({ data_type: "verdict" });
  });

  it("refuses more names than a number holds, and those that are none", function () {
    const many = Array.from({ length: 6 }, () => "mark");

    expect(refusal(set({ key_type: many }))).to.include("key_type");
    expect(refusal(set({ key_type: ["none"] }))).to.include("key_type");
  });

  it("frames userdata by bytes, as libnftnl does", function () {
    const attributes = { userdata: { key_byteorder: "big", comment: "why" } };

    expect(back(set(attributes))).to.deep.equal(attributes);
    const hex = Buffer.from(addon().encode(JSON.stringify(set(attributes)))).toString("hex");
    expect(hex).to.include("000402000000" + "0704" + "77687900");
  });

  it("takes userdata as hex, and ends where it is cut short", function () {
    expect(back(set({ userdata: "0704776879000705776879" }))).to.deep.equal({
      userdata: { comment: "why" },
    });
    expect(refusal(set({ userdata: "0" }))).to.include("userdata");
    expect(refusal(set({ userdata: { comment: "x".repeat(255) } }))).to.include("255 bytes");
  });

  it("finds the table of an object's data by its type's number", function () {
    const attributes = { type: "limit", data: { rate: 5, unit: 1 } };

    expect(back({ type: "NFT_MSG_NEWOBJ", attributes })).to.deep.equal(attributes);
  });
});
