import { CnmError, invalidArgType } from "../errors.js";
import type { Change } from "../store/contract.js";
import { check } from "../util/check.js";
import type { Core } from "./core.js";
import { Endpoint } from "./endpoint.js";
import { collected, operate, throwAll } from "./failure.js";
import { passOnGateways } from "./gateway.js";
import { lockAll } from "./lock-all.js";
import { traced } from "./operations.js";
import { abortOptions } from "./options.js";
import { forget, keep } from "./records.js";
import { Sandbox } from "./sandbox.js";

/** @internal */
export async function detachMany(
  core: Core,
  given: readonly (Endpoint | Sandbox)[],
  options: { readonly signal?: AbortSignal },
): Promise<void> {
  const { signal } = check(abortOptions, options, "detach");
  core.assertOpen("detach");
  signal?.throwIfAborted();
  await takeDown(core, given, "detach", signal);
}

/** @internal */
export async function takeDown(
  core: Core,
  given: readonly (Endpoint | Sandbox)[],
  operation: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { sandboxes, endpoints } = sorted(core, given, operation);
  const there = [...sandboxes, ...endpoints.flatMap((one) => one.whereabouts ?? [])];
  await operate(operation, async () => {
    const failures = await lockAll(there, signal, () => {
      const more = sandboxes.flatMap((sandbox) => sandbox.endpoints()); // joined while we waited
      return new Detaching(core, new Set(there), sandboxes, [...endpoints, ...more]).run();
    });
    throwAll(operation, failures);
  });
}

/** What is to go, each once. */
function sorted(core: Core, given: readonly unknown[], operation: string) {
  if (!Array.isArray(given)) throw invalidArgType("objects", "Array", given, operation);
  const sandboxes = new Set<Sandbox>();
  const endpoints = new Set<Endpoint>();
  for (const [at, one] of (given as readonly unknown[]).entries()) {
    if (one instanceof Sandbox) sandboxes.add(one);
    else if (one instanceof Endpoint) endpoints.add(one);
    else throw invalidArgType(`objects.${at}`, "Endpoint or Sandbox", one, operation);
    one.assertOf(core, `${operation}: objects.${at}`, `objects.${at}`);
  }
  return { sandboxes: [...sandboxes], endpoints: [...endpoints] };
}

/** Takes endpoints and sandboxes down, with the locks of all sandboxes that it touches. */
class Detaching {
  readonly #core: Core;
  readonly #locked: ReadonlySet<Sandbox>;
  readonly #sandboxes: readonly Sandbox[];
  readonly #endpoints: readonly Endpoint[];
  readonly #failed = new Map<Endpoint | Sandbox, unknown>();

  constructor(
    core: Core,
    locked: ReadonlySet<Sandbox>,
    sandboxes: readonly Sandbox[],
    endpoints: readonly Endpoint[],
  ) {
    this.#core = core;
    this.#locked = locked;
    this.#sandboxes = sandboxes.filter((sandbox) => sandbox.goes());
    this.#endpoints = [...new Set(endpoints)].filter((endpoint) => endpoint.goes());
  }

  /** One write before the kernel hears of it, one when it is done. Returns what failed. */
  async run(): Promise<readonly unknown[]> {
    const { store, busy } = this.#core;
    const all = [...this.#sandboxes, ...this.#endpoints];
    this.#core.operations.about(() => [
      ...this.#endpoints.map((one) => traced("endpoint", one)),
      ...this.#sandboxes.map((one) => traced("sandbox", one)),
    ]);
    using _ = busy.enter(...all.map(({ id }) => id));
    try {
      this.#assertLocked();
      await store.write(this.#intents());
    } catch (error) {
      for (const one of all) one.stays();
      throw error;
    }
    // A namespace takes its ends of all pairs with it: neither has to wait for the other.
    await Promise.all([this.#leave(), ...this.#sandboxes.map((one) => this.#end(one))]);
    const more = await this.#finish();
    return [...this.#failed.values(), ...more];
  }

  /** @throws {CnmError} `ERR_CNM_CONFLICT`: while we waited for its sandbox, it went to another. */
  #assertLocked(): void {
    for (const { name, whereabouts: sandbox } of this.#endpoints) {
      if (sandbox === undefined || this.#locked.has(sandbox)) continue;
      throw new CnmError(
        "ERR_CNM_CONFLICT",
        `the endpoint ${name} has just joined the sandbox ${sandbox.name}; detach it again`,
        { endpoint: name, sandbox: sandbox.name },
      );
    }
  }

  #intents(): readonly Change[] {
    return [
      ...this.#sandboxes.map((one) => keep("sandbox", one.id, one.passingRecord())),
      ...this.#endpoints.map((one) => keep("endpoint", one.id, one.passingRecord())),
    ];
  }

  /** By network, together; where that failed, one by one. */
  async #leave(): Promise<void> {
    const there = this.#endpoints.filter(({ joining }) => joining !== undefined);
    const networks = [...new Set(there.map(({ network }) => network))];
    await Promise.all(
      networks.map(async (network) => {
        const own = there.filter((endpoint) => endpoint.network === network);
        const leaving = own.map(({ id, joining }) => ({ id, state: joining?.attached.state }));
        const one = (endpoint: Endpoint) =>
          this.#try(endpoint, () =>
            network.driven.detach(endpoint.id, endpoint.joining?.attached.state),
          );
        await network.driven.leaveTogether(leaving).catch(() => Promise.all(own.map(one)));
      }),
    );
  }

  #end(sandbox: Sandbox): Promise<void> {
    const { operations } = this.#core;
    return this.#try(sandbox, () => operations.step("namespace", () => sandbox.leaveNamespace()));
  }

  async #try(what: Endpoint | Sandbox, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#failed.set(what, error);
    }
  }

  /** What has gone is forgotten; what could not go is there as before. */
  async #finish(): Promise<readonly unknown[]> {
    const { store } = this.#core;
    const isGone = (one: Endpoint | Sandbox) => !this.#failed.has(one);
    const [gone, stay] = partition(this.#endpoints, isGone);
    const [ended, remain] = partition(this.#sandboxes, isGone);
    const joined = gone.flatMap((endpoint) => {
      const was = endpoint.hasLeft();
      return was === undefined ? [] : [{ ...was, endpoint }];
    });
    // One that could not leave a namespace that is no more is in none, and exists.
    for (const one of stay)
      if (one.sandbox !== undefined && ended.includes(one.sandbox)) one.hasLeft();
    for (const one of [...stay, ...remain]) one.stays();
    const failures = await collected([
      () =>
        store.write([
          ...gone.map(({ id }) => forget("endpoint", id)),
          ...ended.map(({ id }) => forget("sandbox", id)),
          ...stay.map((one) => keep("endpoint", one.id, one.record())),
          ...remain.map((one) => keep("sandbox", one.id, one.record())),
        ]),
      ...gone.map((endpoint) => () => endpoint.network.membership.dismiss(endpoint)),
      ...ended.map((sandbox) => () => {
        sandbox.hasGone();
      }),
      ...joined
        .filter(({ sandbox }) => !this.#sandboxes.includes(sandbox))
        .map((one) => () => passOnGateways(one.sandbox, one.endpoint, one.defaultGateways)),
    ]);
    for (const network of new Set(gone.map((endpoint) => endpoint.network))) network.updateFiles();
    for (const { sandbox } of joined) if (!ended.includes(sandbox)) sandbox.updateFiles();
    return failures;
  }
}

function partition<T>(all: readonly T[], belongs: (one: T) => boolean): readonly [T[], T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))];
}
