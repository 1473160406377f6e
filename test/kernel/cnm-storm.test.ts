import type { Controller, Endpoint, Network, Sandbox } from "#lib/index.js";
import { expect } from "chai";
import fc from "fast-check";
import { expectAgreement } from "../support/agreement.js";
import { newHost } from "../support/cnm.js";
import { ip } from "../support/other-eyes.js";
import { isTyped } from "../support/hostile.js";
import { newGround } from "../support/state.js";

// Hundreds of calls at once. Afterwards the kernel, as ip(8) sees it, has what the controller says,
// and so has the next process.

/** Numbers that are the same in each run of a seed. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed >>> 0; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes, "ranqd1"
    yield state >>> 8;
  }
}

/** Whatever the order, each call works or is refused as `allowed` says; returns how many worked. */
async function settle(calls: readonly Promise<unknown>[], allowed: RegExp): Promise<number> {
  const settled = await Promise.allSettled(calls);
  const refused = settled.flatMap((one) =>
    one.status === "rejected" ? [one.reason as NodeJS.ErrnoException] : [],
  );
  for (const error of refused) {
    expect(isTyped(error), String(error.stack)).to.equal(true);
    for (const one of flat(error)) expect(one.code, String(one.stack)).to.match(allowed);
  }
  return settled.length - refused.length;
}

function flat(error: NodeJS.ErrnoException): readonly NodeJS.ErrnoException[] {
  return error instanceof AggregateError
    ? (error.errors as NodeJS.ErrnoException[]).flatMap(flat)
    : [error];
}

/** `call` may throw at once: what it looks for is not there. */
function attempt(call: () => Promise<unknown>): Promise<unknown> {
  return Promise.resolve().then(call);
}

describe("500 joins at once, of 100 sandboxes to 20 networks,", function () {
  this.timeout(60_000);

  it("all work, and the kernel has each of them and no more", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const names = (kind: string, count: number) =>
      Array.from({ length: count }, (_, at) => `${kind}${at}`);
    const networks = await Promise.all(
      names("net", 20).map((name, at) =>
        cnm.createNetwork(name, { bridge: `br${at}`, subnets: [`10.1.${at}.0/24`] }),
      ),
    );
    const sandboxes = await Promise.all(names("s", 100).map((name) => cnm.createSandbox(name)));
    // Each sandbox is on five networks, each network has 25 endpoints.
    const pairs = sandboxes.flatMap((sandbox, at) =>
      [0, 1, 2, 3, 4].map((n) => [sandbox, networks[(at + n * 4) % 20] as Network] as const),
    );

    const endpoints = await Promise.all(
      pairs.map(async ([sandbox, network]) => {
        const endpoint = await network.createEndpoint(sandbox.name);
        await endpoint.join(sandbox);
        return endpoint;
      }),
    );

    const addresses = endpoints.flatMap((endpoint) => endpoint.addresses);
    expect(new Set(addresses).size).to.equal(500);
    expect(new Set(endpoints.map(({ mac }) => mac)).size).to.equal(500);
    const ports = await ip(world.host, "link", "show", "type", "veth");
    const masters = ports.map((port) => `${String(port["ifname"])} ${String(port["master"])}`);
    const expected = endpoints.map(({ hostIfname = "", network }) => {
      const { bridge } = network.inspect().state as { bridge: string };
      return `${hostIfname} ${bridge}`;
    });
    expect(masters).to.have.members(expected);
    for (const sandbox of sandboxes) await expectInside(sandbox);
    const left = await settle(
      endpoints.map((endpoint) => endpoint.leave()),
      /^$/,
    );
    expect(left).to.equal(500);
    expect(await ip(world.host, "link", "show", "type", "veth")).to.deep.equal([]);
  });
});

/** Interfaces, MAC and IP addresses, and one default route: that of the first that joined. */
async function expectInside(sandbox: Sandbox): Promise<void> {
  const seen = (await ip(sandbox.namespace, "address", "show"))
    .filter((link) => link["ifname"] !== "lo")
    .map((link) => {
      const list = link["addr_info"] as readonly { local: string; prefixlen: number }[];
      return [
        link["ifname"],
        link["ifindex"],
        link["address"],
        ...list.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
      ];
    });
  const said = sandbox
    .endpoints()
    .map(({ ifname, index, mac, addresses }) => [ifname, index, mac, ...addresses]);
  expect(seen).to.have.deep.members(said);
  const names = sandbox.endpoints().map(({ ifname }) => ifname);
  expect(names).to.deep.equal(["eth0", "eth1", "eth2", "eth3", "eth4"]);
  const routes = await ip(sandbox.namespace, "route", "show", "default");
  expect(routes.map(({ gateway }) => gateway)).to.deep.equal([
    sandbox.endpoints()[0]?.network.subnets[0]?.gateway,
  ]);
}

describe("making and deleting under the same few names, all at once,", function () {
  this.timeout(120_000);

  it("leaves controller, kernel and state in agreement, whoever comes first", async function () {
    await using ground = await newGround(this);
    let worked = 0;

    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const cnm = await ground.open();
        const dice = numbers(seed);
        const next = (below: number) => dice.next().value % below;
        for (let round = 0; round < 3; round++) {
          const calls = Array.from({ length: 60 }, () => attempt(anyCall(cnm, next)));
          worked += await settle(
            calls,
            /^(?:ERR_CNM_(?:NAME_TAKEN|NOT_FOUND|CLOSED|CONFLICT|IN_USE)|ENOUGH)$/,
          );
        }
        await expectAgreement(cnm, ground.host, ground.runDirectory);
        const said = picture(cnm);
        const second = await ground.open();
        expect(picture(second)).to.deep.equal(said);
        await expectAgreement(second, ground.host, ground.runDirectory);
        await second.destroy();
      }),
      { numRuns: 12, endOnFailure: true },
    );

    expect(worked).to.be.greaterThan(200); // of 2,160: else it tries nothing
  });
});

type Next = (below: number) => number;

/** One of all operations, on names of which there are few. */
function anyCall(cnm: Controller, next: Next): () => Promise<unknown> {
  const network = `net${next(3)}`;
  const sandbox = `s${next(4)}`;
  const endpoint = `p${next(4)}`;
  const at = (): Endpoint => cnm.network(network).endpoint(endpoint);
  const others = [0, 1, 2].map((n) => ({
    sandbox: next(2) === 0 ? { name: `s${n}` } : undefined,
    name: `p${next(4)}`,
  }));
  const calls: readonly (() => Promise<unknown>)[] = [
    () => cnm.createNetwork(network, { bridge: network, subnets: [subnetOf(network)] }),
    () => cnm.createNetwork(network, { bridge: network, subnets: [subnetOf(network)] }),
    () => cnm.network(network).delete(),
    () => cnm.createSandbox(sandbox),
    () => cnm.createSandbox(sandbox),
    () => cnm.sandbox(sandbox).delete(),
    () => cnm.network(network).createEndpoint(endpoint),
    () => cnm.network(network).createEndpoint(endpoint),
    () => at().join(cnm.sandbox(sandbox)),
    () => at().join(cnm.sandbox(sandbox)),
    () => at().leave(),
    () => at().delete(),
    () => cnm.attach(cnm.sandbox(sandbox), cnm.network(network)),
    () => cnm.attach({ name: sandbox }, cnm.network(network), { name: endpoint }),
    () =>
      cnm.attachMany(
        others.map(({ sandbox: made, name }) => ({
          sandbox: made ?? cnm.sandbox(sandbox),
          network: cnm.network(network),
          name,
        })),
      ),
    () => cnm.detachMany([...cnm.sandboxes().slice(0, 2), ...cnm.network(network).endpoints()]),
    () => cnm.createNetwork(network, { bridge: network, signal: soon(next) }),
    () => cnm.createSandbox(sandbox, { signal: soon(next) }),
    () => cnm.network(network).createEndpoint(endpoint, { signal: soon(next) }),
    () => at().join(cnm.sandbox(sandbox), { signal: soon(next) }),
    () =>
      cnm.attachMany(
        [0, 1].map((n) => ({ sandbox: { name: `s${n}` }, network: cnm.network(network) })),
        { signal: soon(next) },
      ),
    () => cnm.detachMany(cnm.sandboxes(), { signal: soon(next) }),
    () => cnm.check(),
    () => cnm.repair(),
  ];
  return calls[next(calls.length)] as () => Promise<unknown>;
}

/** Aborts within some milliseconds, most often while the operation is under way. */
function soon(next: Next): AbortSignal {
  const abort = new AbortController();
  const reason = Object.assign(new Error("enough"), { code: "ENOUGH" });
  setTimeout(() => {
    abort.abort(reason);
  }, next(12));
  return abort.signal;
}

function subnetOf(network: string): string {
  return `10.1.${network.slice(-1)}.0/24`;
}

/** What there is, in the order of its making. */
function picture(cnm: Controller): unknown {
  return {
    networks: cnm.networks().map((one) => one.inspect()),
    endpoints: cnm.networks().flatMap((one) => one.endpoints().map((of) => of.inspect())),
    sandboxes: cnm.sandboxes().map((one) => one.inspect()),
  };
}

describe("attachMany and detachMany beside single operations on the same sandboxes", function () {
  this.timeout(60_000);

  it("wait for each other, and each leaves what it says", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    const networks = await Promise.all(
      [0, 1, 2].map((n) => cnm.createNetwork(`net${n}`, { subnets: [`10.1.${n}.0/24`] })),
    );
    const sandboxes = await Promise.all(
      Array.from({ length: 8 }, (_, at) => cnm.createSandbox(`s${at}`)),
    );
    const [a, b, c] = networks as [Network, Network, Network];

    for (let round = 0; round < 5; round++) {
      const forwards = sandboxes.map((sandbox) => ({
        sandbox,
        network: a,
        name: `a-${sandbox.name}`,
      }));
      const backwards = [...sandboxes]
        .reverse()
        .map((sandbox) => ({ sandbox, network: b, name: `b-${sandbox.name}` }));
      const [first, second, ...single] = await Promise.all([
        cnm.attachMany(forwards),
        cnm.attachMany(backwards),
        ...sandboxes.map((sandbox) => cnm.attach(sandbox, c, { name: `c-${sandbox.name}` })),
      ]);
      for (const sandbox of sandboxes) {
        const own = sandbox.endpoints();
        expect(own.map(({ name }) => name.charAt(0)).sort()).to.deep.equal(["a", "b", "c"]);
        expect(own.map(({ ifname }) => ifname).sort()).to.deep.equal(["eth0", "eth1", "eth2"]);
      }
      await expectAgreement(cnm, ground.host, ground.runDirectory);

      await Promise.all([
        cnm.detachMany(first),
        cnm.detachMany([...second].reverse()),
        ...single.map((endpoint) => endpoint.leave()),
        ...first.map((endpoint) => endpoint.leave()),
        ...second.map((endpoint) => endpoint.delete()),
      ]);
      await Promise.all(single.map((endpoint) => endpoint.delete()));

      for (const sandbox of sandboxes) {
        expect(sandbox.endpoints()).to.deep.equal([]);
        const inside = await ip(sandbox.namespace, "link", "show");
        expect(inside.map(({ ifname }) => ifname)).to.deep.equal(["lo"]);
        expect(await ip(sandbox.namespace, "route", "show")).to.deep.equal([]);
      }
      expect(networks.flatMap((one) => one.endpoints())).to.deep.equal([]);
    }
    await expectAgreement(await ground.open(), ground.host, ground.runDirectory);
  });

  it("pass default routes on, whoever leaves first", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    const networks = await Promise.all(
      [0, 1, 2, 3].map((n) => cnm.createNetwork(`net${n}`, { subnets: [`10.1.${n}.0/24`] })),
    );
    const sandbox = await cnm.createSandbox("s");

    for (let round = 0; round < 8; round++) {
      const endpoints = await cnm.attachMany(networks.map((network) => ({ sandbox, network })));
      const stays = endpoints[round % 4] as Endpoint;
      const [one, two, three] = endpoints.filter((endpoint) => endpoint !== stays);

      await Promise.all([one?.delete(), cnm.detachMany([two as Endpoint]), three?.leave()]);

      const routes = await ip(sandbox.namespace, "route", "show", "default");
      expect(routes.map(({ gateway, dev }) => [gateway, dev])).to.deep.equal([
        [stays.network.subnets[0]?.gateway, stays.ifname],
      ]);
      await cnm.detachMany([...endpoints]);
    }
  });
});
