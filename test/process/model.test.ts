import type { Controller, Endpoint, Network, Sandbox } from "#lib/index.js";
import { expect } from "chai";
import fc from "fast-check";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Dumper } from "../support/dumper.js";
import { newGround, type Ground } from "../support/state.js";

// Random sequences of all operations, with the process's end in between, beside a small model. After
// each step the controller, the kernel as ip(8) sees it, and the model agree.

/** What there should be: names alone. */
interface Model {
  readonly networks: Map<string, Map<string, string | undefined>>; // endpoints: their sandbox
  readonly sandboxes: Set<string>;
}

interface Real {
  cnm: Controller;
  readonly ground: Ground;
  readonly dumper: Dumper;
}

type Step = (model: Model, real: Real) => Promise<void>;

const networks = ["n1", "n2", "n3", "n4", "n5"];
const sandboxes = Array.from({ length: 20 }, (_, at) => `s${at}`);
// No hexadecimal digits: "e1" could be the beginning of an id.
const endpoints = Array.from({ length: 12 }, (_, at) => `p${at}`);

const done = new Map<string, number>();

const step = (words: string, run: Step): fc.AsyncCommand<Model, Real> => ({
  check: () => true,
  run: async (model, real) => {
    await run(model, real);
    const verb = words.replace(/ .*/, "");
    done.set(verb, (done.get(verb) ?? 0) + 1);
    await agree(model, real);
  },
  toString: () => words,
});

/** It works where the model says so, and else is refused with this code. */
async function expectTo(
  works: boolean,
  codes: readonly string[],
  act: () => Promise<unknown>,
): Promise<void> {
  const error = await Promise.resolve()
    .then(act)
    .then(
      () => undefined,
      (thrown: unknown) => thrown as NodeJS.ErrnoException,
    );
  if (works) expect(error, error?.message).to.equal(undefined);
  else expect(codes, error?.message).to.include(error?.code);
}

/** Mostly one that is there, so that most steps do something; now and then one that may not be. */
function pick(there: Iterable<string>, all: readonly string[], dice: number): string {
  const some = [...there];
  const from = some.length === 0 || dice % 6 === 0 ? all : some;
  return from[Math.floor(dice / 6) % from.length] ?? "";
}

const dice = fc.nat(100_000);
const onNetwork = (model: Model, of: number): string => pick(model.networks.keys(), networks, of);
const onSandbox = (model: Model, of: number): string => pick(model.sandboxes, sandboxes, of);
const onEndpoint = (model: Model, network: string, of: number): string =>
  pick(model.networks.get(network)?.keys() ?? [], endpoints, of);

const network = ({ cnm }: Real, name: string): Network => cnm.network(name);
const sandbox = ({ cnm }: Real, name: string): Sandbox => cnm.sandbox(name);
const endpoint = (real: Real, of: string, name: string): Endpoint =>
  network(real, of).endpoint(name);

const missing = ["ERR_CNM_NOT_FOUND"];
const taken = ["ERR_CNM_NAME_TAKEN"];

const commands = [
  fc.constantFrom(...networks).map((name) =>
    step(`create network ${name}`, async (model, real) => {
      await expectTo(!model.networks.has(name), taken, () =>
        real.cnm.createNetwork(name, { ipv4: true, ipv6: name === "n1" }),
      );
      if (!model.networks.has(name)) model.networks.set(name, new Map());
    }),
  ),
  dice.map((of) =>
    step(`delete network ${of}`, async (model, real) => {
      const name = onNetwork(model, of);
      const there = model.networks.get(name);
      await expectTo(there?.size === 0, [...missing, "ERR_CNM_IN_USE"], () =>
        network(real, name).delete(),
      );
      if (there?.size === 0) model.networks.delete(name);
    }),
  ),
  fc.constantFrom(...sandboxes).map((name) =>
    step(`create sandbox ${name}`, async (model, real) => {
      await expectTo(!model.sandboxes.has(name), taken, () => real.cnm.createSandbox(name));
      model.sandboxes.add(name);
    }),
  ),
  dice.map((of) =>
    step(`delete sandbox ${of}`, async (model, real) => {
      const name = onSandbox(model, of);
      await expectTo(model.sandboxes.has(name), missing, () => sandbox(real, name).delete());
      model.sandboxes.delete(name);
      for (const of of model.networks.values()) {
        for (const [one, where] of of) if (where === name) of.set(one, undefined);
      }
    }),
  ),
  fc.tuple(dice, fc.constantFrom(...endpoints)).map(([which, name]) =>
    step(`create endpoint ${name} on ${which}`, async (model, real) => {
      const of = onNetwork(model, which);
      const there = model.networks.get(of);
      const works = there !== undefined && !there.has(name);
      await expectTo(works, [...missing, ...taken], () => network(real, of).createEndpoint(name));
      if (works) there.set(name, undefined);
    }),
  ),
  fc.tuple(dice, dice).map(([which, one]) =>
    step(`delete endpoint ${one} on ${which}`, async (model, real) => {
      const of = onNetwork(model, which);
      const name = onEndpoint(model, of, one);
      const there = model.networks.get(of);
      await expectTo(there?.has(name) === true, missing, () => endpoint(real, of, name).delete());
      there?.delete(name);
    }),
  ),
  fc.tuple(dice, dice, dice).map(([which, one, where]) =>
    step(`join endpoint ${one} on ${which} to ${where}`, async (model, real) => {
      const of = onNetwork(model, which);
      const name = onEndpoint(model, of, one);
      const into = onSandbox(model, where);
      const there = model.networks.get(of);
      const free = there?.has(name) === true && there.get(name) === undefined;
      const works = free && model.sandboxes.has(into);
      await expectTo(works, [...missing, "ERR_CNM_CONFLICT"], () =>
        endpoint(real, of, name).join(sandbox(real, into)),
      );
      if (!works) return;
      there.set(name, into);
      done.set("joined", (done.get("joined") ?? 0) + 1);
    }),
  ),
  fc.tuple(dice, dice).map(([which, one]) =>
    step(`leave endpoint ${one} on ${which}`, async (model, real) => {
      const of = onNetwork(model, which);
      const name = onEndpoint(model, of, one);
      const there = model.networks.get(of);
      await expectTo(there?.has(name) === true, missing, () => endpoint(real, of, name).leave());
      if (there?.has(name) === true) there.set(name, undefined);
    }),
  ),
  fc.constant(
    step("restart", async (_, real) => {
      real.cnm = await real.ground.open();
    }),
  ),
];

// Else most steps would find nothing to work on: sandboxes, endpoints, and twice what joins them.
const weighted = [...commands, ...[2, 4, 6, 6].flatMap((at) => commands[at] ?? [])];

async function agree(model: Model, { cnm, ground, dumper }: Real): Promise<void> {
  const said = cnm
    .networks()
    .map((one) => [one.name, one.endpoints().map((e) => [e.name, e.sandbox?.name])]);
  const modelled = Array.from(model.networks, ([name, of]) => [name, [...of]]);
  expect(sorted(said)).to.deep.equal(sorted(modelled));
  expect(cnm.sandboxes().map(({ name }) => name)).to.have.members([...model.sandboxes]);

  const links = (await dumper.links()).filter((link) => link["ifname"] !== "lo");
  const marks = links.map((link) => String((link["altnames"] as readonly string[])[0]));
  const ids = cnm
    .networks()
    .flatMap((one) => [
      one.id,
      ...one.endpoints().flatMap((e) => (e.sandbox === undefined ? [] : [e.id])),
    ]);
  expect(marks).to.have.members(ids.map((id) => `vethwork.${cnm.id}.${id}`));
  const pins = join(ground.runDirectory, cnm.id, "netns");
  const pinned = existsSync(pins) ? readdirSync(pins) : [];
  expect(pinned).to.have.members(cnm.sandboxes().map(({ id }) => id));
}

function sorted(entries: readonly unknown[]): readonly string[] {
  return entries.map((entry) => JSON.stringify(sortedDeep(entry))).sort();
}

function sortedDeep(entry: unknown): unknown {
  if (!Array.isArray(entry)) return entry;
  const [name, of] = entry as [unknown, unknown];
  return [name, Array.isArray(of) ? of.map((one) => JSON.stringify(one)).sort() : of];
}

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
