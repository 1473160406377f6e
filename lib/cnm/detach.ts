import { CnmError, invalidArgType } from "../errors.js";
import type { Change } from "../store/contract.js";
import { check } from "../util/check.js";
import type { Core } from "./core.js";
import { Endpoint, type Joining } from "./endpoint.js";
import { collect, operate, throwAll } from "./failure.js";
import { passOnGateways } from "./gateway.js";
import { lockAll } from "./lock-all.js";
import { abortOptions } from "./options.js";
import { forget, keep } from "./records.js";
import { Sandbox } from "./sandbox.js";

/** @internal */
export async function detachMany(
  core: Core,
  given: readonly (Endpoint | Sandbox)[],
  options: { readonly signal?: AbortSignal },
): Promise<void> {
  const { sandboxes, endpoints } = sorted(core, given);
  const operation = `detach ${given.length} endpoints and sandboxes`;
  const { signal } = check(abortOptions, options, "detach");
  core.assertOpen(operation);
  signal?.throwIfAborted();
  const there = [...sandboxes, ...endpoints.flatMap((one) => one.whereabouts ?? [])];
  await operate(operation, async () => {
    const failures = await lockAll(there, signal, () => {
      const detaching = new Detaching(core, new Set(there), sandboxes);
      return detaching.run(endpoints);
    });
    const empty = sandboxes.filter((sandbox) => sandbox.endpoints().length === 0);
    const deleted = await Promise.allSettled(empty.map((sandbox) => sandbox.deleteAs(true)));
    const more = deleted.flatMap((one) =>
      one.status === "rejected" ? [one.reason as unknown] : [],
    );
    throwAll(operation, [...failures, ...more]);
  });
}

/** What is to go, each once: sandboxes with all that is in them. */
function sorted(core: Core, given: readonly unknown[]) {
  if (!Array.isArray(given)) throw invalidArgType("objects", "Array", given, "detach");
  const sandboxes = new Set<Sandbox>();
  const endpoints = new Set<Endpoint>();
  for (const [at, one] of (given as readonly unknown[]).entries()) {
    if (one instanceof Sandbox) {
      one.assertOf(core, "detach");
      sandboxes.add(one);
      for (const endpoint of one.endpoints()) endpoints.add(endpoint);
    } else if (one instanceof Endpoint) {
      one.assertOf(core, "detach");
      endpoints.add(one);
    } else {
      throw invalidArgType(`objects.${at}`, "Endpoint or Sandbox", one, "detach");
    }
  }
  return { sandboxes: [...sandboxes], endpoints: [...endpoints] };
}

/** Takes endpoints out of their sandboxes, with the locks of those, and forgets them. */
class Detaching {
  readonly #core: Core;
  readonly #locked: ReadonlySet<Sandbox>;
  readonly #sandboxes: readonly Sandbox[];

  /** @param sandboxes Those that are to go too. */
  constructor(core: Core, locked: ReadonlySet<Sandbox>, sandboxes: readonly Sandbox[]) {
    this.#core = core;
    this.#locked = locked;
    this.#sandboxes = sandboxes;
  }

  /** One write before the kernel hears of it, one when it is done. Returns what failed. */
  async run(given: readonly Endpoint[]): Promise<readonly unknown[]> {
    const { store, busy } = this.#core;
    const endpoints = given.filter((endpoint) => endpoint.goes());
    using _ = busy.enter(...endpoints.map(({ id }) => id));
    try {
      this.#assertLocked(endpoints);
      await store.write(this.#intents(endpoints));
    } catch (error) {
      for (const endpoint of endpoints) endpoint.stays();
      throw error;
    }
    const failures = await leave(endpoints);
    const gone = endpoints.filter((endpoint) => !failures.has(endpoint));
    const joined = gone.flatMap((endpoint) => endpoint.hasGone() ?? []);
    const steps = [
      () => store.write(this.#results(gone, [...failures.keys()])),
      ...gone.map((endpoint) => () => endpoint.network.remove(endpoint)),
      ...this.#heirs(joined),
    ];
    for (const endpoint of failures.keys()) endpoint.stays();
    const more = await collect("detach", steps).then(
      () => [],
      (error: unknown) => [error],
    );
    for (const network of new Set(gone.map((endpoint) => endpoint.network))) network.updateFiles();
    for (const sandbox of new Set(joined.map((one) => one.sandbox))) sandbox.updateFiles();
    return [...failures.values(), ...more];
  }

  /** @throws {CnmError} `ERR_CNM_CONFLICT`: while we waited for its sandbox, it went to another. */
  #assertLocked(endpoints: readonly Endpoint[]): void {
    for (const { name, sandbox } of endpoints) {
      if (sandbox === undefined || this.#locked.has(sandbox)) continue;
      throw new CnmError(
        "ERR_CNM_CONFLICT",
        `the endpoint ${name} has just joined the sandbox ${sandbox.name}; detach it again`,
        { endpoint: name, sandbox: sandbox.name },
      );
    }
  }

  #intents(endpoints: readonly Endpoint[]): readonly Change[] {
    return [
      ...this.#sandboxes.map((one) => keep("sandbox", one.id, one.passingRecord())),
      ...endpoints.map((one) => keep("endpoint", one.id, one.passingRecord())),
    ];
  }

  #results(gone: readonly Endpoint[], stay: readonly Endpoint[]): readonly Change[] {
    const inhabited = new Set(stay.map(({ sandbox }) => sandbox));
    return [
      ...gone.map(({ id }) => forget("endpoint", id)),
      ...stay.map((one) => keep("endpoint", one.id, one.record())),
      ...this.#sandboxes
        .filter((sandbox) => inhabited.has(sandbox))
        .map((sandbox) => keep("sandbox", sandbox.id, sandbox.record())),
    ];
  }

  #heirs(joined: readonly Joining[]): readonly (() => Promise<void>)[] {
    const staying = joined.filter(({ sandbox }) => !this.#sandboxes.includes(sandbox));
    return staying.map((one) => () => passOnGateways(one.sandbox, one.defaultGateways));
  }
}

/** By network, together; where that failed, one by one. Returns what could not leave. */
async function leave(endpoints: readonly Endpoint[]): Promise<ReadonlyMap<Endpoint, unknown>> {
  const failures = new Map<Endpoint, unknown>();
  const there = endpoints.filter(({ joining }) => joining !== undefined);
  const networks = new Set(there.map(({ network }) => network));
  const leaveOne = (endpoint: Endpoint) =>
    endpoint.network
      .detach(endpoint.id, endpoint.joining?.attached.state)
      .catch((error: unknown) => void failures.set(endpoint, error));
  await Promise.all(
    [...networks].map(async (network) => {
      const own = there.filter((endpoint) => endpoint.network === network);
      const leaving = own.map(({ id, joining }) => ({ id, state: joining?.attached.state }));
      await network.detachMany(leaving).catch(() => Promise.all(own.map(leaveOne)));
    }),
  );
  return failures;
}
