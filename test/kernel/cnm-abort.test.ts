import { Controller, type Network, type Sandbox } from "#lib/index.js";
import { expect } from "chai";
import { newHost, type TestHost } from "../support/cnm.js";
import { ipLinkNames } from "../support/other-eyes.js";

interface Scene {
  readonly world: TestHost;
  readonly network: Network;
  readonly sandbox: Sandbox;
}

/** Each public operation that takes a signal; what it makes is deleted with the controller. */
const operations: Readonly<
  Record<string, (scene: Scene, signal: AbortSignal) => Promise<unknown>>
> = {
  "Controller.open": async (_, signal) => {
    await using cnm = await Controller.open({ instance: "abort", signal });
    return cnm.id;
  },
  "Controller.createNetwork": ({ world }, signal) =>
    world.cnm.createNetwork("x", { bridge: "br-x", subnets: ["10.9.0.0/24"], signal }),
  "Controller.createSandbox": ({ world }, signal) => world.cnm.createSandbox("x", { signal }),
  "Controller.adoptSandbox": ({ world, sandbox }, signal) =>
    world.cnm.adoptSandbox("x", { path: sandbox.path ?? "" }, { signal }),
  "Network.createEndpoint": ({ network }, signal) =>
    network.createEndpoint("x", { addresses: ["10.1.0.77"], signal }),
  "Endpoint.join": ({ network, sandbox }, signal) =>
    network.endpoint("a").join(sandbox, { signal }),
};

async function newScene(world: TestHost): Promise<Scene> {
  const network = await world.cnm.createNetwork("net", { bridge: "br0", subnets: ["10.1.0.0/24"] });
  await network.createEndpoint("a");
  return { world, network, sandbox: await world.cnm.createSandbox("s") };
}

/** What can be seen of a host from outside and from inside. */
async function state({ world, sandbox }: Scene): Promise<unknown> {
  return {
    links: await world.links(),
    inside: await ipLinkNames(sandbox.namespace),
    networks: world.cnm.networks().map((network) => network.inspect()),
    sandboxes: world.cnm.sandboxes().map((one) => one.inspect()),
  };
}

describe("AbortSignal", function () {
  for (const [name, operation] of Object.entries(operations)) {
    it(`ends ${name} with its reason where it was aborted before`, async function () {
      await using world = await newHost(this);
      const scene = await newScene(world);
      const before = await state(scene);
      const reason = new Error("not any more");

      const error = await operation(scene, AbortSignal.abort(reason)).catch((e: unknown) => e);

      expect(error).to.equal(reason);
      expect(await state(scene)).to.deep.equal(before);
    });

    it(`ends ${name} at any step of its way, leaves nothing, and a second try works`, async function () {
      await using world = await newHost(this);
      const scene = await newScene(world);
      const before = await state(scene);
      let aborted = 0;

      for (let turns = 0; turns < 24; turns++) {
        const controller = new AbortController();
        const running = operation(scene, controller.signal);
        const outcome = running.then(
          () => "done",
          (error: unknown) => error,
        );
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        controller.abort();
        const result = await outcome;
        if (result === "done") break; // it was faster than so many turns
        expect(result).to.include({ name: "AbortError" });
        expect(await state(scene)).to.deep.equal(before);
        aborted++;
      }

      expect(aborted).to.be.greaterThan(0);
      await tidy(scene);
      await operation(scene, new AbortController().signal);
    });
  }

  it("ends a join that waits for another one at once", async function () {
    await using world = await newHost(this);
    const { network, sandbox } = await newScene(world);
    const other = await network.createEndpoint("b");
    const controller = new AbortController();
    const order: string[] = [];
    const first = network
      .endpoint("a")
      .join(sandbox)
      .then(() => order.push("joined"));
    const waiting = other
      .join(sandbox, { signal: controller.signal })
      .catch((error: unknown) => order.push((error as Error).name));

    controller.abort();

    await Promise.all([first, waiting]);
    expect(order).to.deep.equal(["AbortError", "joined"]);
    await other.join(sandbox);
    expect(other.ifname).to.equal("eth1");
  });

  it("passes what is no Error on as it is", async function () {
    await using world = await newHost(this);

    const reason = await world.cnm
      .createNetwork("x", { signal: AbortSignal.abort("enough") })
      .catch((error: unknown) => error);

    expect(reason).to.equal("enough");
  });
});

async function tidy({ world, network }: Scene): Promise<void> {
  await network.endpoint("a").leave();
  for (const one of network.endpoints()) if (one.name === "x") await one.delete();
  for (const one of world.cnm.networks()) if (one.name === "x") await one.delete();
  for (const one of world.cnm.sandboxes()) if (one.name === "x") await one.delete();
}
