import { nearMiss } from "#lib/util/near-miss.js";
import { expect } from "chai";
import fc from "fast-check";

describe("nearMiss", function () {
  const cases: [string, string[], string | undefined][] = [
    ["subnet", ["driver", "subnets"], "subnets"],
    ["gatway", ["gateway", "range"], "gateway"],
    ["sginal", ["signal", "mtu"], "signal"],
    ["MTU", ["mtu"], "mtu"],
    ["mut", ["mtu"], "mtu"],
    ["ipv6", ["ipv4", "driver"], "ipv4"],
    ["volume", ["driver", "mtu"], undefined],
    ["x", ["y"], undefined],
    ["", ["a"], undefined],
    ["subnets", [], undefined],
  ];
  for (const [word, candidates, meant] of cases) {
    it(`takes ${JSON.stringify(word)} for ${String(meant)} among [${candidates.join()}]`, function () {
      expect(nearMiss(word, candidates)).to.equal(meant);
    });
  }

  it("takes the closest of several", function () {
    expect(nearMiss("subnetz", ["subnet", "sunnets", "subnets"])).to.equal("subnet");
  });

  it("finds a word again after any one letter of it is gone", function () {
    const words = ["gateway", "internal", "hostIfname", "addresses"];

    fc.assert(
      fc.property(fc.constantFrom(...words), fc.nat(), (word, at) => {
        const cut = at % word.length;

        expect(nearMiss(word.slice(0, cut) + word.slice(cut + 1), words)).to.equal(word);
      }),
    );
  });

  it("has no answer to a long text", function () {
    expect(nearMiss("x".repeat(10_000_000), ["x".repeat(65)])).to.equal(undefined);
  });
});
