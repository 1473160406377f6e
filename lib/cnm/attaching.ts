import { unphrase, within } from "../errors.js";
import type { Change } from "../store/contract.js";
import { Undo } from "../util/undo.js";
import type { Core } from "./core.js";
import { conceiveSandbox, type Embryo } from "./create-sandbox.js";
import type { Endpoint } from "./endpoint.js";
import { allOf } from "./failure.js";
import {
  electGateways,
  giveBackGateways,
  lossesOf,
  moveGateways,
  wonBy,
  type Elected,
} from "./gateway.js";
import type { Joining, Place } from "./joining.js";
import { assertNaming } from "./naming.js";
import type { Network } from "./network.js";
import { traced } from "./operations.js";
import type { CheckedEndpoint } from "./options.js";
import { forget, keep } from "./records.js";
import { Sandbox } from "./sandbox.js";
import type { NewSandbox } from "./sandbox-types.js";

/** What is to be attached, checked. @internal */
export interface AttachPlan extends Omit<CheckedEndpoint, "signal"> {
  readonly sandbox: Sandbox | NewSandbox;
  readonly network: Network;
  readonly name?: string;
  readonly ifname?: string;
  readonly ifnamePrefix?: string;
  /** Its name is none that it will keep. */
  readonly provisional?: boolean;
}

/** Where a request stands among the arguments: nowhere, where it is they. @internal */
export type FieldOf = (at: number) => string | undefined;

/** An endpoint that is to be, and where. */
interface Plan extends Place {
  readonly endpoint: Endpoint;
  readonly network: Network;
}

type Draft = Omit<Plan, "defaultGateways" | "takesOver">;

/** An endpoint that has joined in the kernel alone. @internal */
export interface Prepared {
  readonly endpoint: Endpoint;
  readonly joining: Joining;
}

/**
 * Endpoints, and sandboxes for them, made in one go: one write of the store before the kernel hears
 * of any, one when all of them are there; whoever finds the first without the second takes all down.
 * @internal
 */
export class Attaching {
  readonly #core: Core;
  readonly #requests: readonly AttachPlan[];
  readonly #operation: string;
  readonly #signal: AbortSignal | undefined;
  readonly #fieldOf: FieldOf;
  readonly #embryos: Embryo[] = [];
  readonly #drafts = new Map<Sandbox, readonly Draft[]>();
  #plans: readonly Plan[] = [];
  #elected: readonly Elected[] = [];
  readonly #leases: Change[] = [];
  readonly #busy: Disposable[] = [];
  #prepared: readonly Prepared[] = [];

  constructor(
    core: Core,
    requests: readonly AttachPlan[],
    operation: string,
    signal: AbortSignal | undefined,
    fieldOf: FieldOf = () => undefined,
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

  /** Of many, the error says of which. */
  #inRequest(at: number, error: unknown): unknown {
    const field = this.#fieldOf(at);
    return field === undefined ? error : within(field, unphrase(this.#operation, error));
  }

  async run(): Promise<readonly Endpoint[]> {
    await using undo = new Undo();
    await this.prepare(undo, undo);
    await this.#core.store.write(this.#results());
    this.#signal?.throwIfAborted();
    undo.commit();
    for (const busy of this.#busy) busy[Symbol.dispose]();
    this.#announce();
    return this.#plans.map(({ endpoint }) => endpoint);
  }

  /**
   * All but the last write: whoever comes after us takes it down.
   *
   * @param acts Given the reverses of what is done in the kernel; `undo` all others.
   */
  async prepare(undo: Undo, acts: Undo): Promise<readonly Prepared[]> {
    const { store, busy } = this.#core;
    const drafts: Draft[] = [];
    for (const [at, request] of this.#requests.entries()) {
      try {
        drafts.push(await this.#draft(request, undo));
      } catch (error) {
        throw this.#inRequest(at, error);
      }
    }
    this.#elect(drafts);
    this.#core.operations.about(() => this.#plans.map(({ sandbox }) => traced("sandbox", sandbox)));
    const entered = busy.enter(...this.#ids());
    this.#busy.push(entered);
    undo.defer(() => {
      entered[Symbol.dispose]();
    });
    this.#signal?.throwIfAborted();
    await store.write(this.#intents());
    undo.defer(() => store.write(this.#retractions()));
    undo.defer(() => giveBackGateways(this.#elected));
    this.#signal?.throwIfAborted();
    const joined = await this.#act(acts);
    this.#signal?.throwIfAborted();
    this.#prepared = this.#plans.map(({ endpoint }, at) => ({
      endpoint,
      joining: joined[at] as Joining,
    }));
    return this.#prepared;
  }

  async #draft(request: AttachPlan, undo: Undo): Promise<Draft> {
    const { sandbox: given, network, name, ifname, ifnamePrefix, provisional, ...rest } = request;
    const sandbox = given instanceof Sandbox ? given : this.#conceive(given, undo);
    network.assertAlive(this.#operation, "network");
    sandbox.assertAlive(this.#operation, "sandbox"); // it may have been deleted while we waited for it
    const others = this.#drafts.get(sandbox) ?? [];
    const promised = others.flatMap((plan) => plan.ifname ?? []);
    const naming = { ifname, ifnamePrefix };
    assertNaming(network.driven, naming, this.#operation);
    const free = sandbox.ifnameFor(naming, promised);
    const { endpoint, leases } = await network.membership.conceive(
      name ?? sandbox.name,
      rest,
      this.#operation,
      undo,
      provisional,
    );
    const order = this.#core.order.next();
    this.#leases.push(...leases);
    const made = network.driven.makesInterfaces ? free : undefined;
    const draft = { endpoint, network, sandbox, ifname: made, order };
    this.#drafts.set(sandbox, [...others, draft]);
    return draft;
  }

  /** Who of all that come to a sandbox has its default routes: none has one for a moment only. */
  #elect(drafts: readonly Draft[]): void {
    this.#elected = Array.from(this.#drafts, ([sandbox, some]) =>
      electGateways(
        sandbox,
        some.map(({ endpoint }) => endpoint),
      ),
    ).flat();
    this.#plans = drafts.map((draft) => ({ ...draft, ...wonBy(draft.endpoint, this.#elected) }));
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

  #results(): readonly Change[] {
    return [
      ...this.#embryos.map(({ sandbox }) => keep("sandbox", sandbox.id, sandbox.record())),
      ...this.#prepared.map(({ endpoint, joining }) =>
        keep("endpoint", endpoint.id, endpoint.recordAt(joining)),
      ),
      ...lossesOf(this.#elected),
    ];
  }

  /** All at once: what is asked of a namespace that is being made waits for it. */
  async #act(undo: Undo): Promise<readonly Joining[]> {
    const making = this.#embryos.map(async (embryo) => {
      await this.#core.operations.step("namespace", () => embryo.begin());
      undo.defer(() => embryo.sandbox.namespace[Symbol.asyncDispose]());
    });
    const bySandbox = new Map(this.#embryos.map(({ sandbox }, at) => [sandbox, making[at]]));
    const attaching = this.#plans.map(async ({ endpoint, network, ...place }, at) => {
      // Whose driver asks nothing of the namespace that would wait may look which one it is.
      if (!network.driven.makesInterfaces) await bySandbox.get(place.sandbox);
      const attached = await endpoint.attachAs(place).catch((error: unknown) => {
        throw this.#inRequest(at, error);
      });
      undo.defer(() => network.driven.detach(endpoint.id, attached.state));
      return { ...place, attached };
    });
    await Promise.allSettled([...making, ...attaching]);
    await allOf(this.#operation, making); // what was to be in one that was not made failed for that
    return allOf(this.#operation, attaching);
  }

  #announce(): void {
    const { sandboxes, events } = this.#core;
    for (const { sandbox } of this.#embryos) {
      sandboxes.add(sandbox);
      const { id, name } = sandbox;
      events.tell(() => ({ kind: "sandbox", change: "created", sandbox: { id, name } }));
    }
    for (const { endpoint, joining } of this.#prepared) {
      endpoint.network.membership.admit(endpoint);
      endpoint.hasJoined(joining);
    }
    moveGateways(this.#elected);
    for (const network of new Set(this.#plans.map((plan) => plan.network))) network.updateFiles();
  }
}
