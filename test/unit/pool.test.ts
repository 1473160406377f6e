import { CnmError } from "#lib/errors.js";
import { AddressPool, type PoolSpec } from "#lib/ipam/pool.js";
import { contains, parseCidr, parseInterface, size } from "#lib/net/cidr.js";
import { parseIp } from "#lib/net/ip.js";
import { expect } from "chai";
import fc from "fast-check";

function poolOf(
  subnet: string,
  more: { range?: string; gateway?: string | null; allocation?: "lowest" | "serial" } = {},
): AddressPool {
  const spec: PoolSpec = {
    subnet: parseCidr(subnet),
    range: more.range === undefined ? undefined : parseCidr(more.range),
    gateway: typeof more.gateway === "string" ? parseIp(more.gateway) : more.gateway,
    allocation: more.allocation,
  };
  return new AddressPool(spec);
}

/** All addresses that the pool gives until it has no more. */
function drain(pool: AddressPool): string[] {
  const all: string[] = [];
  try {
    for (;;) all.push(pool.take(`owner ${all.length}`));
  } catch (error) {
    expect(error).to.have.property("code", "ERR_CNM_POOL_EXHAUSTED");
  }
  return all;
}

function release(pool: AddressPool, text: string): void {
  pool.release(parseInterface(text).ip);
}

describe("AddressPool.take", function () {
  const contents: [string, { range?: string; gateway?: string | null }, string[]][] = [
    [
      "10.0.0.0/29",
      {},
      ["10.0.0.2/29", "10.0.0.3/29", "10.0.0.4/29", "10.0.0.5/29", "10.0.0.6/29"],
    ],
    ["10.0.0.0/30", { gateway: "10.0.0.2" }, ["10.0.0.1/30"]],
    ["10.0.0.0/30", { gateway: null }, ["10.0.0.1/30", "10.0.0.2/30"]],
    ["10.0.0.0/31", {}, ["10.0.0.1/31"]],
    ["10.0.0.0/31", { gateway: null }, ["10.0.0.0/31", "10.0.0.1/31"]],
    ["10.0.0.9/32", {}, ["10.0.0.9/32"]],
    ["255.255.255.252/30", {}, ["255.255.255.254/30"]],
    ["fd00::/126", {}, ["fd00::2/126", "fd00::3/126"]],
    ["fd00::/127", {}, ["fd00::1/127"]],
    ["fd00::/127", { gateway: null }, ["fd00::/127", "fd00::1/127"]],
    ["fd00::9/128", {}, ["fd00::9/128"]],
    ["10.0.0.0/24", { range: "10.0.0.0/30" }, ["10.0.0.2/24", "10.0.0.3/24"]],
    [
      "10.0.0.0/24",
      { range: "10.0.0.252/30" },
      ["10.0.0.252/24", "10.0.0.253/24", "10.0.0.254/24"],
    ],
    ["10.0.0.0/24", { range: "10.0.0.1/32" }, []],
  ];
  for (const [subnet, more, addresses] of contents) {
    it(`gives ${addresses.join(" ") || "nothing"} of ${subnet} ${JSON.stringify(more)}`, function () {
      expect(drain(poolOf(subnet, more))).to.deep.equal(addresses);
    });
  }

  it("leaves an address that came back alone until the others had their turn", function () {
    const pool = poolOf("10.0.0.0/29");
    pool.take("a");
    release(pool, "10.0.0.2/29");

    const order = drain(pool);

    expect(order.at(-1)).to.equal("10.0.0.2/29");
  });

  it("gives addresses that came back in the order in which they did", function () {
    const pool = poolOf("10.0.0.0/29");
    drain(pool);
    for (const text of ["10.0.0.4/29", "10.0.0.2/29", "10.0.0.6/29"]) release(pool, text);

    expect(drain(pool)).to.deep.equal(["10.0.0.4/29", "10.0.0.2/29", "10.0.0.6/29"]);
  });

  it("passes over an address that was asked for by name", function () {
    const pool = poolOf("10.0.0.0/29");
    pool.takeExactly(parseIp("10.0.0.3"), "static");

    expect([pool.take("a"), pool.take("b")]).to.deep.equal(["10.0.0.2/29", "10.0.0.4/29"]);
  });

  it("never gives out an address outside of the range that came back", function () {
    const pool = poolOf("10.0.0.0/24", { range: "10.0.0.128/31" });
    pool.takeExactly(parseIp("10.0.0.5"), "static");
    release(pool, "10.0.0.5/24");

    expect(drain(pool)).to.deep.equal(["10.0.0.128/24", "10.0.0.129/24"]);
  });

  it("re-uses addresses of a /64 once 65,536 of them rest", function () {
    const pool = poolOf("fd00::/64");
    for (let count = 0; count < 65_536; count++) release(pool, pool.take("a"));

    expect(pool.take("b")).to.equal("fd00::2/64");
  });

  it("says how many are taken when none is left", function () {
    const pool = poolOf("10.0.0.0/30");
    pool.take("a");

    expect(() => pool.take("b")).to.throw("no free address in 10.0.0.0/30, 1 are taken");
  });
});

describe("AddressPool.take, always the lowest", function () {
  it("gives what came back before what nobody has had", function () {
    const pool = poolOf("10.0.0.0/24", { allocation: "lowest" });
    const [first, second] = [pool.take("a"), pool.take("b"), pool.take("c")];
    release(pool, second);
    release(pool, first);

    expect([pool.take("d"), pool.take("e"), pool.take("f")]).to.deep.equal([
      "10.0.0.2/24",
      "10.0.0.3/24",
      "10.0.0.5/24",
    ]);
  });

  it("passes over what was asked for by name, and over the gateway", function () {
    const gateway = "10.0.0.3";
    const pool = poolOf("10.0.0.0/29", { allocation: "lowest", gateway });
    pool.takeExactly(parseIp("10.0.0.2"), "a");

    expect(drain(pool)).to.deep.equal(["10.0.0.1/29", "10.0.0.4/29", "10.0.0.5/29", "10.0.0.6/29"]);
  });

  it("stays within the range", function () {
    const pool = poolOf("10.0.0.0/24", { allocation: "lowest", range: "10.0.0.64/30" });
    pool.takeExactly(parseIp("10.0.0.9"), "a");
    release(pool, "10.0.0.9/24");

    expect(pool.take("b")).to.equal("10.0.0.64/24");
  });
});

describe("AddressPool.takeExactly", function () {
  it("gives the address with the prefix length", function () {
    const pool = poolOf("10.0.0.0/16");

    expect(pool.takeExactly(parseIp("10.0.9.9"), "a")).to.equal("10.0.9.9/16");
  });

  it("gives an address outside of the range", function () {
    const pool = poolOf("10.0.0.0/16", { range: "10.0.1.0/24" });

    expect(pool.takeExactly(parseIp("10.0.9.9"), "a")).to.equal("10.0.9.9/16");
  });

  it("gives an address that rests", function () {
    const pool = poolOf("10.0.0.0/16");
    release(pool, pool.take("a"));

    expect(pool.takeExactly(parseIp("10.0.0.2"), "a")).to.equal("10.0.0.2/16");
  });

  it("takes an address out of those that rest", function () {
    const pool = poolOf("10.0.0.0/30");
    release(pool, pool.take("a"));
    pool.takeExactly(parseIp("10.0.0.2"), "b");

    expect(drain(pool)).to.deep.equal([]);
  });

  const refused: [string, string, RegExp][] = [
    ["10.0.0.2", "ERR_CNM_ADDRESS_TAKEN", /10\.0\.0\.2 is taken by web/],
    ["10.0.0.1", "ERR_CNM_ADDRESS_TAKEN", /10\.0\.0\.1 is taken by the gateway/],
    ["10.0.0.0", "ERR_CNM_INVALID_ADDRESS", /the network address of 10\.0\.0\.0\/24/],
    ["10.0.0.255", "ERR_CNM_INVALID_ADDRESS", /the broadcast address of 10\.0\.0\.0\/24/],
    ["10.0.1.0", "ERR_CNM_ADDRESS_OUT_OF_POOL", /10\.0\.1\.0 is not within 10\.0\.0\.0\/24/],
    ["fd00::1", "ERR_CNM_ADDRESS_OUT_OF_POOL", /fd00::1 is not within 10\.0\.0\.0\/24/],
  ];
  for (const [text, code, message] of refused) {
    it(`refuses ${text} with ${code}, naming the field`, function () {
      const pool = poolOf("10.0.0.0/24");
      pool.take("web");

      expect(() => pool.takeExactly(parseIp(text), "a"))
        .to.throw(message)
        .with.deep.include({ code })
        .and.with.nested.property("context.field", "address");
    });
  }
});

describe("AddressPool.release", function () {
  it("may be repeated", function () {
    const pool = poolOf("10.0.0.0/30", { gateway: null });
    drain(pool);
    release(pool, "10.0.0.1/30");

    release(pool, "10.0.0.1/30");

    expect(drain(pool)).to.deep.equal(["10.0.0.1/30"]);
  });

  it("does not give the gateway away", function () {
    const pool = poolOf("10.0.0.0/30");

    release(pool, "10.0.0.1/30");

    expect(drain(pool)).to.deep.equal(["10.0.0.2/30"]);
  });

  it("takes an address of another subnet for success", function () {
    const pool = poolOf("10.0.0.0/30");

    release(pool, "10.9.9.9/30");

    expect(drain(pool)).to.deep.equal(["10.0.0.2/30"]);
  });
});

describe("new AddressPool", function () {
  it("makes the first address the gateway", function () {
    expect(poolOf("10.0.0.0/24").gateway).to.deep.equal(parseIp("10.0.0.1"));
  });

  it("makes no gateway of the only address", function () {
    expect(poolOf("10.0.0.1/32").gateway).to.equal(undefined);
  });

  const refused: [string, { range?: string; gateway?: string }, string][] = [
    ["a gateway outside", { gateway: "10.0.1.1" }, "gateway"],
    ["a gateway of the other family", { gateway: "fd00::1" }, "gateway"],
    ["the network address as gateway", { gateway: "10.0.0.0" }, "gateway"],
    ["the broadcast address as gateway", { gateway: "10.0.0.255" }, "gateway"],
    ["a range outside", { range: "10.0.1.0/25" }, "range"],
    ["a range larger than the subnet", { range: "10.0.0.0/23" }, "range"],
  ];
  for (const [what, more, field] of refused) {
    it(`refuses ${what} and names the field`, function () {
      expect(() => poolOf("10.0.0.0/24", more))
        .to.throw(new RegExp(`^${field}: `))
        .with.property("code", "ERR_CNM_INVALID_ADDRESS");
    });
  }
});

describe("AddressPool, whatever is asked of it", function () {
  for (const allocation of ["serial", "lowest"] as const) {
    it(`never has an address out twice, and gives out all of them in the end: ${allocation}`, function () {
      const step = fc.oneof(
        fc.constant({ kind: "take" as const }),
        fc.record({ kind: fc.constant("exactly" as const), host: fc.nat(7) }),
        fc.record({ kind: fc.constant("release" as const), host: fc.nat(7) }),
      );
      const cidr = parseCidr("10.0.0.0/29");
      const ranges = fc.constantFrom<{ range?: string }>(
        {},
        { range: "10.0.0.0/30" },
        { range: "10.0.0.4/31" },
      );

      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), ranges, (steps, range) => {
          const pool = poolOf("10.0.0.0/29", { ...range, allocation });
          const out = new Set<string>();
          const given = (text: string): void => {
            expect(out.has(text), `${text} twice`).to.be.false;
            expect(contains(cidr, parseInterface(text).ip)).to.be.true;
            out.add(text);
          };

          for (const at of steps) {
            const text = at.kind === "take" ? "" : `10.0.0.${at.host}/29`;
            if (at.kind === "release") {
              release(pool, text);
              out.delete(text);
              continue;
            }
            try {
              given(
                at.kind === "take"
                  ? pool.take("a")
                  : pool.takeExactly(parseInterface(text).ip, "a"),
              );
            } catch (error) {
              if (!(error instanceof CnmError)) throw error; // an assertion of ours
            }
          }
          const { used, free } = pool.usage();
          expect(used).to.equal(out.size + 1); // the gateway
          const rest = drain(pool);
          for (const text of rest) given(text);

          expect(free).to.equal(rest.length);
          expect(pool.usage().free).to.equal(0);
          if (range.range !== undefined) return;
          expect(BigInt(out.size)).to.equal(size(cidr) - 3n); // network, broadcast and gateway
        }),
        { numRuns: 500 },
      );
    });
  }
});
