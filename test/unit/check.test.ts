import { check, refusal as refused, type Type } from "#lib/util/check.js";
import { optional, variant } from "#lib/util/options.js";
import { checked, ifname, list, name, string } from "#lib/util/schemas.js";
import { expect } from "chai";
import { network, refusal } from "../support/refusal.js";

describe("check", function () {
  it("gives back what is right", function () {
    const value = { driver: "bridge", subnets: ["10.0.0.0/16"], mtu: 1500, labels: { a: "b" } };

    expect(check(network, value, "createNetwork")).to.deep.equal(value);
  });

  it("names an unknown option and the one that is meant", function () {
    expect(refusal({ driver: "bridge", subnet: "10.0.0.0/8" })).to.deep.equal({
      code: "ERR_CNM_INVALID_OPTION",
      field: "subnet",
      message: "createNetwork: subnet: unknown option; did you mean subnets?",
    });
  });

  it("lists the known options when none is close", function () {
    expect(refusal({ driver: "bridge", zzz: 1 }).message).to.equal(
      "createNetwork: zzz: unknown option; known are driver, subnets, mtu, internal, labels, signal",
    );
  });

  it("names the dotted path of an unknown option inside a union in a list", function () {
    const value = {
      driver: "bridge",
      subnets: ["10.0.0.0/8", { subnet: "11.0.0.0/8", gatway: 1 }],
    };

    expect(refusal(value)).to.deep.include({
      field: "subnets.1.gatway",
      message: "createNetwork: subnets.1.gatway: unknown option; did you mean gateway?",
    });
  });

  it("reports an unknown option before a missing one", function () {
    expect(refusal({ drivr: "bridge" }).message).to.include("did you mean driver?");
  });

  it("reports a missing option as one of the wrong type", function () {
    expect(refusal({})).to.deep.equal({
      code: "ERR_INVALID_ARG_TYPE",
      field: "driver",
      message: `createNetwork: The "driver" argument must be of type string. Received undefined`,
    });
  });

  it("names the dotted path of a value of the wrong type", function () {
    const value = { driver: "bridge", subnets: [{ subnet: "10.0.0.0/8", gateway: 5 }] };

    expect(refusal(value)).to.deep.equal({
      code: "ERR_INVALID_ARG_TYPE",
      field: "subnets.0.gateway",
      message:
        `createNetwork: The "subnets.0.gateway" property must be of type string. ` +
        "Received type number (5)",
    });
  });

  it("names all types of a union when none came close", function () {
    expect(refusal({ driver: "bridge", subnets: [5] }).message).to.include(
      `The "subnets.0" property must be of type string or object. Received type number (5)`,
    );
  });

  it("gives the code that the type asks for, from inside a union too", function () {
    expect(refusal({ driver: "bridge", subnets: ["10.0.0.1/8"] })).to.deep.equal({
      code: "ERR_CNM_INVALID_ADDRESS",
      field: "subnets.0",
      message: `createNetwork: subnets.0: "10.0.0.1/8" has host bits set; did you mean 10.0.0.0/8?`,
    });
  });

  it("names the allowed values and the one that is meant", function () {
    expect(refusal({ driver: "brigde" }).message).to.equal(
      `createNetwork: driver: must be one of "bridge", "null", not "brigde"; did you mean bridge?`,
    );
  });

  it("says the range of a number and the number", function () {
    expect(refusal({ driver: "bridge", mtu: 67 })).to.deep.equal({
      code: "ERR_CNM_INVALID_OPTION",
      field: "mtu",
      message: "createNetwork: mtu: must be a whole number from 68 to 65535, not 67",
    });
  });

  for (const mtu of [Number.NaN, Number.POSITIVE_INFINITY, 1500.5, 2 ** 60]) {
    it(`refuses ${mtu} as a number out of range, not as a wrong type`, function () {
      expect(refusal({ driver: "bridge", mtu })).to.include({
        code: "ERR_CNM_INVALID_OPTION",
        field: "mtu",
      });
    });
  }

  it("names a root field and what is inside it", function () {
    const root = (): unknown => check(list(name()), ["a", ""], "attach", "names");

    expect(root).to.throw("attach: names.1: must not be empty");
  });

  it("takes a code of our own from a rule", function () {
    const mode = checked(string(), () => "not here", "ERR_CNM_UNSUPPORTED");

    expect(() => check(mode, "x", "open", "mode"))
      .to.throw("open: mode: not here")
      .with.property("code", "ERR_CNM_UNSUPPORTED");
  });

  it("takes a code of our own from a type written by hand", function () {
    const mode: Type<never> = {
      parse() {
        throw refused("not here", "ERR_CNM_UNSUPPORTED");
      },
    };

    expect(() => check(mode, "x", "open", "mode"))
      .to.throw("open: mode: not here")
      .with.property("code", "ERR_CNM_UNSUPPORTED");
  });

  it("says a rule in its own words, and the value", function () {
    const mode = checked(string(), ({ length }) => (length > 3 ? "must be <=3" : undefined));

    expect(() => check(mode, "long", "open", "mode")).to.throw(
      `open: mode: must be <=3, not "long"`,
    );
  });

  it("chooses a member of a variant and names its fields", function () {
    const drivers = variant("driver", { bridge: { bridge: optional(ifname()) }, null: {} });

    expect(() => check(drivers, { driver: "null", bridge: "br0" }, "createNetwork")).to.throw(
      "createNetwork: bridge: unknown option; known are driver",
    );
  });

  it("names the members of a variant when there is no such one", function () {
    const drivers = variant("driver", { bridge: {}, null: {} });

    expect(() => check(drivers, { driver: "brige" }, "createNetwork")).to.throw(
      `createNetwork: driver: must be one of "bridge", "null", not "brige"; did you mean bridge?`,
    );
  });
});

describe("check: copies", function () {
  it("is not changed by what the caller does afterwards", function () {
    const value = { driver: "bridge", subnets: [{ subnet: "10.0.0.0/8" }], labels: { a: "b" } };
    const copy = check(network, value, "createNetwork");

    value.subnets[0] = { subnet: "11.0.0.0/8" };
    value.labels.a = "c";

    expect(copy).to.deep.include({ subnets: [{ subnet: "10.0.0.0/8" }], labels: { a: "b" } });
  });

  it("reads every property once", function () {
    let reads = 0;
    const value = {
      get driver() {
        reads++;
        return "bridge";
      },
    };

    check(network, value, "createNetwork");

    expect(reads).to.equal(1);
  });

  it("reads the property that a variant goes by once", function () {
    const drivers = variant("driver", { bridge: {}, null: {} });
    const reads: PropertyKey[] = [];
    const value = new Proxy(
      { driver: "null" },
      {
        get(target, key) {
          reads.push(key);
          return Reflect.get(target, key) as unknown;
        },
      },
    );

    expect(check(drivers, value, "createNetwork")).to.deep.equal({ driver: "null" });
    expect(reads).to.deep.equal(["driver"]);
  });

  it("leaves out what is given as undefined", function () {
    const value = { driver: "bridge", mtu: undefined };

    expect(check(network, value, "createNetwork")).to.have.all.keys("driver");
  });

  it("takes undefined for a missing option", function () {
    expect(refusal({ driver: undefined })).to.deep.include({ field: "driver" });
  });

  it("passes the caller's signal on, the very same object", function () {
    const { signal } = new AbortController();

    const checked = check(network, { driver: "bridge", signal }, "createNetwork");

    expect(checked.signal).to.equal(signal);
  });

  it("accepts undefined for an option that may be left out", function () {
    const checked = check(network, { driver: "bridge", signal: undefined }, "createNetwork");

    expect(checked).to.have.property("driver", "bridge");
  });

  it("accepts an object without a prototype", function () {
    const value: unknown = Object.assign(Object.create(null) as object, { driver: "bridge" });

    expect(check(network, value, "createNetwork")).to.deep.equal({ driver: "bridge" });
  });

  it("ignores keys that are symbols", function () {
    const checked = check(network, { driver: "bridge", [Symbol("x")]: 1 }, "createNetwork");

    expect(checked).to.deep.equal({ driver: "bridge" });
  });

  it("does not take options from a prototype", function () {
    const value: unknown = Object.create(Object.create({ driver: "bridge" }) as object);

    expect(refusal(value).code).to.equal("ERR_INVALID_ARG_TYPE");
  });
});
