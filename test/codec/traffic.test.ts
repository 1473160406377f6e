import { addon, nativeError, type Decoded, type PlainError } from "#lib/native.js";
import { expect } from "chai";

// The types of attribute that traffic control needs: a struct before the attributes, a struct and
// rows of another, a list whose elements are numbered.

type Options = Readonly<Record<string, unknown>>;

function encode(kind: string, options: Options, type = "RTM_NEWQDISC"): Buffer {
  return Buffer.from(addon().encode(JSON.stringify({ type, attributes: { kind, options } })));
}

function optionsOf(bytes: Uint8Array): unknown {
  const [message] = JSON.parse(addon().decode(bytes)) as readonly Decoded[];
  return message?.attributes["options"];
}

function refused(kind: string, options: Options, type?: string): Error {
  try {
    encode(kind, options, type);
  } catch (error) {
    return nativeError(JSON.parse((error as Error).message) as PlainError);
  }
  throw new Error("it was encoded");
}

const start = 16 + 20 + 12; // nlmsghdr, tcmsg, the kind "netem"

describe("codec: fixed fields before attributes", function () {
  it("stand before them, whatever the order in which they are given", function () {
    const bytes = encode("netem", { latency64: "5", limit: 3, corr: { loss: 1 }, gap: 2 });

    expect(bytes.readUInt16LE(start)).to.equal(4 + 24 + 12 + 16);
    expect(bytes.readUInt32LE(start + 4 + 4)).to.equal(3); // limit, after latency
    expect(bytes.readUInt32LE(start + 4 + 12)).to.equal(2); // gap, after loss
    expect(optionsOf(bytes)).to.deep.include({ limit: 3, gap: 2, latency64: 5, loss: 0 });
  });

  it("are all there where none is given", function () {
    const bytes = encode("netem", {});

    expect(bytes.readUInt16LE(start)).to.equal(4 + 24);
    expect(optionsOf(bytes)).to.include({ limit: 0, jitter: 0 });
  });

  it("may be all that there is", function () {
    expect(optionsOf(encode("pfifo", { limit: 9 }))).to.deep.equal({ limit: 9 });
  });

  it("that are cut short are read as far as they go", function () {
    const bytes = encode("netem", { limit: 3, loss: 7 });
    const short = bytes.subarray(0, start + 4 + 10);
    short.writeUInt32LE(short.length, 0);
    short.writeUInt16LE(4 + 10, start);

    expect(optionsOf(short)).to.deep.equal({ latency: 0, limit: 3 });
  });

  it("do not hide a name that is unknown", function () {
    expect(refused("netem", { limits: 1 }).message).to.include("options.limits is unknown");
  });

  it("are passed over where an attribute is located", function () {
    const bytes = encode("netem", { limit: 3, corr: { loss: 1 } });

    expect(addon().locate(bytes, start + 4 + 24)).to.equal("options.corr");
  });
});

describe("codec: a struct and rows of another", function () {
  const row = { mask: 0xff00_0000, value: 0x0a00_0000, offset: 12 };
  const sel = { header: { flags: ["terminal"], nkeys: 2 }, rows: [row, { ...row, offset: 16 }] };

  it("come back as they went", function () {
    const bytes = encode("u32", { sel }, "RTM_NEWTFILTER");

    expect(optionsOf(bytes)).to.deep.equal({ sel });
  });

  it("lose a last row that is cut short", function () {
    const bytes = encode("u32", { sel }, "RTM_NEWTFILTER");
    const at = 16 + 20 + 8; // the kind "u32"
    const short = bytes.subarray(0, bytes.length - 4);
    short.writeUInt32LE(short.length, 0);
    for (const level of [at, at + 4]) short.writeUInt16LE(short.readUInt16LE(level) - 4, level);

    expect(optionsOf(short)).to.deep.equal({ sel: { ...sel, rows: [row] } });
  });

  it("are refused without rows", function () {
    const error = refused("u32", { sel: { header: {} } }, "RTM_NEWTFILTER");

    expect(error.message).to.include("options.sel has no rows");
  });
});

describe("codec: a list whose elements are numbered", function () {
  it("counts from 1", function () {
    const actions = [{ kind: "gact" }, { kind: "mirred" }, { kind: "gact" }];

    const bytes = encode("matchall", { actions }, "RTM_NEWTFILTER");

    let at = 16 + 20 + 16 + 4 + 4; // nlmsghdr, tcmsg, the kind "matchall", two nests
    const numbers = actions.map(() => {
      const number = bytes.readUInt16LE(at + 2) & 0x3fff; // without NLA_F_NESTED
      at += bytes.readUInt16LE(at);
      return number;
    });
    expect(numbers).to.deep.equal([1, 2, 3]);
    expect(optionsOf(bytes)).to.deep.equal({ actions });
  });
});
