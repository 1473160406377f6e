import { FifoSet } from "#lib/util/fifo-set.js";
import { expect } from "chai";
import fc from "fast-check";

describe("FifoSet", function () {
  it("does as a list without duplicates does", function () {
    const member = fc.constantFrom("a", "b", "c", "d", "e");
    const step = fc.oneof(
      fc.tuple(fc.constantFrom("add" as const, "delete" as const), member),
      fc.constant(["shift"] as const),
    );

    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const set = new FifoSet<string>();
        let list: string[] = [];

        for (const [verb, text = ""] of steps) {
          if (verb === "shift") {
            expect(set.shift()).to.equal(list.shift());
          } else if (verb === "add") {
            set.add(text);
            if (!list.includes(text)) list.push(text);
          } else {
            expect(set.delete(text)).to.equal(list.includes(text));
            list = list.filter((other) => other !== text);
          }
          expect(set.size).to.equal(list.length);
        }
        expect(["a", "b", "c", "d", "e"].filter((text) => set.has(text)).sort()).to.deep.equal(
          [...list].sort(),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("goes on after it was empty", function () {
    const set = new FifoSet<string>();
    set.add("a");
    set.shift();
    set.shift();

    set.add("b");

    expect(set.shift()).to.equal("b");
  });
});
