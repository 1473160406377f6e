import { CnmError, quote } from "../errors.js";
import { Namespace } from "../kernel/namespace.js";
import { check } from "../util/check.js";
import { string } from "../util/schemas.js";
import type { Core } from "./core.js";
import { collect } from "./failure.js";
import { removeLink } from "./host-links.js";

/** What a controller of the same instance, whose state is no more, has left on the host. */
export interface Leftovers {
  readonly controllerId: string;
  /** Names of links. */
  readonly links: readonly string[];
  /** Paths where namespaces are pinned, in the run directory of this controller. */
  readonly pins: readonly string[];
}

interface Marked {
  readonly altname: string;
  readonly name: string;
}

/** @internal */
export async function listLeftovers(core: Core): Promise<readonly Leftovers[]> {
  const byId = await markedByOthers(core);
  const ids = new Set([...byId.keys(), ...core.directory.othersOfOwner()]);
  return Array.from(ids, (controllerId) => ({
    controllerId,
    links: (byId.get(controllerId) ?? []).map(({ name }) => name),
    pins: core.directory.pinnedBy(controllerId),
  }));
}

/** @internal */
export async function removeLeftovers(core: Core, given: string): Promise<void> {
  const operation = "remove leftovers";
  const id = check(string(), given, operation, "controllerId");
  if (id === core.id) {
    throw new CnmError(
      "ERR_CNM_CONFLICT",
      `${operation}: controllerId: ${id} is this controller's own; destroy() takes its own down`,
      { field: "controllerId", id },
    );
  }
  const links = (await markedByOthers(core)).get(id) ?? [];
  if (links.length === 0 && !core.directory.othersOfOwner().includes(id)) {
    throw new CnmError(
      "ERR_CNM_NOT_FOUND",
      `${operation}: controllerId: no link of the host carries the mark of ${quote(id)}, and nothing in the run directory is of it`,
      { field: "controllerId", id },
    );
  }
  await collect(operation, [
    ...links.map(
      ({ altname }) =>
        () =>
          removeLink(core, altname),
    ),
    ...core.directory.pinnedBy(id).map((path) => () => Namespace.unpin(path)),
    () => {
      core.directory.removeOf(id);
    },
  ]);
}

/**
 * Of one instance only one controller is open in a host's namespace, and that is this one: whoever else
 * has marked links there, or has its folder in the run directory, has ended.
 */
async function markedByOthers({ host, id }: Core): Promise<ReadonlyMap<string, readonly Marked[]>> {
  const own = host.mark("");
  const instance = own.slice(0, own.length - `${id}.`.length);
  const found = new Map<string, Marked[]>();
  for (const { name, altnames } of await host.namespace.links.list()) {
    for (const altname of altnames) {
      if (!altname.startsWith(instance) || altname.startsWith(own)) continue;
      const [, controllerId] = form.exec(altname.slice(instance.length)) ?? [];
      if (controllerId === undefined) continue;
      const others = found.get(controllerId) ?? [];
      others.push({ altname, name });
      found.set(controllerId, others);
    }
  }
  return found;
}

const form = /^([0-9a-f]{32})\./; // it becomes part of a path
