import {
  Controller,
  ipOf,
  type Attached,
  type Driver,
  type Ipam,
  type IpamFactory,
  type NetworkOptions,
} from "#lib/index.js";
import { expect } from "chai";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { newHost } from "../support/cnm.js";
import { newFolder } from "../support/folder.js";
import { needs } from "../support/needs.js";
import { newNetns } from "../support/netns.js";
import { ip, ipLink, ipLinkNames, pings } from "../support/other-eyes.js";
import { AgeingDriver } from "../support/own/driver.js";
import { countdown } from "../support/own/ipam.js";
import { FileStore } from "../support/own/store.js";
import { cnmRefusal, rejection } from "../support/rejection.js";
import { newGround } from "../support/state.js";

declare module "#lib/index.js" {
  interface DriverNetworkOptions {
    readonly ageing: { readonly ageingTimeMs?: number };
  }
}

const own = { drivers: [new AgeingDriver()], ipams: [countdown] };

/** The driver, with some of it in another way. */
function changed(changes: object): Driver {
  return Object.assign(Object.create(new AgeingDriver()) as Driver, changes);
}

describe("drivers and IPAMs of the embedder", function () {
  it("make networks, and connect sandboxes", async function () {
    needs(this, "program:ping");
    await using world = await newHost(this, own);
    const network = await world.cnm.createNetwork("net", {
      driver: "ageing",
      ageingTimeMs: 5000,
      ipam: "countdown",
      ipv6: true,
    });
    const a = await world.cnm.createSandbox("a");
    const b = await world.cnm.createSandbox("b");

    const first = await world.cnm.attach(a, network);
    const second = await world.cnm.attach(b, network);

    expect(network.subnets.map(({ subnet }) => subnet)).to.deep.equal([
      "100.127.255.0/24",
      "fdc0:ffff:ffff:ffff::/64",
    ]);
    expect(first.addresses[0]).to.equal("100.127.255.254/24");
    expect(await pings(b.namespace, ipOf(first))).to.equal(true);
    expect(await pings(a.namespace, ipOf(second, "inet6"))).to.equal(true);
    const bridge = await ipLink(world.host, `ag-${network.id.slice(0, 12)}`);
    expect(bridge).to.have.nested.property("linkinfo.info_data.ageing_time", 500); // 1/100 s
    await first.delete();
    await second.delete();
    await network.delete();
    expect(await world.links()).to.deep.equal([]);
  });

  it("check options themselves", async function () {
    await using world = await newHost(this, own);

    const error = await cnmRefusal(
      world.cnm.createNetwork("net", { driver: "ageing", ageingTimeMs: 0.5 }),
    );

    expect(error).to.nested.include({ "context.field": "ageingTimeMs" });
  });

  it("are named among those that are known, where a name is wrong", async function () {
    await using world = await newHost(this, own);
    const options = { driver: "agein" } as object as NetworkOptions;

    const error = await cnmRefusal(world.cnm.createNetwork("net", options));

    expect(error.message).to.include("did you mean ageing?");
  });

  it("go on after a restart, and mend what has gone", async function () {
    await using ground = await newGround(this);
    const first = await ground.open(own);
    const options = { driver: "ageing", ipam: "countdown" } as const;
    const network = await first.createNetwork("net", options);
    const endpoint = await first.attach(await first.createSandbox("web"), network);
    const seen = [network.inspect(), endpoint.inspect()];

    const second = await ground.open(own);

    const again = second.network("net");
    expect([again.inspect(), again.endpoint("web").inspect()]).to.deep.equal(seen);
    expect(await second.check()).to.deep.equal([]);
    await ip(ground.host, "link", "set", endpoint.hostIfname ?? "", "down");
    const repairs = await second.repair();
    expect(repairs.map(({ finding }) => finding.problem)).to.deep.equal(["wrong"]);
    expect((await ipLink(ground.host, endpoint.hostIfname ?? ""))?.["flags"]).to.include("UP");
    await second.destroy();
  });

  for (const [missing, options] of [
    ["driver", { ipams: [countdown] }],
    ["ipam", { drivers: own.drivers }],
  ] as const) {
    it(`without the ${missing} of a network, open() refuses, and touches nothing`, async function () {
      await using ground = await newGround(this);
      const first = await ground.open(own);
      const network = await first.createNetwork("net", { driver: "ageing", ipam: "countdown" });
      await first.attach(await first.createSandbox("web"), network);
      const before = await ip(ground.host, "-d", "address", "show");

      const error = await cnmRefusal(ground.open(options));

      expect(error.code).to.equal("ERR_CNM_CONFLICT");
      expect(error.context).to.include({ field: `${missing}s`, network: "net" });
      expect(withoutTimers(await ip(ground.host, "-d", "address", "show"))).to.deep.equal(
        withoutTimers(before),
      );
      const again = await ground.open(own);
      expect(again.network("net").endpoint("web").sandbox?.name).to.equal("web");
      expect(await again.check()).to.deep.equal([]);
      await again.destroy();
    });
  }

  for (const [what, returned] of [
    ["nothing", undefined],
    ["no index", { mtu: 1500, state: null }],
    ["an index of 0", { index: 0, mtu: 1500, state: null }],
    ["no state", { index: 2, mtu: 1500 }],
  ] as const) {
    it(`a driver that returns ${what} of join is refused, and its interface taken down`, async function () {
      const driver = changed({
        name: "wrong",
        async join(...words: Parameters<Driver["join"]>): Promise<Attached> {
          await new AgeingDriver().join(...words);
          return returned as unknown as Attached;
        },
      });
      await using world = await newHost(this, { drivers: [driver] });
      const options = { driver: "wrong" } as object as NetworkOptions;
      const network = await world.cnm.createNetwork("net", options);
      const sandbox = await world.cnm.createSandbox("web");

      const error = await rejection(world.cnm.attach(sandbox, network));

      expect(error.message).to.match(/driver wrong: .*attached/);
      expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo"]);
      expect(await ipLinkNames(world.host)).to.have.lengthOf(2); // lo and the bridge
    });
  }

  it("a driver that returns no state of a network is refused, and its bridge taken down", async function () {
    const driver = changed({
      name: "wrong",
      async createNetwork(...words: Parameters<Driver["createNetwork"]>): Promise<unknown> {
        await new AgeingDriver().createNetwork(...words);
        return undefined;
      },
    });
    await using world = await newHost(this, { drivers: [driver] });
    const options = { driver: "wrong" } as object as NetworkOptions;

    const error = await rejection(world.cnm.createNetwork("net", options));

    expect(error.message).to.match(/driver wrong: .*"state".* must be a JSON value/);
    expect(world.cnm.networks()).to.deep.equal([]);
    expect(await world.links()).to.deep.equal([]);
  });

  for (const [what, method] of [
    ["network", "checkNetwork"],
    ["endpoint", "checkEndpoint"],
  ] as const) {
    it(`a driver that cannot look at its ${what} keeps nothing else from being mended`, async function () {
      const broken = changed({
        name: "blind",
        [method]: () => {
          throw new Error("it is dark");
        },
      });
      await using world = await newHost(this, { drivers: [broken] });
      const { cnm } = world;
      const options = { driver: "blind" } as object as NetworkOptions;
      const blind = await cnm.createNetwork("dark", options);
      await cnm.attach(await cnm.createSandbox("web"), blind);
      await cnm.createNetwork("light", { bridge: "br0" });
      await ip(world.host, "link", "set", "br0", "down");

      const repairs = await cnm.repair();

      const told = repairs.map(({ finding, error }) => [finding.object, error?.message]);
      expect(told).to.have.deep.members([
        [what, "it is dark"],
        ["network", undefined],
      ]);
      expect(repairs.map(({ finding }) => finding.text).join()).to.include(
        "its driver cannot look at it: it is dark",
      );
      expect((await ipLink(world.host, "br0"))?.["flags"]).to.include("UP");
    });
  }

  it("an IPAM that returns no subnet is refused, and its pool given back", async function () {
    const released: string[] = [];
    const ipams = [
      factory({
        requestPool: () => Promise.resolve({ subnet: "nonsense", gateway: undefined }),
        releasePool: (_: string, subnet: string) => Promise.resolve(void released.push(subnet)),
      }),
    ];
    await using world = await newHost(this, { ipams });

    const error = await cnmRefusal(world.cnm.createNetwork("net", { ipam: "mine" }));

    expect(error.message).to.match(/IPAM mine: pool\.subnet: .*nonsense/);
    expect(released).to.deep.equal(["nonsense"]);
    expect(await world.links()).to.deep.equal([]);
  });

  it("an IPAM that returns no address is refused", async function () {
    const ipams = [factory({ requestAddress: () => Promise.resolve("10.0.0.300/24") })];
    await using world = await newHost(this, { ipams });
    const network = await world.cnm.createNetwork("net", { ipam: "mine" });

    const error = await cnmRefusal(network.createEndpoint("a"));

    expect(error.message).to.match(/IPAM mine: address: .*10\.0\.0\.300/);
    expect(network.endpoints()).to.deep.equal([]);
  });

  it("a driver that needs subnets is not given the IPAM null", async function () {
    await using world = await newHost(this, own);

    const error = await cnmRefusal(
      world.cnm.createNetwork("net", { driver: "ageing", ipam: "null" }),
    );

    expect(error).to.nested.include({
      code: "ERR_CNM_INVALID_OPTION",
      "context.field": "ipam",
    });
    expect(error.message).to.include("those of the driver ageing need one");
  });

  it("a driver without interfaces may have addresses, which others on the network see", async function () {
    const state = { made: "elsewhere" };
    const driver = changed({
      name: "elsewhere",
      interfaces: "none",
      join: () =>
        Promise.resolve({ index: undefined, mtu: undefined, hostIfname: undefined, state }),
    });
    await using world = await newHost(this, { drivers: [driver] });
    const options = { driver: "elsewhere", subnets: ["10.1.0.0/24"] } as object as NetworkOptions;
    const network = await world.cnm.createNetwork("net", options);
    const sandbox = await world.cnm.createSandbox("web");

    const endpoint = await world.cnm.attach(sandbox, network);

    expect(endpoint.inspect()).to.deep.include({
      addresses: ["10.1.0.2/24"],
      mac: null,
      ifname: null,
      mtu: null,
    });
    expect(await ip(sandbox.namespace, "route", "show")).to.deep.equal([]);
  });
});

describe("Controller.open refuses", function () {
  const methods: Partial<Record<keyof Driver, unknown>> = { join: undefined };
  const refused: readonly (readonly [string, object, code: string, field: string])[] = [
    ["no list", { drivers: new AgeingDriver() }, "ERR_INVALID_ARG_TYPE", "drivers"],
    ["no object", { drivers: ["ageing"] }, "ERR_INVALID_ARG_TYPE", "drivers.0"],
    ["a driver without join", driverWith(methods), "ERR_INVALID_ARG_TYPE", "drivers.0.join"],
    ["a name of no text", driverWith({ name: 7 }), "ERR_INVALID_ARG_TYPE", "drivers.0.name"],
    ["a name that is none", driverWith({ name: "a b" }), "ERR_CNM_INVALID_NAME", "drivers.0.name"],
    ["a name of ours", driverWith({ name: "bridge" }), "ERR_CNM_NAME_TAKEN", "drivers.0.name"],
    [
      "one name twice",
      { drivers: [new AgeingDriver(), new AgeingDriver()] },
      "ERR_CNM_NAME_TAKEN",
      "drivers.1.name",
    ],
    [
      "an option that all networks have",
      driverWith({ optionNames: ["speed", "subnets"] }),
      "ERR_CNM_INVALID_OPTION",
      "drivers.0.optionNames.1",
    ],
    [
      "a word for subnets that is none",
      driverWith({ subnets: "some" }),
      "ERR_CNM_INVALID_OPTION",
      "drivers.0.subnets",
    ],
    [
      "an IPAM without create",
      { ipams: [{ name: "x" }] },
      "ERR_INVALID_ARG_TYPE",
      "ipams.0.create",
    ],
    [
      "an IPAM of our name",
      { ipams: [{ name: "null", create: () => undefined }] },
      "ERR_CNM_NAME_TAKEN",
      "ipams.0.name",
    ],
    [
      "an IPAM that makes one of another name",
      { ipams: [{ name: "x", create: () => countdown.create({ controllerId: "" }) }] },
      "ERR_CNM_INVALID_OPTION",
      "create().name",
    ],
    [
      "an IPAM that makes nothing",
      { ipams: [{ name: "x", create: () => undefined }] },
      "ERR_INVALID_ARG_TYPE",
      "create()",
    ],
    [
      "a store without methods",
      { store: { durable: true } },
      "ERR_INVALID_ARG_TYPE",
      "store.write",
    ],
    ["a store that is none", { store: "/var/lib" }, "ERR_INVALID_ARG_TYPE", "store"],
    [
      "a store and a state directory",
      { store: new FileStore("/none"), stateDirectory: "/run/none" },
      "ERR_CNM_INVALID_OPTION",
      "store",
    ],
  ];
  for (const [what, options, code, field] of refused) {
    it(`${what}: ${code} names ${field}`, async function () {
      await using host = await newNetns(this);

      const outcome = await Controller.open({ host, ...options }).then(
        (cnm) => cnm.close(),
        (error: unknown) => error as object,
      );

      expect(outcome).to.nested.include({ code, "context.field": field });
      expect(existsSync("/run/none")).to.equal(false);
      await (await Controller.open({ host })).close(); // the instance is free again
    });
  }
});

describe("store of the embedder", function () {
  it("is where the state is, and stays the caller's to close", async function () {
    await using host = await newNetns(this, "link:bridge", "link:veth");
    using folder = newFolder();
    const path = join(folder.path, "state.json");
    const runDirectory = join(folder.path, "run");
    const before = new FileStore(path);
    const first = await Controller.open({ host, runDirectory, store: before });
    const network = await first.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const endpoint = await first.attach(await first.createSandbox("web"), network);
    const seen = [first.id, network.inspect(), endpoint.inspect()];
    await first.close();
    expect(await before.list("network")).to.have.lengthOf(1); // open still

    const store = new FileStore(path);
    const second = await Controller.open({ host, runDirectory, store });

    const again = second.network("net");
    expect([second.id, again.inspect(), again.endpoint("web").inspect()]).to.deep.equal(seen);
    expect(await second.check()).to.deep.equal([]);
    await second.destroy();
    expect(await store.list("network")).to.deep.equal([]);
    expect(await ipLinkNames(host)).to.deep.equal(["lo"]);
  });

  it("may keep what was there before a reboot: it counts as gone", async function () {
    await using host = await newNetns(this, "link:bridge", "link:veth");
    await using other = await newNetns(this);
    using folder = newFolder();
    const store = new FileStore(join(folder.path, "state.json"));
    const runDirectory = join(folder.path, "run");
    const first = await Controller.open({ host, runDirectory, store });
    const network = await first.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const sandbox = await first.adoptSandbox("web", { path: other.path ?? "" });
    await (await first.attach(sandbox, network)).leave();
    await first.close();
    // The same path and the same cookie, of another boot.
    for (const value of await store.list("sandbox")) {
      const record = value as { readonly id: string; readonly made: object };
      const made = { ...record.made, bootId: "00000000-0000-0000-0000-000000000000" };
      await store.put("sandbox", record.id, { ...record, made });
    }

    const second = await Controller.open({ host, runDirectory, store });

    expect(second.sandboxes()).to.deep.equal([]);
    expect(await store.list("sandbox")).to.deep.equal([]);
    expect(second.network("net").endpoint("web").sandbox).to.equal(undefined);
    await second.destroy();
  });

  it("that is not durable ends with the controller", async function () {
    await using host = await newNetns(this, "link:bridge", "link:veth");
    using folder = newFolder();
    const store = Object.assign(new FileStore(join(folder.path, "state.json")), { durable: false });
    const cnm = await Controller.open({ host, store });
    await cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });

    await cnm.close();

    expect(await ipLinkNames(host)).to.deep.equal(["lo"]);
    expect(await store.list("network")).to.deep.equal([]);
  });
});

function driverWith(changes: object): object {
  return { drivers: [changed(changes)] };
}

/** The IPAM `countdown` under the name `mine`, with some of it in another way. */
function factory(changes: object): IpamFactory {
  return {
    name: "mine",
    create(options) {
      const ipam = countdown.create(options);
      const mine: Ipam = {
        name: "mine",
        requestPool: (network, request) => ipam.requestPool(network, request),
        releasePool: (network, subnet) => ipam.releasePool(network, subnet),
        requestAddress: (network, subnet, request) => ipam.requestAddress(network, subnet, request),
        releaseAddress: (network, subnet, address) => ipam.releaseAddress(network, subnet, address),
        restAddress: (network, subnet, address) => ipam.restAddress(network, subnet, address),
      };
      return Object.assign(mine, changes);
    },
  };
}

/** Timers of bridges run on. */
function withoutTimers(seen: unknown): unknown {
  return JSON.parse(
    JSON.stringify(seen, (key, value: unknown) => (/timer/.test(key) ? undefined : value)),
  );
}
