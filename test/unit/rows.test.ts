import { folded } from "#lib/kernel/rows.js";
import type { Message } from "#lib/native.js";
import { expect } from "chai";

const state = ["permanent"];
const neighbour = (dst: string, vlan?: number): Message => ({
  type: "RTM_NEWNEIGH",
  flags: ["create"],
  header: { family: "inet", index: 7, state },
  attributes: { dst, vlan, lladdr: "02:42:0a:00:00:01" },
});

describe("folded", function () {
  it("leaves in the message what all have, and puts in rows what differs", function () {
    const { message, rows } = folded([neighbour("10.0.0.1"), neighbour("10.0.0.2", 3)]);

    expect(message).to.deep.equal({
      type: "RTM_NEWNEIGH",
      flags: ["create"],
      header: { family: "inet", index: 7, state },
      attributes: { dst: { row: 0 }, vlan: { row: 1 }, lladdr: "02:42:0a:00:00:01" },
    });
    expect(rows).to.deep.equal([
      ["10.0.0.1", null],
      ["10.0.0.2", 3],
    ]);
  });

  it("makes an empty row of a message that stands alone", function () {
    const { message, rows } = folded([neighbour("10.0.0.1")]);

    expect(message).to.deep.equal(neighbour("10.0.0.1"));
    expect(rows).to.deep.equal([[]]);
  });
});
