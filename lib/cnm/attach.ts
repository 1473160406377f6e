import { invalidArgType, unphrase, within } from "../errors.js";
import { check, type Infer } from "../util/check.js";
import { choice, custom, list, name } from "../util/schemas.js";
import { options } from "../util/options.js";
import { Undo } from "../util/undo.js";
import type { Core } from "./core.js";
import { conceiveSandbox, type Embryo } from "./create-sandbox.js";
import type { Endpoint, Joining, Place } from "./endpoint.js";
import type { EndpointOptions, JoinOptions } from "./endpoint-types.js";
import { allOf, operate } from "./failure.js";
import { electGateways } from "./gateway.js";
import { lockAll } from "./lock-all.js";
import { Network } from "./network.js";
import { traced } from "./operations.js";
import { abortOptions, attachEntries, attachOptions, sandboxEntries } from "./options.js";
import { forget, keep } from "./records.js";
import { Sandbox, type NewSandbox } from "./sandbox.js";
import type { Change } from "../store/contract.js";

/** How {@link Controller.attach} is to do it. */
export interface AttachOptions extends EndpointOptions, JoinOptions {
  /** The endpoint's. Default: the sandbox's. */
  readonly name?: string;
}

/** One of those that {@link Controller.attachMany} is to attach. */
export interface AttachRequest extends Omit<AttachOptions, "signal"> {
  /** One that is there, or one that is made for it. */
  readonly sandbox: Sandbox | NewSandbox;
  readonly network: Network;
}

const newSandbox = options({ name: name(), ...sandboxEntries });
const aSandbox = custom((value): value is Sandbox => value instanceof Sandbox, "Sandbox");
const aNetwork = custom((value): value is Network => value instanceof Network, "Network");

const requestList = list(
  options({
    ...attachEntries,
    sandbox: choice("Sandbox or object", (value) =>
      value instanceof Sandbox ? aSandbox : newSandbox,
    ),
    network: aNetwork,
  }),
);

type Checked = Infer<typeof requestList>[number];

/** @internal */
export async function attach(
  core: Core,
  sandbox: Sandbox | NewSandbox,
  network: Network,
  given: AttachOptions,
): Promise<Endpoint> {
  if (!(network instanceof Network)) throw invalidArgType("network", "Network", network, "attach");
  const operation = `attach sandbox ${nameOf(sandbox)} to network ${network.name}`;
  const { signal, ...rest } = check(attachOptions, given, operation);
  const where =
    sandbox instanceof Sandbox ? sandbox : check(newSandbox, sandbox, "attach", "sandbox");
  const [endpoint] = await attachAll(
    core,
    [{ ...rest, sandbox: where, network }],
    operation,
    signal,
    () => undefined,
  );
  return endpoint as Endpoint;
}

// For the operation's phrase, before it is known whether it has one.
function nameOf(sandbox: unknown): string {
  const given = (sandbox as { name?: unknown } | undefined | null)?.name;
  return typeof given === "string" ? given : "";
}

/** @internal */
export async function attachMany(
  core: Core,
  given: readonly AttachRequest[],
  options: { readonly signal?: AbortSignal },
): Promise<readonly Endpoint[]> {
  const requests = check(requestList, given, "attach", "requests");
  const { signal } = check(abortOptions, options, "attach");
  const operation = `attach ${requests.length} endpoints`;
  return attachAll(core, requests, operation, signal, (at) => `requests.${at}`);
}

/** Where a request stands among the arguments: nowhere, where it is they. */
type FieldOf = (at: number) => string | undefined;

async function attachAll(
  core: Core,
  requests: readonly Checked[],
  operation: string,
  signal: AbortSignal | undefined,
  fieldOf: FieldOf,
): Promise<readonly Endpoint[]> {
  core.assertOpen(operation);
  signal?.throwIfAborted();
  const there = requests.flatMap(({ sandbox }) => (sandbox instanceof Sandbox ? [sandbox] : []));
  const work = operate(operation, () => {
    const attaching = new Attaching(core, requests, operation, signal, fieldOf);
    attaching.assertUsable();
    return lockAll(there, signal, () => attaching.run());
  });
  for (const network of new Set(requests.map((one) => one.network))) network.awaitBirth(work);
  return work;
}

/** An endpoint that is to be, and where. */
interface Plan extends Place {
  readonly endpoint: Endpoint;
  readonly network: Network;
}

/**
 * Endpoints, and sandboxes for them, made in one go: one write of the store before the kernel hears
 * of any, one when all of them are there; whoever finds the first without the second takes all down.
 */
class Attaching {
  readonly #core: Core;
  readonly #requests: readonly Checked[];
  readonly #operation: string;
  readonly #signal: AbortSignal | undefined;
  readonly #fieldOf: FieldOf;
  readonly #embryos: Embryo[] = [];
  readonly #plans: Plan[] = [];
  readonly #bySandbox = new Map<Sandbox, readonly Plan[]>();
  readonly #leases: Change[] = [];

  constructor(
    core: Core,
    requests: readonly Checked[],
    operation: string,
    signal: AbortSignal | undefined,
    fieldOf: FieldOf,
  ) {
    this.#core = core;
    this.#requests = requests;
    this.#operation = operation;
    this.#signal = signal;
    this.#fieldOf = fieldOf;
  }

  /** @throws {CnmError} for objects that are deleted, or another controller's. */
  assertUsable(): void {
    for (const [at, { sandbox, network }] of this.#requests.entries()) {
      try {
        network.assertOf(this.#core, this.#operation, "network");
        network.assertAlive(this.#operation, "network");
        if (!(sandbox instanceof Sandbox)) continue;
        sandbox.assertOf(this.#core, this.#operation, "sandbox");
        sandbox.assertAlive(this.#operation, "sandbox");
      } catch (error) {
        throw this.#inRequest(at, error);
      }
    }
  }

  async run(): Promise<readonly Endpoint[]> {
    const { store, busy } = this.#core;
    await using undo = new Undo();
    for (const [at, request] of this.#requests.entries()) {
      try {
        await this.#plan(request, undo);
      } catch (error) {
        throw this.#inRequest(at, error);
      }
    }
    this.#core.operations.about(() => this.#plans.map(({ sandbox }) => traced("sandbox", sandbox)));
    using _ = busy.enter(...this.#ids());
    this.#signal?.throwIfAborted();
    await store.write(this.#intents());
    undo.defer(() => store.write(this.#retractions()));
    this.#signal?.throwIfAborted();
    const joined = await this.#act(undo);
    this.#signal?.throwIfAborted();
    await store.write(this.#results(joined));
    undo.commit();
    this.#announce(joined);
    return this.#plans.map(({ endpoint }) => endpoint);
  }

  /** Of many, the error says of which. */
  #inRequest(at: number, error: unknown): unknown {
    const field = this.#fieldOf(at);
    return field === undefined ? error : within(field, unphrase(this.#operation, error));
  }

  async #plan(request: Checked, undo: Undo): Promise<void> {
    const { sandbox: given, network, name, ifname: wanted, ...rest } = request;
    const sandbox = given instanceof Sandbox ? given : this.#conceive(given, undo);
    network.assertAlive(this.#operation, "network");
    sandbox.assertAlive(this.#operation, "sandbox"); // it may have been deleted while we waited for it
    const others = this.#bySandbox.get(sandbox) ?? [];
    const promised = others.flatMap((plan) => plan.ifname ?? []);
    if (wanted !== undefined) network.assertInterfaces("ifname", this.#operation);
    const free = wanted ?? sandbox.freeIfname(promised);
    sandbox.assertIfnameFree(free, promised);
    const ifname = network.makesInterfaces ? free : undefined;
    const gateways = others.flatMap((plan) => plan.defaultGateways);
    const defaultGateways = electGateways(sandbox, network, gateways);
    const { endpoint, leases } = await network.conceive(
      name ?? sandbox.name,
      rest,
      this.#operation,
      undo,
    );
    const order = this.#core.order.next();
    this.#leases.push(...leases);
    const plan = { endpoint, network, sandbox, ifname, order, defaultGateways };
    this.#plans.push(plan);
    this.#bySandbox.set(sandbox, [...others, plan]);
  }

  #conceive(given: NewSandbox, undo: Undo): Sandbox {
    try {
      const embryo = conceiveSandbox(this.#core, given, this.#operation, undo);
      this.#embryos.push(embryo);
      return embryo.sandbox;
    } catch (error) {
      throw within("sandbox", unphrase(this.#operation, error));
    }
  }

  #ids(): readonly string[] {
    return [
      ...this.#embryos.map(({ intent }) => intent.id),
      ...this.#plans.map(({ endpoint }) => endpoint.id),
    ];
  }

  #intents(): readonly Change[] {
    return [
      ...this.#embryos.map(({ intent }) => keep("sandbox", intent.id, intent)),
      ...this.#plans.map((plan) =>
        keep("endpoint", plan.endpoint.id, plan.endpoint.passingRecord(plan)),
      ),
      ...this.#leases,
    ];
  }

  #retractions(): readonly Change[] {
    return [
      ...this.#plans.map(({ endpoint }) => forget("endpoint", endpoint.id)),
      ...this.#embryos.map(({ intent }) => forget("sandbox", intent.id)),
    ];
  }

  #results(joined: readonly Joining[]): readonly Change[] {
    return [
      ...this.#embryos.map(({ sandbox }) => keep("sandbox", sandbox.id, sandbox.record())),
      ...this.#plans.map(({ endpoint }, at) =>
        keep("endpoint", endpoint.id, endpoint.recordAt(joined[at] as Joining)),
      ),
    ];
  }

  /** All at once: what is asked of a namespace that is being made waits for it. */
  async #act(undo: Undo): Promise<readonly Joining[]> {
    const births = this.#embryos.map(async (embryo) => {
      await this.#core.operations.step("namespace", () => embryo.begin());
      undo.defer(() => embryo.sandbox.namespace[Symbol.asyncDispose]());
    });
    const bySandbox = new Map(this.#embryos.map(({ sandbox }, at) => [sandbox, births[at]]));
    const attaching = this.#plans.map(async ({ endpoint, network, ...place }, at) => {
      // Whose driver asks nothing of the namespace that would wait may look which one it is.
      if (!network.makesInterfaces) await bySandbox.get(place.sandbox);
      const attached = await endpoint.attachAs(place).catch((error: unknown) => {
        throw this.#inRequest(at, error);
      });
      undo.defer(() => network.detach(endpoint.id, attached.state));
      return { ...place, attached };
    });
    await Promise.allSettled([...births, ...attaching]);
    await allOf(this.#operation, births); // what was to be in one that was not made failed for that
    return allOf(this.#operation, attaching);
  }

  #announce(joined: readonly Joining[]): void {
    const { sandboxes, events } = this.#core;
    for (const { sandbox } of this.#embryos) {
      sandboxes.add(sandbox);
      const { id, name } = sandbox;
      events.tell(() => ({ kind: "sandbox", change: "created", sandbox: { id, name } }));
    }
    for (const [at, { endpoint, network }] of this.#plans.entries()) {
      network.admit(endpoint);
      endpoint.hasJoined(joined[at] as Joining);
    }
    for (const network of new Set(this.#plans.map((plan) => plan.network))) network.updateFiles();
  }
}
