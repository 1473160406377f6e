import fc from "fast-check";
import { Dumper } from "../support/dumper.js";
import {
  count,
  dice,
  done,
  endpointNames,
  endpointOf,
  expectTo,
  hostSandbox,
  networkNames,
  networkOf,
  networkOptions,
  newSandboxNames,
  onEndpoint,
  onNetwork,
  onSandbox,
  onSandboxFor,
  sandboxOf,
  step,
  takes,
  type Model,
} from "../support/model.js";
import { attachMany, detachMany } from "../support/model-many.js";
import { newGround } from "../support/state.js";

// Random sequences of all operations, with the process's end in between, beside a small model. After
// each step the controller, the kernel as ip(8) sees it, and the model agree.

const missing = ["ERR_CNM_NOT_FOUND"];
const taken = ["ERR_CNM_NAME_TAKEN"];

const commands = {
  createNetwork: fc.constantFrom(...networkNames).map((name) =>
    step(`create network ${name}`, async (model, real) => {
      await expectTo(!model.networks.has(name), taken, () =>
        real.cnm.createNetwork(name, networkOptions(name)),
      );
      if (!model.networks.has(name)) model.networks.set(name, new Map());
    }),
  ),
  deleteNetwork: dice.map((of) =>
    step(`delete network ${of}`, async (model, real) => {
      const name = onNetwork(model, of);
      const there = model.networks.get(name);
      await expectTo(there?.size === 0, [...missing, "ERR_CNM_IN_USE"], () =>
        networkOf(real, name).delete(),
      );
      if (there?.size === 0) model.networks.delete(name);
    }),
  ),
  createSandbox: fc.constantFrom(...newSandboxNames).map((name) =>
    step(`create sandbox ${name}`, async (model, real) => {
      await expectTo(!model.sandboxes.has(name), taken, () => real.cnm.createSandbox(name));
      model.sandboxes.add(name);
    }),
  ),
  adoptSandbox: fc.constant(
    step(`adopt sandbox ${hostSandbox}`, async (model, real) => {
      const { path = "" } = real.ground.host;
      await expectTo(!model.sandboxes.has(hostSandbox), taken, () =>
        real.cnm.adoptSandbox(hostSandbox, { path }),
      );
      model.sandboxes.add(hostSandbox);
    }),
  ),
  deleteSandbox: dice.map((of) =>
    step(`delete sandbox ${of}`, async (model, real) => {
      const name = onSandbox(model, of);
      await expectTo(model.sandboxes.has(name), missing, () => sandboxOf(real, name).delete());
      model.sandboxes.delete(name);
      for (const endpoints of model.networks.values()) {
        for (const [one, where] of endpoints) if (where === name) endpoints.set(one, undefined);
      }
    }),
  ),
  createEndpoint: fc.tuple(dice, fc.constantFrom(...endpointNames)).map(([which, name]) =>
    step(`create endpoint ${name} on ${which}`, async (model, real) => {
      const of = onNetwork(model, which);
      const there = model.networks.get(of);
      const works = there !== undefined && !there.has(name);
      await expectTo(works, [...missing, ...taken], () => networkOf(real, of).createEndpoint(name));
      if (works) there.set(name, undefined);
    }),
  ),
  deleteEndpoint: fc.tuple(dice, dice).map(([which, one]) =>
    step(`delete endpoint ${one} on ${which}`, async (model, real) => {
      const of = onNetwork(model, which);
      const name = onEndpoint(model, of, one);
      const there = model.networks.get(of);
      await expectTo(there?.has(name) === true, missing, () => endpointOf(real, of, name).delete());
      there?.delete(name);
    }),
  ),
  join: fc.tuple(dice, dice, dice).map(([which, one, where]) =>
    step(`join endpoint ${one} on ${which} to ${where}`, async (model, real) => {
      const of = onNetwork(model, which);
      const name = onEndpoint(model, of, one);
      const into = onSandboxFor(model, of, where);
      const there = model.networks.get(of);
      const free = there?.has(name) === true && there.get(name) === undefined;
      const works = free && model.sandboxes.has(into) && takes(of, into);
      await expectTo(works, [...missing, "ERR_CNM_CONFLICT"], () =>
        endpointOf(real, of, name).join(sandboxOf(real, into)),
      );
      if (!works) return;
      there.set(name, into);
      count("joined");
    }),
  ),
  leave: fc.tuple(dice, dice).map(([which, one]) =>
    step(`leave endpoint ${one} on ${which}`, async (model, real) => {
      const of = onNetwork(model, which);
      const name = onEndpoint(model, of, one);
      const there = model.networks.get(of);
      await expectTo(there?.has(name) === true, missing, () => endpointOf(real, of, name).leave());
      if (there?.has(name) === true) there.set(name, undefined);
    }),
  ),
  restart: fc.constant(
    step("restart", async (_, real) => {
      real.cnm = await real.ground.open();
    }),
  ),
  attachMany,
  detachMany,
};

// Else most steps would find nothing to work on: sandboxes, endpoints, and twice what joins them.
const { createSandbox, createEndpoint, join, createNetwork } = commands;
const weighted = [
  ...Object.values(commands),
  ...[createSandbox, createEndpoint, join, join, createNetwork, attachMany],
];

const sequences = Number(process.env["VETHWORK_TEST_SEQUENCES"] ?? "100");

describe("any sequence of operations", function () {
  this.timeout(3_600_000);

  it("leaves controller, kernel and model in agreement", async function () {
    await using ground = await newGround(this);
    await using dumper = new Dumper(this, ground.host);
    await fc.assert(
      fc.asyncProperty(fc.commands(weighted, { maxCommands: 80, size: "max" }), async (some) => {
        const cnm = await ground.open();
        await fc.asyncModelRun(
          () => ({
            model: { networks: new Map(), sandboxes: new Set() } satisfies Model,
            real: { cnm, ground, dumper },
          }),
          some,
        );
        await (await ground.open()).destroy(); // the next begins with nothing
      }),
      { numRuns: sequences, endOnFailure: true },
    );
    const steps = Array.from(done, ([verb, times]) => `${verb} ${times}`).join(", ");
    if (this.test !== undefined) this.test.title += ` (${sequences} sequences: ${steps})`;
  });
});
