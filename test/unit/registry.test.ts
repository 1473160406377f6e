import { Registry } from "#lib/cnm/registry.js";
import { expect } from "chai";
import fc from "fast-check";

describe("Registry.values", function () {
  it("is in the order of making, in whatever order they come and go", function () {
    const step = fc.record({ verb: fc.constantFrom("add", "remove", "look"), order: fc.nat(30) });

    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const registry = new Registry("sandbox");
        const there = new Map<number, { id: string; name: string; order: number }>();
        const orders = () => registry.values().map(({ order }) => order);
        const expected = () => [...there.keys()].sort((a, b) => a - b);
        for (const { verb, order } of steps) {
          const known = there.get(order);
          if (verb === "look") {
            expect(orders()).to.deep.equal(expected());
          } else if (verb === "add" && known === undefined) {
            const one = { id: `id${order}`, name: `name${order}`, order };
            there.set(order, one);
            registry.add(one);
          } else if (verb === "remove" && known !== undefined) {
            registry.remove(known);
            there.delete(order);
          }
        }
        expect(orders()).to.deep.equal(expected());
        expect(registry.size).to.equal(there.size);
      }),
      { numRuns: 500 },
    );
  });
});
