import { CnmError, invalidArgType } from "../errors.js";
import { check } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { integer, name } from "../util/schemas.js";
import { Undo } from "../util/undo.js";
import { attach } from "./attach.js";
import { Attaching, type Prepared } from "./attaching.js";
import { assertInternal, internal, type Core } from "./core.js";
import type { Endpoint } from "./endpoint.js";
import { allOf, operate, throwAll } from "./failure.js";
import { newId } from "./ids.js";
import { Network } from "./network.js";
import { nameSchema } from "./options.js";
import { keep } from "./records.js";

/** How {@link Controller.createWarmPool} is to make it. */
export interface WarmPoolOptions {
  /** How many sandboxes wait to be taken. 1 to 1000. */
  readonly size: number;
  /** It is filled up again as soon as no more than that many are left. Default: half of `size`. */
  readonly refillAt?: number;
}

/** How {@link WarmPool.take} is to do it. */
export interface TakeOptions {
  /** The endpoint's name. Default: the sandbox's. */
  readonly name?: string;
  /** For its `/etc/hosts`. Default: its name. */
  readonly hostname?: string;
}

/** A pool as plain JSON. */
export interface WarmPoolInspection {
  readonly version: 1;
  readonly network: { readonly id: string; readonly name: string };
  readonly size: number;
  readonly refillAt: number;
  /** How many can be taken now. */
  readonly ready: number;
  /** How many were taken, and how many of them had to be made first because none was ready. */
  readonly taken: number;
  readonly missed: number;
  /** What the last attempt to fill it up failed with. */
  readonly error: string | null;
}

const poolOptions = options({ size: integer(1, 1000), refillAt: optional(integer(0, 999)) });
const takeOptions = options({ name: optional(name()), hostname: optional(name()) });

/** Made and joined in the kernel; for the store still on its way, so that nobody finds it again. */
interface Ready extends Prepared {
  readonly undo: Undo;
}

/** Whose it is to be. */
interface Gift {
  readonly sandbox: string;
  readonly hostname: string;
  readonly name: string;
  readonly operation: string;
}

/**
 * Sandboxes that wait, attached to one network, until somebody wants one: taking one asks nothing of
 * the kernel. Those that wait are seen by nobody, and are gone when the process ends.
 *
 * @example
 * const pool = await cnm.createWarmPool(network, { size: 16 });
 * const endpoint = await pool.take("job-1");
 * endpoint.sandbox?.spawn("ip", ["address"], { stdio: "inherit" });
 */
export class WarmPool implements AsyncDisposable {
  readonly network: Network;
  readonly size: number;
  readonly refillAt: number;
  readonly #core: Core;
  readonly #ready: Ready[] = [];
  readonly #halfDown = new Set<Ready>();
  #filling: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #taken = 0;
  #missed = 0;
  #error: Error | undefined;

  private constructor(token: symbol, core: Core, network: Network, size: number, refillAt: number) {
    assertInternal(token, "controller.createWarmPool()");
    this.#core = core;
    this.network = network;
    this.size = size;
    this.refillAt = refillAt;
  }

  /** @internal Rejects, with nothing left, where it cannot be filled. */
  static async make(core: Core, network: Network, given: WarmPoolOptions): Promise<WarmPool> {
    const what = "create warm pool";
    if (!(network instanceof Network)) throw invalidArgType("network", "Network", network, what);
    const operation = `${what} on network ${network.name}`;
    const { size, refillAt = Math.floor(size / 2) } = check(poolOptions, given, operation);
    if (refillAt >= size) {
      throw new CnmError(
        "ERR_CNM_INVALID_OPTION",
        `${operation}: refillAt: must be below size, which is ${size}`,
        { field: "refillAt" },
      );
    }
    core.assertOpen(operation);
    network.assertOf(core, operation, "network");
    const pool = new WarmPool(internal, core, network, size, refillAt);
    network.warmPools.add(pool);
    try {
      await pool.#fill(operation);
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /**
   * A sandbox of this name, attached to the network by an endpoint. Where none is ready it is made
   * first, in the time that {@link Controller.attach} takes. The addresses are those that it waited with.
   *
   * @throws {CnmError} `ERR_CNM_NAME_TAKEN`; `ERR_CNM_CLOSED`; and, where none was ready, what
   *   {@link Controller.attach} throws.
   */
  take(sandbox: string, options: TakeOptions = {}): Promise<Endpoint> {
    return this.#core.operations.run("take", () => this.#take(sandbox, options));
  }

  async #take(sandbox: string, options: TakeOptions): Promise<Endpoint> {
    const checkedName = check(nameSchema, sandbox, "take sandbox", "name");
    const operation = `take sandbox ${checkedName}`;
    const checked = check(takeOptions, options, operation);
    this.#core.assertOpen(operation);
    if (this.#closed !== undefined) {
      throw new CnmError("ERR_CNM_CLOSED", `${operation}: the warm pool is closed`, {
        network: this.network.name,
      });
    }
    const one = this.#ready.shift();
    const { name = checkedName, hostname = checkedName } = checked;
    const endpoint =
      one === undefined
        ? await attach(this.#core, { name: checkedName, hostname }, this.network, { name })
        : await this.#giving(operation, () =>
            this.#give(one, { sandbox, hostname, name, operation }),
          );
    this.#taken += 1;
    if (one === undefined) this.#missed += 1;
    setImmediate(() => {
      this.#refill(); // not before who waits for this one has it
    });
    return endpoint;
  }

  /** Who closes the pool or the controller waits for it. */
  #giving<T>(operation: string, give: () => Promise<T>): Promise<T> {
    const giving = operate(operation, give);
    this.network.membership.awaitBirth(giving);
    return giving;
  }

  async #give(
    one: Ready,
    { sandbox: sandboxName, hostname, name, operation }: Gift,
  ): Promise<Endpoint> {
    const { sandboxes, store, events } = this.#core;
    await using undo = new Undo();
    undo.defer(() => this.#takeBack(one));
    sandboxes.reserve(sandboxName, operation);
    undo.defer(() => {
      sandboxes.release(sandboxName);
    });
    const { endpoint, leases } = this.network.membership.rename(
      one.endpoint,
      name,
      operation,
      undo,
    );
    const sandbox = one.joining.sandbox.renamed(sandboxName, hostname);
    const joining = { ...one.joining, sandbox };
    await store.write([
      keep("sandbox", sandbox.id, sandbox.record()),
      keep("endpoint", endpoint.id, endpoint.recordAt(joining)),
      ...leases,
    ]);
    undo.commit();
    one.undo.commit();
    this.#core.busy.leave(sandbox.id, endpoint.id);
    sandboxes.release(one.joining.sandbox.name);
    this.network.membership.forgetName(one.endpoint);
    sandboxes.add(sandbox);
    const { id } = sandbox;
    events.tell(() => ({ kind: "sandbox", change: "created", sandbox: { id, name: sandboxName } }));
    this.network.membership.admit(endpoint);
    endpoint.hasJoined(joining);
    this.network.updateFiles();
    return endpoint;
  }

  async #takeBack(one: Ready): Promise<void> {
    if (this.#closed === undefined) this.#ready.unshift(one);
    else await this.#takeDown(one);
  }

  /** Where it fails, what is left of it waits for close(). */
  async #takeDown(one: Ready): Promise<void> {
    const { endpoint, joining, undo } = one;
    this.#halfDown.add(one);
    await this.network.driven.detach(endpoint.id, joining.attached.state);
    await joining.sandbox.leaveNamespace();
    await undo[Symbol.asyncDispose]();
    this.#halfDown.delete(one);
  }

  /** As it is now, as plain JSON. */
  inspect(): WarmPoolInspection {
    const { id, name } = this.network;
    return {
      version: 1,
      network: { id, name },
      size: this.size,
      refillAt: this.refillAt,
      ready: this.#ready.length,
      taken: this.#taken,
      missed: this.#missed,
      error: this.#error?.message ?? null,
    };
  }

  /** Resolves when it is as full as it is to be; rejects with what keeps it from being filled. */
  async filled(): Promise<void> {
    await this.#filling;
    if (this.#closed === undefined && this.#ready.length < this.size) await this.#fill();
  }

  /** @internal */
  get waiting(): readonly Prepared[] {
    return [...this.#ready];
  }

  /** @internal It is none that could be taken: another one comes in its place. */
  async mend(one: Prepared): Promise<void> {
    const at = this.#ready.findIndex(({ endpoint }) => endpoint === one.endpoint);
    const [found] = at < 0 ? [] : this.#ready.splice(at, 1);
    if (found === undefined) return; // it was taken meanwhile
    await this.#giving("replace in warm pool", () => this.#takeDown(found));
    await this.filled();
  }

  #refill(): void {
    if (this.#ready.length > this.refillAt || this.#closed !== undefined) return;
    this.#fill().catch(() => undefined); // inspect() tells, and the next take() tries again
  }

  #fill(operation = "fill warm pool"): Promise<void> {
    this.#filling ??= this.#makeMore(operation).finally(() => (this.#filling = undefined));
    return this.#filling;
  }

  /** Few at a time, so that who takes meanwhile does not wait behind all of them. */
  async #makeMore(operation: string): Promise<void> {
    try {
      while (this.#ready.length < this.size && this.#closed === undefined) {
        const count = Math.min(atOnce, this.size - this.#ready.length);
        const making = Array.from({ length: count }, () => this.#make());
        await allOf(operation, making);
      }
      this.#error = undefined;
    } catch (error) {
      this.#error = error as Error;
      throw error;
    }
  }

  async #make(): Promise<void> {
    const { network } = this;
    const name = `(warm) ${newId()}`; // none that a user can give
    const plan = { network, sandbox: { name }, provisional: true };
    const attaching = new Attaching(this.#core, [plan], "fill warm pool", undefined);
    const undo = new Undo();
    try {
      await using acts = new Undo();
      const [prepared] = await attaching.prepare(undo, acts);
      acts.commit();
      if (prepared === undefined) return;
      prepared.joining.sandbox.record(); // reads who the namespace is, which is not for take() to do
      this.#ready.push({ ...prepared, undo });
    } catch (error) {
      await undo[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Takes down those that wait; what was taken stays. Closing twice is no error.
   *
   * @throws {AggregateError} of all that failed, where it is more than one; closing again tries again.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#filling?.catch(() => undefined);
    const failures: unknown[] = [];
    for (const one of [...this.#ready.splice(0), ...this.#halfDown]) {
      try {
        await this.#takeDown(one);
      } catch (error) {
        failures.push(error);
      }
    }
    if (this.#halfDown.size === 0) this.network.warmPools.delete(this);
    else this.#closed = undefined; // it is there still, and can be closed again
    throwAll(`close warm pool on network ${this.network.name}`, failures);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const atOnce = 4;
