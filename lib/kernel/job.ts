import { CnmError, invalidArgType, type NativeError } from "../errors.js";
import { runJob, type Decoded, type JobResults, type Message, type Step } from "../native.js";
import { check, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { boolean, signal } from "../util/schemas.js";
import { addressAddMessage } from "./address/messages.js";
import { checkAddress } from "./address/schema.js";
import type { AddressSpec } from "./address/types.js";
import {
  bridgeVlanMessage,
  checkBridgeVlan,
  checkBridgeVlanTarget,
  type BridgeVlanSpec,
  type BridgeVlanTarget,
} from "./bridge-vlans.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { decodeLink } from "./link/decode.js";
import {
  describeLink,
  linkAddMessages,
  linkGetMessage,
  linkRemoval,
  linkSetMessages,
} from "./link/messages.js";
import { linkChanges, linkSpec, target } from "./link/schema.js";
import { isTun, tunAddition } from "./link/tun-addition.js";
import type { TapSpec, TunSpec } from "./link/tun.js";
import type { Link, LinkChanges, LinkSpec, LinkTarget } from "./link/types.js";
import {
  createOptions,
  createStep,
  describeSource,
  loopbackUp,
  Namespace,
  openStep,
  source,
  type CreateNamespaceOptions,
  type NamespaceSource,
} from "./namespace.js";
import { LinkReference } from "./reference.js";
import { channelOf } from "./registry.js";
import { routeMessage } from "./route/messages.js";
import { checkRoute } from "./route/schema.js";
import type { RouteSpec } from "./route/types.js";
import { describeTarget, type Scope } from "./scope.js";
import { sysctlPath, sysctlValue } from "./sysctl.js";

/** A link that a job makes: usable in its later steps, and read from its result. */
export interface LinkOfJob {
  /** The link's index. */
  readonly index: LinkReference;
  /** A veth's other end: its index in its own namespace. */
  readonly peer: LinkReference;
}

/** What a job has done. */
export interface JobResult {
  /** The link as the kernel made it, before later steps changed it. */
  link(made: LinkOfJob): Link;
}

/** How a job is run. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  /**
   * Resolves together with the next job that names one of the same namespaces, where that was run
   * before this one ended: for whoever awaits both, it spares a wake-up between them.
   */
  readonly withNext?: boolean;
}

const runOptions: Type<RunOptions> = options({
  signal: optional(signal()),
  withNext: optional(boolean()),
});

interface Operation {
  readonly step: number;
  readonly message: number;
  readonly name: () => string; // worked out only for an error
}

/** A link that one namespace makes in another, where the addon does not see it. */
interface Elsewhere extends Operation {
  readonly namespace: Namespace;
  readonly link: string;
}

interface RequestStep {
  readonly do: "request";
  readonly in: number;
  readonly messages: Message[];
}

/**
 * Several steps over several namespaces in one hop to a native worker: an attach is one job. Steps
 * run in order; the first error ends the job. Nothing is asked of the kernel before `run()`.
 *
 * @example
 * const host = await Namespace.own();
 * const job = new Job();
 * const inside = job.createNamespace({ path: "/run/netns/web" });
 * const pair = job.addLink(host, { kind: "veth", name: "veth1", peer: { name: "eth0", namespace: inside } });
 * job.setLink(inside, pair.peer, { up: true });
 * job.addAddress(inside, { link: pair.peer, address: "10.0.0.2/24" });
 * await job.run();
 */
export class Job {
  readonly #steps: (RequestStep | Exclude<Step, { do: "request" }>)[] = [];
  readonly #namespaces: Namespace[] = [];
  readonly #created = new Map<Namespace, number>(); // the step that creates or opens it
  readonly #opened = new Map<Namespace, NamespaceSource>();
  readonly #loopbacks = new Set<Namespace>(); // whose lo goes up with the first request to them
  readonly #operations: Operation[] = [];
  readonly #links = new Map<LinkOfJob, Operation>();
  readonly #elsewhere: Elsewhere[] = [];
  #ran = false;

  readonly #scope: Scope = {
    target: (link, field) => {
      if (!(link instanceof LinkReference)) return link;
      if (link.belongsTo(this)) return link.toJSON();
      throw new CnmError("ERR_CNM_INVALID_OPTION", `${field}: names a link of another job`, {
        field,
      });
    },
    namespace: (namespace) => ({ namespace: this.#position(namespace) }),
  };

  /**
   * The namespace can be used as soon as `run()` was called: what is asked of it, by other jobs too,
   * waits behind this job.
   */
  createNamespace(options: CreateNamespaceOptions = {}): Namespace {
    const { path, loopback } = check(createOptions, options, "create namespace");
    const namespace = Namespace.pending(path, true);
    const at = this.#namespaces.push(namespace) - 1;
    this.#created.set(namespace, this.#steps.length);
    this.#other(() => `create namespace ${path ?? ""}`.trimEnd(), createStep(path, at));
    if (loopback !== false) this.#loopbacks.add(namespace);
    return namespace;
  }

  /** See {@link Namespace.open} and {@link Job.createNamespace}. Nothing in it is set up. */
  openNamespace(from: NamespaceSource): Namespace {
    const checked = check(source, from, "open namespace", "from");
    const namespace = Namespace.pending("path" in checked ? checked.path : undefined, false);
    const at = this.#namespaces.push(namespace) - 1;
    this.#created.set(namespace, this.#steps.length);
    this.#opened.set(namespace, checked);
    this.#other(() => `open namespace ${describeSource(checked)}`, openStep(checked, at));
    return namespace;
  }

  /** See {@link Links.add}. It and a veth's peer may live in namespaces that the job creates. */
  addLink(namespace: Namespace, spec: LinkSpec): LinkOfJob {
    const checked = check(linkSpec, spec, "add link");
    const home = checked.namespace ?? namespace;
    if (isTun(checked)) return this.#addTun(home, checked);
    const at = this.#position(namespace);
    const elsewhere = this.#position(home) === at ? undefined : this.#scope.namespace(home);
    const { create, rest } = linkAddMessages(checked, this.#scope, elsewhere);
    const name = () => `add ${describeLink(checked)}`;
    let operation = this.#append(name, namespace, [create]);
    if (elsewhere !== undefined) {
      this.#elsewhere.push({ ...operation, namespace: home, link: checked.name });
      operation = this.#append(name, home, [linkGetMessage(checked.name)]); // nothing was echoed
    }
    const { step, message } = operation;
    const made: LinkOfJob = {
      index: new LinkReference(this, step, message, "index"),
      peer: new LinkReference(this, step, message, "link"),
    };
    const later = rest(made.index.toJSON());
    if (later.length > 0) this.#append(name, home, later);
    this.#links.set(made, operation);
    return made;
  }

  #addTun(home: Namespace, spec: TapSpec | TunSpec): LinkOfJob {
    const name = () => `add ${describeLink(spec)}`;
    const { make, rest } = tunAddition(spec, this.#scope, this.#position(home));
    const step = this.#steps.length;
    this.#other(name, make);
    const made: LinkOfJob = {
      index: new LinkReference(this, step, 0, "index"),
      peer: new LinkReference(this, step, 0, "link"),
    };
    const later = rest(made.index.toJSON());
    if (later.length > 0) this.#append(name, home, later);
    this.#links.set(made, { step, message: 0, name });
    return made;
  }

  /** See {@link Links.set}. */
  setLink(namespace: Namespace, link: LinkTarget, changes: LinkChanges): void {
    check(target, link, "set link", "link");
    const checked = check(linkChanges, changes, "set link");
    const index = this.#scope.target(link, "link");
    const messages = linkSetMessages(index, checked, this.#scope);
    this.#append(() => `set link ${describeTarget(link)}`, namespace, messages);
  }

  /** See {@link Addresses.add}. */
  addAddress(namespace: Namespace, spec: AddressSpec): void {
    const checked = checkAddress(spec);
    const message = addressAddMessage(checked, this.#scope);
    this.#append(() => `add address ${checked.address}`, namespace, [message]);
  }

  /** See {@link BridgeVlans.add}. */
  addBridgeVlan(namespace: Namespace, spec: BridgeVlanSpec): void {
    const checked = checkBridgeVlan(spec);
    const message = bridgeVlanMessage("RTM_SETLINK", checked, this.#scope);
    this.#append(() => `add VLAN ${checked.vid}`, namespace, [message]);
  }

  /** See {@link BridgeVlans.delete}. */
  deleteBridgeVlan(namespace: Namespace, which: BridgeVlanTarget): void {
    const checked = checkBridgeVlanTarget(which);
    const message = bridgeVlanMessage("RTM_DELLINK", checked, this.#scope);
    this.#append(() => `delete VLAN ${checked.vid}`, namespace, [message]);
  }

  /** See {@link Routes.add}. */
  addRoute(namespace: Namespace, spec: RouteSpec): void {
    const checked = checkRoute(spec);
    const message = routeMessage("add", checked, this.#scope);
    this.#append(() => `add route to ${checked.destination}`, namespace, [message]);
  }

  /** See {@link Routes.replace}. */
  replaceRoute(namespace: Namespace, spec: RouteSpec): void {
    const checked = checkRoute(spec, "replace route");
    const message = routeMessage("replace", checked, this.#scope);
    this.#append(() => `replace route to ${checked.destination}`, namespace, [message]);
  }

  /** See {@link Sysctl.set}. */
  setSysctl(namespace: Namespace, name: string, value: string | number): void {
    const at = this.#position(namespace);
    const path = sysctlPath(name);
    const step = { do: "sysctl", in: at, path, value: sysctlValue(value) } as const;
    this.#other(() => `set sysctl ${name}`, step);
  }

  /** See {@link Links.delete}. */
  deleteLink(namespace: Namespace, link: LinkTarget): void {
    check(target, link, "delete link", "link");
    const message = linkRemoval(link, this.#scope);
    const step = { do: "remove", in: this.#position(namespace), message } as const;
    this.#other(() => `delete link ${describeTarget(link)}`, step);
  }

  /** See {@link Namespace.delete}. It is closed for everybody else as soon as the job runs. */
  deleteNamespace(namespace: Namespace): void {
    const at = this.#position(namespace);
    const { name } = channelOf(namespace);
    this.#other(() => `delete namespace ${name}`, { do: "delete", in: at });
  }

  /**
   * Runs the job, once. When it rejects, the links and namespaces that it made are gone again; what
   * it changed in others stays, which may include what stood right behind the step that failed: the
   * kernel goes on with the messages of one send.
   *
   * @param options.signal Looked at before anything is sent; a job under way finishes.
   * @throws {KernelError} of the first step that failed; its message says which.
   */
  async run(options: RunOptions = {}): Promise<JobResult> {
    const checked = check(runOptions, options, "job");
    checked.signal?.throwIfAborted();
    if (this.#ran) throw new CnmError("ERR_CNM_CLOSED", "job: it has run already");
    this.#ran = true;
    const channels = this.#namespaces.map(channelOf);
    for (const [at, channel] of channels.entries()) {
      const namespace = this.#namespaces[at];
      if (namespace !== undefined && !this.#created.has(namespace)) channel.assertOpen("job");
    }
    for (const channel of channels) channel.flush();
    this.#closeDeleted(channels);
    for (const namespace of this.#loopbacks) this.#next(namespace);
    const running = runJob(
      channels.map(({ handle }) => handle),
      this.#steps,
      { withNext: checked.withNext ?? false },
    );
    for (const namespace of this.#created.keys()) namespace.begin();
    try {
      const results = await running;
      for (const [namespace, step] of this.#created) namespace.settle(results, step);
      this.#closeDeleted(channels);
      return { link: (made) => this.#read(results, made) };
    } catch (error) {
      for (const namespace of this.#created.keys()) namespace.fail();
      this.#reopenUndeleted(channels, (error as { step?: number }).step ?? 0);
      throw await this.#failure(error);
    }
  }

  /** Deletions behind the step that failed have not happened. */
  #reopenUndeleted(channels: readonly Channel[], failed: number): void {
    for (const [at, step] of this.#steps.entries()) {
      const namespace = this.#namespaces[step.in];
      if (step.do !== "delete" || at <= failed || namespace === undefined) continue;
      const channel = channels[step.in];
      if (channel === undefined || this.#created.has(namespace)) continue;
      const { name } = channel;
      channel.opened(() => name);
    }
  }

  #closeDeleted(channels: readonly Channel[]): void {
    for (const step of this.#steps) {
      if (step.do === "delete") channels[step.in]?.close("deleted");
    }
  }

  #read(results: JobResults, made: LinkOfJob): Link {
    const operation = this.#links.get(made);
    if (operation === undefined) throw invalidArgType("made", "a link of this job", made);
    const answers = results.at(operation.step) as readonly (readonly Decoded[])[];
    const [echo] = answers[operation.message] ?? [];
    if (echo === undefined) throw new TypeError("the kernel did not show the link");
    return decodeLink(echo);
  }

  /** Takes down what was made, newest first, and says what failed. */
  async #failure(error: unknown): Promise<unknown> {
    const { step = 0, message_index: message = 0, made = [] } = error as Partial<NativeError>;
    const failed = this.#operations.findLast(
      (one) => one.step < step || (one.step === step && one.message <= message),
    );
    const failure = kernelFailure(failed?.name() ?? "job", error, { step });
    const left: unknown[] = [];
    const links = made.map(([of, , link]) => ({
      namespace: this.#namespaces[this.#steps[of]?.in ?? -1],
      link,
    }));
    const others = this.#elsewhere.filter(
      (one) => one.step < step || (one.step === step && one.message < message),
    );
    for (const { namespace, link } of [...links, ...others].reverse()) {
      if (namespace === undefined) continue;
      await this.#remove(namespace, link).catch((later: unknown) => {
        if ((later as { errno?: number }).errno !== -19) left.push(later); // ENODEV: gone already
      });
    }
    if (left.length === 0) return failure;
    return new AggregateError([failure, ...left], `${String(failure)}; undoing it failed too`);
  }

  /** Of what the job created nothing is left; what it opened has been closed again. */
  async #remove(namespace: Namespace, link: string | number): Promise<void> {
    if (!this.#created.has(namespace)) return namespace.links.delete(link);
    const from = this.#opened.get(namespace);
    if (from === undefined) return;
    await using again = await Namespace.open(from);
    await again.links.delete(link);
  }

  #position(namespace: Namespace): number {
    channelOf(namespace);
    const at = this.#namespaces.indexOf(namespace);
    return at >= 0 ? at : this.#namespaces.push(namespace) - 1;
  }

  /** Where the next message to this namespace goes. */
  #next(namespace: Namespace): { step: number; message: number } {
    const at = this.#position(namespace);
    if (this.#loopbacks.delete(namespace)) {
      this.#operations.push({ step: this.#steps.length, message: 0, name: () => "set link lo" });
      this.#steps.push({ do: "request", in: at, messages: [loopbackUp] });
    }
    const last = this.#steps.at(-1);
    if (last?.do === "request" && last.in === at) {
      return { step: this.#steps.length - 1, message: last.messages.length };
    }
    this.#steps.push({ do: "request", in: at, messages: [] });
    return { step: this.#steps.length - 1, message: 0 };
  }

  #append(name: () => string, namespace: Namespace, messages: readonly Message[]): Operation {
    const { step, message } = this.#next(namespace);
    const last = this.#steps[step];
    if (last?.do === "request") last.messages.push(...messages);
    const operation: Operation = { step, message, name };
    this.#operations.push(operation);
    return operation;
  }

  #other(name: () => string, step: Exclude<Step, { do: "request" }>): void {
    this.#operations.push({ step: this.#steps.length, message: 0, name });
    this.#steps.push(step);
  }
}
