import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Job } from "../kernel/job.js";
import { openAndLook } from "../kernel/look.js";
import { Namespace, type NamespaceSource } from "../kernel/namespace.js";
import { check } from "../util/check.js";
import { Undo } from "../util/undo.js";
import type { Core } from "./core.js";
import { operate } from "./failure.js";
import { newId, type SandboxId } from "./ids.js";
import { traced } from "./operations.js";
import { adoptOptions, nameSchema, sandboxOptions } from "./options.js";
import { processOf } from "./process.js";
import { forget, keep, type SandboxRecord, type SourceRecord } from "./records.js";
import { Sandbox } from "./sandbox.js";
import { filesOf, filesRecord, type FileOptions, type Found } from "./sandbox-record.js";
import type { NewSandbox, SandboxOptions } from "./sandbox-types.js";

/** @internal */
export async function createSandbox(
  core: Core,
  name: string,
  given: SandboxOptions,
): Promise<Sandbox> {
  const checkedName = check(nameSchema, name, "create sandbox", "name");
  const { path, hostname, signal, ...files } = check(sandboxOptions, given, "create sandbox");
  const operation = `create sandbox ${checkedName}`;
  const id = newId() as SandboxId;
  const birth = { id, name: checkedName, hostname, files, operation, signal, adopted: false };
  return born(core, birth, () => {
    const pin = path ?? core.directory.pin(id);
    const enter = async (): Promise<Entered> => ({
      namespace: await Namespace.create({ path: pin }),
      found: nothing,
    });
    return { source: sourceOfPin(path, pin), enter };
  });
}

/** @internal */
export async function adoptSandbox(
  core: Core,
  name: string,
  from: NamespaceSource,
  given: Omit<SandboxOptions, "path">,
): Promise<Sandbox> {
  const checkedName = check(nameSchema, name, "adopt sandbox", "name");
  const { hostname, signal, ...files } = check(adoptOptions, given, "adopt sandbox");
  const operation = `adopt sandbox ${checkedName}`;
  const id = newId() as SandboxId;
  const birth = { id, name: checkedName, hostname, files, operation, signal, adopted: true };
  return born(core, birth, () => ({
    source: null,
    enter: async () => {
      const { namespace, links, routes } = await openAndLook(from);
      const ifnames = links.map((link) => link.name);
      const defaultRoutes = routes
        .filter(({ destination }) => destination === "default")
        .map((route) => route.family);
      return { namespace, found: { ifnames, defaultRoutes }, source: sourceOf(from) };
    },
  }));
}

/** How the next process finds it again: by a descriptor of this one, it cannot. */
function sourceOf(from: NamespaceSource): SourceRecord | null {
  if ("path" in from) return { path: resolve(from.path) };
  return "pid" in from ? processOf(from.pid) : null;
}

const nothing: Found = { ifnames: ["lo"], defaultRoutes: [] };

/** A sandbox that is made together with what is to be in it. @internal */
export interface Embryo {
  readonly sandbox: Sandbox;
  readonly intent: SandboxRecord;
  /** Makes its namespace; what is asked of that from now on waits for it. */
  begin(): Promise<unknown>;
}

/** @internal */
export function conceiveSandbox(
  core: Core,
  { name, path, hostname = name, ...files }: NewSandbox,
  operation: string,
  undo: Undo,
): Embryo {
  core.sandboxes.reserve(name, operation);
  undo.defer(() => {
    core.sandboxes.release(name);
  });
  const id = newId() as SandboxId;
  const pin = path ?? core.directory.pin(id);
  const order = core.order.next();
  const source = sourceOfPin(path, pin);
  const fixed = { id, name, order, hostname, source, adopted: false, found: nothing };
  const job = new Job();
  const namespace = job.createNamespace({ path: pin });
  return {
    sandbox: Sandbox.make(core, { ...fixed, namespace, files }),
    intent: { ...fixed, ...filesRecord(files), made: null },
    // Whoever joins it in the same go waits for that anyway.
    begin: () => job.run({ withNext: true }),
  };
}

// What is there already is not ours, whatever becomes of this.
function sourceOfPin(path: string | undefined, pin: string): SourceRecord | null {
  return path !== undefined && existsSync(path) ? null : { path: pin };
}

interface Entered {
  readonly namespace: Namespace;
  readonly found: Found;
  /** Where it is known only now. */
  readonly source?: SourceRecord | null;
}

interface Birth {
  readonly id: SandboxId;
  readonly name: string;
  readonly hostname: string | undefined;
  readonly files: FileOptions;
  readonly operation: string;
  readonly signal: AbortSignal | undefined;
  readonly adopted: boolean;
}

interface Plan {
  readonly source: SourceRecord | null;
  readonly enter: () => Promise<Entered>;
}

async function born(core: Core, birth: Birth, plan: () => Plan): Promise<Sandbox> {
  const { name, operation, signal } = birth;
  core.assertOpen(operation);
  signal?.throwIfAborted();
  core.sandboxes.reserve(name, operation);
  try {
    return await operate(operation, () => bear(core, birth, plan()));
  } catch (error) {
    core.sandboxes.release(name);
    throw error;
  }
}

async function bear(core: Core, birth: Birth, plan: Plan): Promise<Sandbox> {
  const { id, name, hostname = name, files, signal, adopted } = birth;
  const { store, operations } = core;
  operations.about(() => [traced("sandbox", { id, name })]);
  const order = core.order.next();
  const fixed = { id, name, order, hostname, ...filesRecord(files) };
  const intent = { ...fixed, source: plan.source, adopted, found: nothing };
  using _ = core.busy.enter(id);
  await using undo = new Undo();
  // Intent before act: what is about to exist is in the store before the kernel hears of it.
  await store.write([keep("sandbox", id, { ...intent, made: null })]);
  undo.defer(() => store.write([forget("sandbox", id)]));
  signal?.throwIfAborted();
  const {
    namespace,
    found,
    source = plan.source,
  } = await operations.step("namespace", () => plan.enter());
  undo.defer(() => namespace[Symbol.asyncDispose]());
  signal?.throwIfAborted();
  const made = { id, name, order, hostname, files, namespace, source, adopted, found };
  const sandbox = Sandbox.make(core, made);
  await store.write([keep("sandbox", id, sandbox.record())]);
  signal?.throwIfAborted();
  undo.commit();
  core.sandboxes.add(sandbox);
  core.events.tell(() => ({ kind: "sandbox", change: "created", sandbox: { id, name } }));
  return sandbox;
}

/**
 * One that an earlier process has made or adopted; `undefined` where its namespace is no more.
 * @internal
 */
export async function restoreSandbox(
  core: Core,
  record: SandboxRecord,
): Promise<Sandbox | undefined> {
  const { name, order, hostname, source, adopted, found, made } = record;
  if (source === null || made === null) return undefined;
  // A store of the embedder's may keep it over a reboot, and cookies begin anew with each.
  if (made.bootId !== core.host.namespace.identity.bootId) return undefined;
  const namespace = await reopen(source, adopted, made.cookie);
  if (namespace === undefined) return undefined;
  const id = record.id as SandboxId;
  core.order.seen(order);
  core.sandboxes.reserve(name, `open controller: sandbox ${name}`);
  const files = filesOf(record);
  const parts = { id, name, order, hostname, files, namespace, source, adopted, found };
  const sandbox = Sandbox.make(core, parts);
  sandbox.findFiles();
  return sandbox;
}

async function reopen(
  source: SourceRecord,
  adopted: boolean,
  cookie: string,
): Promise<Namespace | undefined> {
  const path = "path" in source ? source.path : `/proc/${source.pid}/ns/net`;
  return adopted ? Namespace.reopen(path, cookie) : Namespace.restore(path, cookie);
}
