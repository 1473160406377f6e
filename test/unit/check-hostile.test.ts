import { CnmError } from "#lib/errors.js";
import { check } from "#lib/util/check.js";
import { expect } from "chai";
import fc from "fast-check";
import { codeOf, network, refusal } from "../support/refusal.js";

describe("check: hostile values", function () {
  const thrower = new Proxy(
    {},
    {
      get() {
        throw new Error("get");
      },
      ownKeys() {
        throw new Error("ownKeys");
      },
    },
  );
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const cyclic: Record<string, unknown> = { driver: "bridge" };
  cyclic["labels"] = cyclic;

  it("names the option whose getter throws, and keeps what it threw", function () {
    const cause = new Error("ha");
    const value = {
      driver: "bridge",
      labels: {
        get a(): string {
          throw cause;
        },
      },
    };

    expect(() => check(network, value, "createNetwork"))
      .to.throw(CnmError, "createNetwork: labels.a: cannot be read: ha")
      .with.property("cause", cause);
  });

  const refused: [string, unknown, string, string][] = [
    ["a proxy that throws", thrower, "ERR_CNM_INVALID_OPTION", "options"],
    ["a revoked proxy", revoked.proxy, "ERR_CNM_INVALID_OPTION", "options"],
    ["a revoked proxy inside", { driver: revoked.proxy }, "ERR_CNM_INVALID_OPTION", "driver"],
    ["a symbol", { driver: Symbol("x") }, "ERR_INVALID_ARG_TYPE", "driver"],
    ["a function", () => undefined, "ERR_INVALID_ARG_TYPE", "options"],
    ["null", null, "ERR_INVALID_ARG_TYPE", "options"],
    ["nothing", undefined, "ERR_INVALID_ARG_TYPE", "options"],
    ["a list", [], "ERR_INVALID_ARG_TYPE", "options"],
    ["a promise", Promise.resolve({ driver: "bridge" }), "ERR_INVALID_ARG_TYPE", "options"],
    ["a list for labels", { driver: "bridge", labels: [] }, "ERR_INVALID_ARG_TYPE", "labels"],
    ["a map for labels", { driver: "bridge", labels: new Map() }, "ERR_INVALID_ARG_TYPE", "labels"],
    [
      "a number as a label",
      { driver: "bridge", labels: { a: 1 } },
      "ERR_INVALID_ARG_TYPE",
      "labels.a",
    ],
    ["an object for a list", { driver: "bridge", subnets: {} }, "ERR_INVALID_ARG_TYPE", "subnets"],
    ["an imitated signal", { driver: "bridge", signal: {} }, "ERR_INVALID_ARG_TYPE", "signal"],
    [
      "an object with a signal's prototype",
      { driver: "bridge", signal: Object.create(AbortSignal.prototype) as unknown },
      "ERR_CNM_INVALID_OPTION",
      "signal",
    ],
    [
      "`__proto__`",
      JSON.parse('{"__proto__":{"driver":"bridge"}}'),
      "ERR_CNM_INVALID_OPTION",
      "__proto__",
    ],
    [
      "`constructor`",
      { driver: "bridge", constructor: 1 },
      "ERR_CNM_INVALID_OPTION",
      "constructor",
    ],
    ["`toString`", { driver: "bridge", toString: 1 }, "ERR_CNM_INVALID_OPTION", "toString"],
    [
      "`__proto__` as a label",
      { driver: "bridge", labels: JSON.parse('{"__proto__":"x"}') as unknown },
      "ERR_CNM_INVALID_OPTION",
      "labels.__proto__",
    ],
    [
      "an endless list",
      { driver: "bridge", subnets: new Array(4_000_000_000) },
      "ERR_CNM_INVALID_OPTION",
      "subnets",
    ],
  ];
  for (const [what, value, code, field] of refused) {
    it(`refuses ${what} and names ${field}`, function () {
      expect(refusal(value)).to.include({ code, field });
    });
  }

  it("refuses an object within itself", function () {
    expect(refusal(cyclic).message).to.match(
      /labels\.labels: is nested too deeply, or within itself/,
    );
  });

  it("refuses to read what throws something that cannot be looked at", function () {
    const value = {
      get driver(): string {
        throw revoked.proxy; // eslint-disable-line @typescript-eslint/only-throw-error -- hostile
      },
    };

    expect(refusal(value)).to.include({ code: "ERR_CNM_INVALID_OPTION", field: "driver" });
  });

  it("changes no prototype", function () {
    const value: unknown = JSON.parse('{"labels":{"__proto__":{"polluted":"x"}}}');

    refusal(value);

    expect({}).not.to.have.property("polluted");
  });

  it("keeps messages short for long names and values", function () {
    const long = "x".repeat(10_000_000);

    const messages = [refusal({ [long]: 1 }), refusal({ driver: long })].map((r) => r.message);

    expect(Math.max(...messages.map(({ length }) => length))).to.be.below(400);
  });

  it("quotes a key that is no word", function () {
    expect(refusal({ driver: "bridge", "a.b\n": 1 }).field).to.equal('"a.b\\n"');
  });

  it("throws nothing but typed errors, whatever it is given", function () {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    const keys = fc.constantFrom("driver", "subnets", "mtu", "internal", "labels", "signal", "x");
    const nearly = fc.dictionary(keys, fc.oneof(anything, fc.constantFrom("bridge", 1500)));

    fc.assert(
      fc.property(fc.oneof(anything, nearly), (value) => {
        const code = codeOf(() => check(network, value, "createNetwork"));

        expect(code).to.be.oneOf([
          undefined,
          "ERR_INVALID_ARG_TYPE",
          "ERR_CNM_INVALID_OPTION",
          "ERR_CNM_INVALID_ADDRESS",
        ]);
      }),
      { numRuns: 1000 },
    );
  });
});
