import { expect } from "chai";
import { newHost } from "../support/cnm.js";
import { ipAddresses, ipLinkNames } from "../support/other-eyes.js";
import { cnmRefusal } from "../support/rejection.js";

describe("Controller.attach", function () {
  it("makes an endpoint of the sandbox's name, and joins it", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const sandbox = await world.cnm.createSandbox("web");

    const endpoint = await world.cnm.attach(sandbox, network, { ifname: "lan0" });

    expect(network.endpoint("web")).to.equal(endpoint);
    expect(await ipAddresses(sandbox.namespace, "lan0")).to.deep.equal([...endpoint.addresses]);
  });

  it("leaves nothing where the endpoint cannot join", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const sandbox = await world.cnm.createSandbox("web");
    await world.cnm.attach(sandbox, network, { ifname: "lan0", name: "first" });

    const attaching = world.cnm.attach(sandbox, network, { ifname: "lan0" });

    const error = await cnmRefusal(attaching);
    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.field": "ifname" });
    expect(error.message).to.match(/^attach sandbox web to network net: /);
    expect(network.endpoints().map(({ name }) => name)).to.deep.equal(["first"]);
    expect(await ipLinkNames(sandbox.namespace)).to.have.members(["lo", "lan0"]);
  });

  const words: readonly (readonly [what: string, sandbox: unknown, network: unknown])[] = [
    ["no sandbox", "web", "network"],
    ["no network", "sandbox", 7],
  ];
  for (const [what, sandbox, network] of words) {
    it(`refuses ${what}`, async function () {
      await using world = await newHost(this);
      const scene: Readonly<Record<string, unknown>> = {
        network: await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] }),
        sandbox: await world.cnm.createSandbox("s"),
      };
      const given = (word: unknown) => scene[String(word)] ?? word;

      const attaching = world.cnm.attach(given(sandbox) as never, given(network) as never);

      const error = await attaching.catch((thrown: unknown) => thrown);
      expect(error).to.have.property("code", "ERR_INVALID_ARG_TYPE");
    });
  }
});
