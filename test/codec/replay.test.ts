import { addon } from "#lib/native.js";
import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { repository } from "../support/run.js";

// What a kernel answered to dumps of a namespace with a bit of everything in it, broken in every run
// in the same ways. `npm run fuzz -- --record` writes them anew.

const folder = join(repository, "test/native/fuzz/corpus/netlink");
const dumps = readdirSync(folder).map((file) => ({
  name: basename(file, ".bin"),
  type: basename(file, ".bin").replace(/-.*/, ""),
  bytes: new Uint8Array(readFileSync(join(folder, file))),
}));

/** The same numbers for the same seed: mulberry32. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const decode = (bytes: Uint8Array, type: string) =>
  JSON.parse(addon().decode(bytes, type)) as readonly unknown[];

describe("codec: dumps of a kernel", function () {
  this.timeout(60_000);

  it("are there, of every protocol", function () {
    const types = dumps.map(({ type }) => type);

    expect(types).to.include.members(["CTRL_CMD_GETFAMILY", "NFT_MSG_GETTABLE", "RTM_GETLINK"]);
  });

  for (const { name, type, bytes } of dumps) {
    it(`${name} decodes whole`, function () {
      const decoded = decode(bytes, type);

      expect(decoded).to.not.be.empty;
      expect(decoded).to.not.include(null);
    });

    it(`${name} with bits flipped decodes to a list, and is located in`, function () {
      for (let seed = 1; seed <= 400; seed++) {
        const next = numbers(seed);
        const broken = Uint8Array.from(bytes);
        for (let flips = 1 + next(16); flips > 0; flips--) {
          const at = next(broken.length);
          broken[at] = (broken[at] ?? 0) ^ (1 << next(8));
        }

        expect(decode(broken, type), `seed ${seed}`).to.be.an("array");
        const path = addon().locate(broken, next(broken.length), type);
        expect(path, `seed ${seed}`).to.match(/^[\w.]*$/);
      }
    });

    it(`${type} with two bytes of a length changed decodes to a list`, function () {
      for (let seed = 1; seed <= 400; seed++) {
        const next = numbers(seed);
        const broken = Buffer.from(bytes);
        const at = next((broken.length - 4) / 4) * 4;
        broken.writeUInt16LE([0, 1, 3, 4, 5, 0x7fff, 0xffff, next(64)][next(8)] ?? 0, at);

        expect(decode(Uint8Array.from(broken), type), `seed ${seed}`).to.be.an("array");
      }
    });

    it(`${type} cut short decodes to what is whole of it`, function () {
      const whole = decode(bytes, type);
      const step = Math.ceil(bytes.length / 500);

      for (let length = 0; length < bytes.length; length += step) {
        const decoded = decode(bytes.slice(0, length), type);
        expect(decoded, `${length} bytes`).to.deep.equal(whole.slice(0, decoded.length));
      }
    });
  }
});
