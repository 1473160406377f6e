import type { Controller, Endpoint, Network, NetworkOptions, Sandbox } from "#lib/index.js";
import { expect } from "chai";
import fc from "fast-check";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Dumper } from "./dumper.js";
import type { Ground } from "./state.js";

/** What there should be: names alone. */
export interface Model {
  readonly networks: Map<string, Map<string, string | undefined>>; // endpoints: their sandbox
  readonly sandboxes: Set<string>;
}

export interface Real {
  cnm: Controller;
  readonly ground: Ground;
  readonly dumper: Dumper;
}

// ---- The names that there can be

/** The last two are of the drivers `null` and `host`, the others of bridges. */
export const networkNames = ["n1", "n2", "n3", "n4", "n5", "none", "shared"];
export const newSandboxNames = Array.from({ length: 20 }, (_, at) => `s${at}`);
/** The host's namespace, adopted. The driver `host` takes no other, and no bridge is asked to. */
export const hostSandbox = "host";
// No hexadecimal digits: "e1" could be the beginning of an id.
export const endpointNames = Array.from({ length: 12 }, (_, at) => `p${at}`);

export function networkOptions(name: string): NetworkOptions {
  if (name === "none") return { driver: "null" };
  if (name === "shared") return { driver: "host" };
  return { ipv4: true, ipv6: name === "n1" };
}

/** Whether the network's driver lets endpoints join that sandbox. */
export function takes(network: string, sandbox: string): boolean {
  return (network === "shared") === (sandbox === hostSandbox);
}

/** Any number: what is chosen by it depends on what is there. */
export const dice = fc.nat(100_000);

/** Mostly one that is there, so that most steps do something; now and then one that may not be. */
export function pick(there: Iterable<string>, all: readonly string[], of: number): string {
  const some = [...there];
  const from = some.length === 0 || of % 6 === 0 ? all : some;
  return from[Math.floor(of / 6) % from.length] ?? "";
}

export const onNetwork = (model: Model, of: number): string =>
  pick(model.networks.keys(), networkNames, of);

export const onEndpoint = (model: Model, network: string, of: number): string =>
  pick(model.networks.get(network)?.keys() ?? [], endpointNames, of);

export const onSandbox = (model: Model, of: number): string =>
  pick(model.sandboxes, [...newSandboxNames, hostSandbox], of);

/** One to join: of the driver `host` two in three times the host, else never. */
export function onSandboxFor(model: Model, network: string, of: number): string {
  if (network === "shared" && of % 3 > 0) return hostSandbox;
  const some = [...model.sandboxes].filter((name) => name !== hostSandbox);
  return pick(some, newSandboxNames, of);
}

export const networkOf = ({ cnm }: Real, name: string): Network => cnm.network(name);
export const sandboxOf = ({ cnm }: Real, name: string): Sandbox => cnm.sandbox(name);
export const endpointOf = (real: Real, of: string, name: string): Endpoint =>
  networkOf(real, of).endpoint(name);

// ---- Steps

export type Command = fc.AsyncCommand<Model, Real>;

/** How often which verb was tried, and how often it did something. */
export const done = new Map<string, number>();

export function count(verb: string): void {
  done.set(verb, (done.get(verb) ?? 0) + 1);
}

/** After it controller, kernel and model agree. */
export function step(words: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    run: async (model, real) => {
      await run(model, real);
      count(words.replace(/ .*/, ""));
      await agree(model, real);
    },
    toString: () => words,
  };
}

/** It works where the model says so, and else is refused with one of these codes, or several. */
export async function expectTo(
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
  if (works) {
    expect(error, error?.message).to.equal(undefined);
    return;
  }
  const errors = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  for (const one of errors) {
    expect(codes, error?.message).to.include((one as NodeJS.ErrnoException | undefined)?.code);
  }
}

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
    .filter(({ driver }) => driver === "bridge")
    .flatMap((one) => [
      one.id,
      ...one.endpoints().flatMap((e) => (e.sandbox === undefined ? [] : [e.id])),
    ]);
  expect(marks).to.have.members(ids.map((id) => `vethwork.${cnm.id}.${id}`));
  const pins = join(ground.runDirectory, cnm.id, "netns");
  const pinned = existsSync(pins) ? readdirSync(pins) : [];
  const own = cnm.sandboxes().filter((sandbox) => !sandbox.inspect().adopted);
  expect(pinned).to.have.members(own.map(({ id }) => id));
  const { networks, endpoints, sandboxes, joinedEndpoints } = cnm.metrics();
  const all = Array.from(model.networks.values(), (of) => [...of.values()]).flat();
  expect({ networks, endpoints, sandboxes, joinedEndpoints }).to.deep.equal({
    networks: model.networks.size,
    endpoints: all.length,
    sandboxes: model.sandboxes.size,
    joinedEndpoints: all.filter((where) => where !== undefined).length,
  });
}

function sorted(entries: readonly unknown[]): readonly string[] {
  return entries.map((entry) => JSON.stringify(sortedDeep(entry))).sort();
}

function sortedDeep(entry: unknown): unknown {
  if (!Array.isArray(entry)) return entry;
  const [name, of] = entry as [unknown, unknown];
  return [name, Array.isArray(of) ? of.map((one) => JSON.stringify(one)).sort() : of];
}
