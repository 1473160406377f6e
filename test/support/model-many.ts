import type { AttachRequest } from "#lib/index.js";
import fc from "fast-check";
import {
  count,
  dice,
  endpointNames,
  endpointOf,
  expectTo,
  networkOf,
  newSandboxNames,
  onEndpoint,
  onNetwork,
  onSandbox,
  onSandboxFor,
  sandboxOf,
  step,
  takes,
  type Command,
  type Model,
  type Real,
} from "./model.js";

// attachMany and detachMany: all or none, so that a step that is refused leaves the model as it was.

interface Attach {
  readonly network: string;
  readonly sandbox: string;
  readonly isNew: boolean;
  readonly endpoint: string;
}

const attach = fc.record({
  which: dice,
  where: dice,
  isNew: fc.boolean(),
  newName: fc.constantFrom(...newSandboxNames),
  endpoint: fc.constantFrom(...endpointNames),
});

export const attachMany: fc.Arbitrary<Command> = fc
  .array(attach, { minLength: 1, maxLength: 6 })
  .map((drawn) =>
    step(`attachMany ${JSON.stringify(drawn)}`, async (model, real) => {
      const wanted = drawn.map(({ which, where, isNew, newName, endpoint }): Attach => {
        const network = onNetwork(model, which);
        const sandbox = isNew ? newName : onSandboxFor(model, network, where);
        return { network, sandbox, isNew, endpoint };
      });
      const works = canAttach(model, wanted);
      await expectTo(works, ["ERR_CNM_NOT_FOUND", "ERR_CNM_NAME_TAKEN", "ERR_CNM_CONFLICT"], () =>
        real.cnm.attachMany(wanted.map((one) => requestOf(real, one))),
      );
      count(works ? "attached many" : "attached none");
      if (!works) return;
      for (const { network, sandbox, endpoint } of wanted) {
        model.sandboxes.add(sandbox);
        model.networks.get(network)?.set(endpoint, sandbox);
      }
    }),
  );

/** As if one came after the other. */
function canAttach(model: Model, wanted: readonly Attach[]): boolean {
  const sandboxes = new Set<string>(); // that this call makes
  const endpoints = new Set<string>();
  return wanted.every(({ network, sandbox, isNew, endpoint }) => {
    const of = model.networks.get(network);
    const key = `${network} ${endpoint}`;
    const isThere = model.sandboxes.has(sandbox);
    const works =
      of !== undefined &&
      takes(network, sandbox) &&
      (isNew ? !isThere && !sandboxes.has(sandbox) : isThere) &&
      !of.has(endpoint) &&
      !endpoints.has(key);
    if (isNew) sandboxes.add(sandbox);
    endpoints.add(key);
    return works;
  });
}

function requestOf(real: Real, { network, sandbox, isNew, endpoint }: Attach): AttachRequest {
  return {
    sandbox: isNew ? { name: sandbox } : sandboxOf(real, sandbox),
    network: networkOf(real, network),
    name: endpoint,
  };
}

const detach = fc.record({ isSandbox: fc.boolean(), which: dice, one: dice });

export const detachMany: fc.Arbitrary<Command> = fc
  .tuple(fc.array(detach, { minLength: 1, maxLength: 5 }), fc.nat(5))
  .map(([drawn, flaw]) =>
    step(`detachMany ${JSON.stringify([drawn, flaw])}`, async (model, real) => {
      const sandboxes: string[] = [];
      const endpoints: (readonly [network: string, name: string])[] = [];
      for (const { isSandbox, which, one } of drawn) {
        if (isSandbox) sandboxes.push(onSandbox(model, which));
        else {
          const network = onNetwork(model, which);
          endpoints.push([network, onEndpoint(model, network, one)]);
        }
      }
      const isFlawed = flaw === 0; // the last of them is no such object
      const works =
        !isFlawed &&
        sandboxes.every((name) => model.sandboxes.has(name)) &&
        endpoints.every(([network, name]) => model.networks.get(network)?.has(name) === true);
      await expectTo(works, ["ERR_CNM_NOT_FOUND", "ERR_INVALID_ARG_TYPE"], () =>
        real.cnm.detachMany([
          ...endpoints.map(([network, name]) => endpointOf(real, network, name)),
          ...sandboxes.map((name) => sandboxOf(real, name)),
          ...(isFlawed ? ([{ name: "p1" }] as never[]) : []),
        ]),
      );
      count(works ? "detached many" : "detached none");
      if (!works) return;
      for (const [network, name] of endpoints) model.networks.get(network)?.delete(name);
      for (const name of sandboxes) {
        model.sandboxes.delete(name);
        for (const of of model.networks.values()) {
          for (const [one, where] of of) if (where === name) of.delete(one);
        }
      }
    }),
  );
