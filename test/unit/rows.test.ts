import { folded, picked } from "#lib/kernel/rows.js";
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
    const step = folded([neighbour("10.0.0.1"), neighbour("10.0.0.2", 3)]);

    expect(step).to.deep.equal({
      do: "rows",
      in: 0,
      message: {
        type: "RTM_NEWNEIGH",
        flags: ["create"],
        header: { family: "inet", index: 7, state },
        attributes: { dst: { row: 0 }, vlan: { row: 1 }, lladdr: "02:42:0a:00:00:01" },
      },
      rows: [
        ["10.0.0.1", null],
        ["10.0.0.2", 3],
      ],
    });
  });

  it("makes an empty row of a message that stands alone", function () {
    const step = folded([neighbour("10.0.0.1")]);

    expect(step).to.deep.include({ message: neighbour("10.0.0.1"), rows: [[]] });
  });

  it("leaves messages of several shapes as they are", function () {
    const renamed = {
      ...neighbour("10.0.0.1"),
      attributes: { via: "10.0.0.1", vlan: 1, lladdr: "" },
    };
    const messages = [neighbour("10.0.0.1"), renamed];

    expect(folded(messages)).to.deep.equal({ do: "request", in: 0, messages });
  });
});

describe("picked", function () {
  it("is of the header, else of the attributes, else null", function () {
    const whole = { type: "RTM_NEWNEIGH", header: { index: 7 }, attributes: { dst: "10.0.0.1" } };

    expect(picked(whole, ["dst", "vlan", "index"])).to.deep.equal(["10.0.0.1", null, 7]);
  });
});
