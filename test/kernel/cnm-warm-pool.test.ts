import type { Network } from "#lib/index.js";
import { expect } from "chai";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { expectAgreement } from "../support/agreement.js";
import { newHost, type TestHost } from "../support/cnm.js";
import { ipAddresses, ipLinkNames, pings } from "../support/other-eyes.js";
import { cnmRefusal, rejection } from "../support/rejection.js";
import { newGround } from "../support/state.js";

const started = "tracing:vethwork:netlink:request:start";

function newNetwork({ cnm }: TestHost, subnet = "10.1.0.0/24"): Promise<Network> {
  return cnm.createNetwork("net", { subnets: [subnet] });
}

/** How many pairs there are: all links of the host but its loopback and one bridge. */
async function pairs(world: TestHost): Promise<number> {
  return (await ipLinkNames(world.host)).length - 2;
}

describe("WarmPool", function () {
  it("keeps sandboxes that nobody sees", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);

    await using pool = await world.cnm.createWarmPool(network, { size: 5 });

    expect(pool.inspect()).to.include({ size: 5, refillAt: 2, ready: 5, taken: 0, missed: 0 });
    expect(await pairs(world)).to.equal(5);
    expect([...world.cnm.sandboxes(), ...network.endpoints()]).to.deep.equal([]);
    expect(await world.cnm.check()).to.deep.equal([]);
  });

  it("has another one in place of one that somebody broke, once repair() has found it", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);
    const bridge = String((await ipLinkNames(world.host)).find((name) => name !== "lo"));
    await using pool = await world.cnm.createWarmPool(network, { size: 2 });
    await world.host.links.delete(bridge);

    const findings = await world.cnm.check();
    const repairs = await world.cnm.repair();

    expect(findings.map(({ object, problem }) => `${object} ${problem}`)).to.deep.equal([
      "network gone",
      "endpoint wrong",
      "endpoint wrong",
    ]);
    expect(findings[1]?.text).to.match(/waits in a warm pool of network net: .* is no port of/);
    expect(repairs.map(({ error }) => error)).to.deep.equal([undefined, undefined, undefined]);
    expect(pool.inspect()).to.include({ ready: 2, error: null });
    const { sandbox } = await pool.take("web");
    expect(await pings(sandbox?.namespace ?? world.host, "10.1.0.1")).to.equal(true);
    expect(await world.cnm.check()).to.deep.equal([]);
  });

  it("gives one that works, under the names that it is to have", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);
    await using pool = await world.cnm.createWarmPool(network, { size: 2 });
    const other = await world.cnm.attach({ name: "other" }, network);

    const endpoint = await pool.take("web", { name: "http", hostname: "www" });

    const sandbox = world.cnm.sandbox("web");
    expect(endpoint).to.equal(network.endpoint("http"));
    expect(endpoint.sandbox).to.equal(sandbox);
    expect(sandbox.inspect()).to.include({ name: "web", hostname: "www" });
    expect(await ipAddresses(sandbox.namespace, "eth0")).to.deep.equal([...endpoint.addresses]);
    expect(await pings(sandbox.namespace, other.addresses[0]?.replace(/\/.*/, "") ?? "")).to.equal(
      true,
    );
    expect(readFileSync(sandbox.hostsPath, "utf8")).to.match(/^10\.1\.0\.\d\twww http http\.net$/m);
    await sandbox.delete();
    await endpoint.delete();
    await pool.filled();
    expect(await pairs(world)).to.equal(3);
  });

  it("asks nothing of the kernel to give one", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);
    await using pool = await world.cnm.createWarmPool(network, { size: 3, refillAt: 0 });
    const asked: unknown[] = [];
    const listen = (message: unknown) => void asked.push(message);
    subscribe(started, listen);

    try {
      await pool.take("a");
      await pool.take("b");
    } finally {
      unsubscribe(started, listen);
    }

    expect(asked).to.deep.equal([]);
  });

  it("fills up again, and makes one at once where none is left", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);
    await using pool = await world.cnm.createWarmPool(network, { size: 4 });
    const names = Array.from({ length: 10 }, (_, at) => `s${at}`);

    const endpoints = await Promise.all(names.map((name) => pool.take(name)));
    await pool.filled();

    expect(endpoints.map(({ sandbox }) => sandbox?.name)).to.deep.equal(names);
    expect(new Set(endpoints.map(({ addresses }) => addresses[0])).size).to.equal(10);
    expect(pool.inspect()).to.include({ ready: 4, taken: 10, missed: 6, error: null });
    expect(await pairs(world)).to.equal(14);
  });

  for (const [what, sandbox, name] of [
    ["sandbox", "there", "free"],
    ["endpoint", "free", "there"],
  ] as const) {
    it(`keeps the one that it was to give where there is a ${what} of that name`, async function () {
      await using world = await newHost(this);
      const network = await newNetwork(world);
      await using pool = await world.cnm.createWarmPool(network, { size: 1 });
      await world.cnm.attach({ name: "there" }, network);

      const error = await cnmRefusal(pool.take(sandbox, { name }));

      expect(error).to.have.property("code", "ERR_CNM_NAME_TAKEN");
      expect(pool.inspect()).to.include({ ready: 1, taken: 0 });
      expect((await pool.take("free")).sandbox).to.equal(world.cnm.sandbox("free"));
    });
  }

  it("keeps its network from being deleted, until it is closed", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);
    const pool = await world.cnm.createWarmPool(network, { size: 2 });
    const taken = await pool.take("web");

    const error = await cnmRefusal(network.delete());
    await pool.close();
    await pool.close();

    expect(error).to.have.property("code", "ERR_CNM_IN_USE");
    expect(error.message).to.match(/a warm pool is open on it; close it first$/);
    expect(await pairs(world)).to.equal(1);
    expect(await pings(world.host, taken.addresses[0]?.replace(/\/.*/, "") ?? "")).to.equal(true);
    expect((await cnmRefusal(pool.take("more"))).code).to.equal("ERR_CNM_CLOSED");
  });

  it("leaves nothing where it cannot be filled", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world, "10.1.0.0/29"); // five addresses beside the gateway's

    const error = await rejection(world.cnm.createWarmPool(network, { size: 8 }));

    expect(error)
      .to.have.property("message")
      .that.matches(/^create warm pool on network net: .*10\.1\.0\.0\/29/);
    expect(await pairs(world)).to.equal(0);
    await network.delete();
  });

  it("says what keeps it from being filled, and goes on once it can be", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world, "10.1.0.0/29");
    await using pool = await world.cnm.createWarmPool(network, { size: 3, refillAt: 2 });
    const taken = [await pool.take("a"), await pool.take("b"), await pool.take("c")];

    const error = await rejection(pool.filled());
    const seen = pool.inspect();
    await world.cnm.detachMany(taken.flatMap(({ sandbox }) => sandbox ?? []));
    await pool.filled();

    expect(error)
      .to.have.property("message")
      .that.matches(/10\.1\.0\.0\/29/);
    expect(seen.error).to.match(/10\.1\.0\.0\/29/);
    expect(pool.inspect()).to.include({ ready: 3, error: null });
  });

  it("has what was taken, and not what waited, for the next process", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const network = await first.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const pool = await first.createWarmPool(network, { size: 4, refillAt: 0 });
    const seen = (await pool.take("web")).inspect();

    const second = await ground.open();

    expect(
      second
        .network("net")
        .endpoints()
        .map((one) => one.inspect()),
    ).to.deep.equal([seen]);
    expect(second.sandboxes().map(({ name }) => name)).to.deep.equal(["web"]);
    await expectAgreement(second, ground.host, ground.runDirectory);
  });

  it("goes with the controller, filled or not", async function () {
    const world = await newHost(this);
    const network = await newNetwork(world);
    const pool = await world.cnm.createWarmPool(network, { size: 20, refillAt: 19 });
    await pool.take("web");
    void pool.filled();

    await world[Symbol.asyncDispose]();
  });

  const bad: readonly (readonly [string, unknown, string, string])[] = [
    ["no options", undefined, "ERR_INVALID_ARG_TYPE", "options"],
    ["no size", {}, "ERR_INVALID_ARG_TYPE", "size"],
    ["a size of none", { size: 0 }, "ERR_CNM_INVALID_OPTION", "size"],
    ["a size of too many", { size: 1001 }, "ERR_CNM_INVALID_OPTION", "size"],
    ["refillAt at the size", { size: 4, refillAt: 4 }, "ERR_CNM_INVALID_OPTION", "refillAt"],
    ["an option that is none", { size: 4, refilAt: 1 }, "ERR_CNM_INVALID_OPTION", "refilAt"],
  ];
  for (const [what, given, code, field] of bad) {
    it(`is refused with ${what}`, async function () {
      await using world = await newHost(this);
      const network = await newNetwork(world);

      const error = await rejection(world.cnm.createWarmPool(network, given as never));

      expect(error).to.nested.include({ code, "context.field": field });
      expect(await pairs(world)).to.equal(0);
    });
  }
});
