import { Controller, type Endpoint, type Namespace, type Network } from "#lib/index.js";
import { expect } from "chai";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "mocha";
import * as endpoints from "../support/bad-input/endpoint.js";
import * as many from "../support/bad-input/many.js";
import { createNetwork } from "../support/bad-input/network.js";
import { open } from "../support/bad-input/open.js";
import type { Row, Scene } from "../support/bad-input/row.js";
import * as sandboxes from "../support/bad-input/sandbox.js";
import { newFolder } from "../support/folder.js";
import { newNetns } from "../support/netns.js";
import { ip, ipLinkNames } from "../support/other-eyes.js";
import { FileStore } from "../support/own/store.js";
import { needs } from "../support/needs.js";

// Each row is refused with its code, names its field, and changes nothing: not one link, address,
// pin or record.

/** What was said of a row in place of what was expected; undefined where it was as expected. */
async function faultOf(
  [what, words, code, field]: Row,
  scene: Scene,
  call: (scene: Scene, ...words: never[]) => unknown,
): Promise<string | undefined> {
  const given = typeof words === "function" ? words(scene) : words;
  const error = await Promise.resolve()
    .then(() => call(scene, ...(given as never[])))
    .then(
      () => undefined,
      (thrown: unknown) => thrown as Error & { code?: unknown; context?: { field?: unknown } },
    );
  if (error === undefined) return `${what}: it was accepted`;
  const seen = `${String(error.code)} of ${String(error.context?.field)}`;
  if (seen !== `${code} of ${field}`)
    return `${what}: ${seen}, not ${code} of ${field}: ${error.message}`;
  // Somebody is to read it: the operation, the field, and no value that was printed by mistake.
  if (!/^\w.*: /.test(error.message) || !error.message.includes(field.split(".").at(-1) ?? "")) {
    return `${what}: does not say where: ${error.message}`;
  }
  if (/^(.{4,}): \1: /.test(error.message)) return `${what}: says it twice: ${error.message}`;
  return undefined;
}

/** A host with all that the rows name, and a second one, whose objects are another controller's. */
async function withScene(
  context: Context,
  work: (scene: Scene, picture: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  needs(context, "program:ip", "program:nsenter");
  await using host = await newNetns(context, "link:bridge", "link:veth");
  await using elsewhere = await newNetns(context);
  using folder = newFolder();
  const store = new FileStore(join(folder.path, "state.json"));
  const runDirectory = join(folder.path, "run");
  const cnm = await Controller.open({ host, store, runDirectory });
  await using second = await Controller.open({ host: elsewhere });
  try {
    const scene = { cnm, host, ...(await furnish(cnm)), other: await objects(second) };
    await ip(host, "link", "add", "name", "uplink", "up", "type", "bridge");
    await ip(host, "address", "add", "10.9.0.9/24", "dev", "uplink");
    await work(scene, async () => ({
      links: await linksIn(host),
      inside: await Promise.all(cnm.sandboxes().map(({ namespace }) => linksIn(namespace))),
      files: readdirSync(runDirectory, { recursive: true, encoding: "utf8" }).sort(),
      state: JSON.parse(readFileSync(join(folder.path, "state.json"), "utf8")) as unknown,
      said: cnm.networks().map((one) => [one.inspect(), one.endpoints().map((of) => of.inspect())]),
      others: second.sandboxes().map((one) => one.inspect()),
      addresses: cnm.metrics().pools,
    }));
    expect(await cnm.check()).to.deep.equal([]);
  } finally {
    await cnm.destroy();
  }
  expect(await ipLinkNames(host)).to.deep.equal(["lo", "uplink"]);
}

async function furnish(cnm: Controller): Promise<Omit<Scene, "cnm" | "host" | "other">> {
  const network = await cnm.createNetwork("net", {
    bridge: "br-net",
    subnets: [
      { subnet: "10.1.0.0/24", auxiliaryAddresses: { router: "10.1.0.200" } },
      "fd00:1::/64",
    ],
  });
  const [none, shared, wire] = [
    await cnm.createNetwork("none", { driver: "null" }),
    await cnm.createNetwork("shared", { driver: "host" }),
    await cnm.createNetwork("wire", { ipam: "null", mtu: 1000 }),
  ];
  const [sandbox, empty] = [await cnm.createSandbox("web"), await cnm.createSandbox("empty")];
  const mac = "02:00:00:00:00:01";
  const options = { addresses: ["10.1.0.2"], mac, hostIfname: "vhost" };
  const joined = await cnm.attach(sandbox, network, options);
  for (const of of [none, shared]) await of.createEndpoint("idle");
  const idle = await network.createEndpoint("idle");
  const deleted = await objects(cnm);
  await deleted.endpoint.delete();
  await deleted.sandbox.delete();
  await deleted.network.delete();
  return { network, none, shared, wire, sandbox, empty, joined, idle, deleted };
}

async function objects(cnm: Controller): Promise<Scene["other"]> {
  const network = await cnm.createNetwork("theirs", { driver: "null" });
  const sandbox = await cnm.createSandbox("theirs");
  return { network, sandbox, endpoint: await network.createEndpoint("theirs") };
}

/** What does not change by itself, as carriers and link-local addresses do. */
async function linksIn(where: Namespace): Promise<unknown> {
  return (await ip(where, "address", "show")).map((link) => {
    const { ifindex, ifname, mtu, address, master, altnames } = link;
    const isUp = (link["flags"] as readonly string[]).includes("UP");
    const list = link["addr_info"] as readonly { local: string; prefixlen: number }[];
    const addresses = list
      .filter(({ local }) => !local.startsWith("fe80:"))
      .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
    return { ifindex, ifname, isUp, mtu, address, master, altnames, addresses };
  });
}

type Call = (scene: Scene, ...words: never[]) => unknown;

const tables: Readonly<Record<string, readonly [rows: readonly Row[], call: Call]>> = {
  "Controller#createNetwork": [createNetwork, ({ cnm }, a, b) => cnm.createNetwork(a, b)],
  "Controller#createSandbox": [sandboxes.createSandbox, ({ cnm }, a, b) => cnm.createSandbox(a, b)],
  "Controller#adoptSandbox": [
    sandboxes.adoptSandbox,
    ({ cnm }, a, b, c) => cnm.adoptSandbox(a, b, c),
  ],
  "Controller#attach": [endpoints.attach, ({ cnm }, a, b, c) => cnm.attach(a, b, c)],
  "Controller#attachMany": [many.attachMany, ({ cnm }, a, b) => cnm.attachMany(a, b)],
  "Controller#detachMany": [many.detachMany, ({ cnm }, a, b) => cnm.detachMany(a, b)],
  "Controller#watch": [many.watch, ({ cnm }, a) => cnm.watch(a)],
  "Controller#network": [many.lookUps("network"), ({ cnm }, a) => cnm.network(a)],
  "Controller#sandbox": [many.lookUps("sandbox"), ({ cnm }, a) => cnm.sandbox(a)],
  "Network#createEndpoint": [
    endpoints.createEndpoint,
    (_, on: Network, a, b) => on.createEndpoint(a, b),
  ],
  "Network#endpoint": [many.lookUps("endpoint"), ({ network }, a) => network.endpoint(a)],
  "Endpoint#join": [endpoints.join, (_, on: Endpoint, a, b) => on.join(a, b)],
};

describe("bad input", function () {
  this.timeout(60_000);
  let count = 0;

  for (const [called, [rows, call]] of Object.entries(tables)) {
    it(`is refused, named, and touches nothing: ${called}, ${rows.length} rows`, async function () {
      await withScene(this, async (scene, picture) => {
        const before = await picture();
        const faults: string[] = [];
        for (const row of rows) {
          const fault = await faultOf(row, scene, call);
          if (fault !== undefined) faults.push(fault);
        }

        expect(faults).to.deep.equal([]);
        expect(await picture()).to.deep.equal(before);
      });
      count += rows.length;
    });
  }

  it(`is refused, named, and touches nothing: Controller.open, ${open.length} rows`, async function () {
    await using host = await newNetns(this);
    using folder = newFolder();
    const where = {
      runDirectory: join(folder.path, "run"),
      stateDirectory: join(folder.path, "state"),
    };
    const faults: string[] = [];
    for (const row of open) {
      const fault = await faultOf(row, {} as Scene, (_, given: unknown) =>
        Controller.open(
          isObject(given) ? { host, ...own(given, row[3], where), ...given } : (given as object),
        ).then((cnm) => cnm.close()),
      );
      if (fault !== undefined) faults.push(fault);
      if (existsSync(where.stateDirectory)) faults.push(`${row[0]}: left the state directory`);
    }

    expect(faults).to.deep.equal([]);
    expect(existsSync("/run/bad-state")).to.equal(false);
    expect(await ipLinkNames(host)).to.deep.equal(["lo"]);
    const cnm = await Controller.open({ host, ...where }); // the instance and the state are free
    await cnm.destroy();
    count += open.length;
  });

  it("is of more than 200 sorts", function () {
    expect(count).to.be.greaterThan(200);
  });
});

function isObject(given: unknown): given is object {
  return Object.getPrototypeOf(given ?? 0) === Object.prototype;
}

/**
 * Not where the row is about the store; nor where it is about what an IPAM makes: that is given the
 * controller's id, which is read from the state, so that the directory is made by then.
 */
function own(
  given: object,
  field: string,
  { runDirectory, stateDirectory }: Readonly<Record<string, string>>,
) {
  const isWithout = "store" in given || field.startsWith("create()");
  return isWithout ? { runDirectory } : { runDirectory, stateDirectory };
}
