import { openStore } from "#lib/store/index.js";
import { expect } from "chai";
import { newHost } from "../support/cnm.js";
import { cnmRefusal } from "../support/rejection.js";
import { newGround } from "../support/state.js";

const small = {
  subnet: "10.1.0.0/29",
  auxiliaryAddresses: { router: "10.1.0.2", printer: "10.1.0.5" },
};

describe("auxiliary addresses", function () {
  it("go to no endpoint, and the rest do", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: [small] });

    const given: string[] = [];
    for (const name of ["a", "b", "c"]) {
      given.push(...(await network.createEndpoint(name)).addresses);
    }

    expect(given).to.deep.equal(["10.1.0.3/29", "10.1.0.4/29", "10.1.0.6/29"]);
    const error = await cnmRefusal(network.createEndpoint("d"));
    expect(error.code).to.equal("ERR_CNM_POOL_EXHAUSTED");
  });

  it("are refused to who asks for one, and the message says whose it is", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: [small] });

    const error = await cnmRefusal(network.createEndpoint("a", { addresses: ["10.1.0.5"] }));

    expect(error).to.nested.include({
      code: "ERR_CNM_ADDRESS_TAKEN",
      "context.field": "addresses.0",
    });
    expect(error.message).to.match(/10\.1\.0\.5 is taken by auxiliary address printer$/);
  });

  it("are told by inspect(), in canonical form, of each subnet its own", async function () {
    await using world = await newHost(this);
    const allocation = "serial";
    const six = { subnet: "fd00::/64", auxiliaryAddresses: { router: "FD00:0::FE" } };

    const network = await world.cnm.createNetwork("net", { subnets: [six, small, "10.2.0.0/24"] });

    expect(network.inspect().subnets).to.deep.equal([
      { ...small, gateway: "10.1.0.1", allocation },
      { subnet: "10.2.0.0/24", gateway: "10.2.0.1", auxiliaryAddresses: {}, allocation },
      {
        subnet: "fd00::/64",
        gateway: "fd00::1",
        auxiliaryAddresses: { router: "fd00::fe" },
        allocation,
      },
    ]);
  });

  it("may lie outside of the range that endpoints have theirs from", async function () {
    await using world = await newHost(this);
    const subnet = { ...small, subnet: "10.1.0.0/24", range: "10.1.0.128/25" };

    const network = await world.cnm.createNetwork("net", { subnets: [subnet] });

    expect((await network.createEndpoint("a")).addresses).to.deep.equal(["10.1.0.128/24"]);
  });

  const refused: readonly (readonly [what: string, names: object, code: string, field: string])[] =
    [
      ["outside of the subnet", { a: "10.1.1.2" }, "ERR_CNM_ADDRESS_OUT_OF_POOL", "a"],
      ["of the other family", { a: "fd00::2" }, "ERR_CNM_ADDRESS_OUT_OF_POOL", "a"],
      ["given twice", { a: "10.1.0.2", b: "10.1.0.2" }, "ERR_CNM_ADDRESS_TAKEN", "b"],
      ["the gateway's", { a: "10.1.0.1" }, "ERR_CNM_ADDRESS_TAKEN", "a"],
      ["the network address", { a: "10.1.0.0" }, "ERR_CNM_INVALID_ADDRESS", "a"],
      ["the broadcast address", { a: "10.1.0.7" }, "ERR_CNM_INVALID_ADDRESS", "a"],
      ["no address", { a: "10.1" }, "ERR_CNM_INVALID_ADDRESS", "a"],
      ["with a prefix length", { a: "10.1.0.2/29" }, "ERR_CNM_INVALID_ADDRESS", "a"],
      ["no text", { a: 7 }, "ERR_INVALID_ARG_TYPE", "a"],
    ];
  for (const [what, auxiliaryAddresses, code, name] of refused) {
    it(`are refused: one is ${what}`, async function () {
      await using world = await newHost(this);
      const subnets = [{ subnet: "10.1.0.0/29", auxiliaryAddresses }] as object as string[];

      const outcome = await world.cnm.createNetwork("net", { subnets }).then(
        () => ({}),
        (error: unknown) => error as object,
      );

      const field = `subnets.0.auxiliaryAddresses.${name}`;
      expect(outcome).to.nested.include({ code, "context.field": field });
      expect(await world.links()).to.deep.equal([]);
      const again = await world.cnm.createNetwork("net", { subnets: [small] }); // nothing is held
      expect(again.subnets).to.have.lengthOf(1);
    });
  }

  it("are kept from endpoints after a restart too", async function () {
    await using ground = await newGround(this);
    const before = await (await ground.open()).createNetwork("net", { subnets: [small] });
    const seen = before.inspect();

    const network = (await ground.open()).network("net");

    expect(network.inspect()).to.deep.equal(seen);
    const error = await cnmRefusal(network.createEndpoint("a", { addresses: ["10.1.0.5"] }));
    expect(error.code).to.equal("ERR_CNM_ADDRESS_TAKEN");
    const given: string[] = [];
    for (const name of ["a", "b", "c"]) {
      given.push(...(await network.createEndpoint(name)).addresses);
    }
    expect(given).to.deep.equal(["10.1.0.3/29", "10.1.0.4/29", "10.1.0.6/29"]);
  });

  it("are none where a record of an earlier version says nothing of them", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const before = (await first.createNetwork("net", { subnets: ["10.1.0.0/24"] })).inspect();
    await first.close();
    await withoutAuxiliary(ground.stateDirectory);

    const network = (await ground.open()).network("net");

    expect(network.inspect()).to.deep.equal(before);
  });
});

/** Writes the networks as they were written before there were auxiliary addresses. */
async function withoutAuxiliary(stateDirectory: string): Promise<void> {
  const store = await openStore("lmdb", { stateDirectory, runDirectory: `${stateDirectory}-run` });
  try {
    for (const value of await store.list("network")) {
      const record = value as { readonly id: string; readonly subnets: readonly object[] };
      const subnets = record.subnets.map((subnet) => {
        expect(subnet).to.have.property("auxiliaryAddresses");
        const old: Record<string, string | null> = { ...subnet };
        delete old["auxiliaryAddresses"];
        return old;
      });
      await store.put("network", record.id, { ...record, subnets });
    }
  } finally {
    await store.close();
  }
}
