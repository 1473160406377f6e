import { openAndLook } from "../kernel/look.js";
import { Namespace, type NamespaceSource } from "../kernel/namespace.js";
import { check } from "../util/check.js";
import { Undo } from "../util/undo.js";
import type { Core } from "./core.js";
import { operate } from "./failure.js";
import { newId, type SandboxId } from "./ids.js";
import { adoptOptions, nameSchema, sandboxOptions } from "./options.js";
import { Sandbox, type Found, type SandboxOptions } from "./sandbox.js";

/** @internal */
export async function createSandbox(
  core: Core,
  name: string,
  given: SandboxOptions,
): Promise<Sandbox> {
  const checkedName = check(nameSchema, name, "create sandbox", "name");
  const { path, hostname, signal } = check(sandboxOptions, given, "create sandbox");
  const id = newId() as SandboxId;
  return born(
    core,
    id,
    checkedName,
    `create sandbox ${checkedName}`,
    signal,
    hostname,
    async () => ({
      namespace: await Namespace.create({ path: path ?? core.directory.pin(id) }),
      found: nothing,
      adopted: false,
    }),
  );
}

/** @internal */
export async function adoptSandbox(
  core: Core,
  name: string,
  from: NamespaceSource,
  given: Omit<SandboxOptions, "path">,
): Promise<Sandbox> {
  const checkedName = check(nameSchema, name, "adopt sandbox", "name");
  const { hostname, signal } = check(adoptOptions, given, "adopt sandbox");
  const id = newId() as SandboxId;
  return born(core, id, checkedName, `adopt sandbox ${checkedName}`, signal, hostname, async () => {
    const { namespace, links, routes } = await openAndLook(from);
    const ifnames = links.map((link) => link.name);
    const defaultRoutes = routes
      .filter(({ destination }) => destination === "default")
      .map((route) => route.family);
    return { namespace, found: { ifnames, defaultRoutes }, adopted: true };
  });
}

const nothing: Found = { ifnames: ["lo"], defaultRoutes: [] };

interface Entered {
  readonly namespace: Namespace;
  readonly found: Found;
  readonly adopted: boolean;
}

async function born(
  core: Core,
  id: SandboxId,
  name: string,
  operation: string,
  signal: AbortSignal | undefined,
  hostname: string | undefined,
  enter: () => Promise<Entered>,
): Promise<Sandbox> {
  core.assertOpen(operation);
  signal?.throwIfAborted();
  core.sandboxes.reserve(name, operation);
  try {
    return await operate(operation, async () => {
      await using undo = new Undo();
      // Intent before act: what is about to exist is in the store before the kernel hears of it.
      await core.store.put("sandbox", id, { id, name, made: false });
      undo.defer(() => core.store.delete("sandbox", id));
      signal?.throwIfAborted();
      const entered = await enter();
      const { namespace, adopted } = entered;
      undo.defer(() => namespace[Symbol.asyncDispose]());
      signal?.throwIfAborted();
      const { identity, path = null } = namespace;
      await core.store.put("sandbox", id, { id, name, made: true, adopted, path, ...identity });
      undo.commit();
      const sandbox = Sandbox.make(core, {
        id,
        name,
        hostname: hostname ?? name,
        ...entered,
      });
      core.sandboxes.add(sandbox);
      return sandbox;
    });
  } catch (error) {
    core.sandboxes.release(name);
    throw error;
  }
}
