import type { HostLinks } from "../drivers/contract.js";
import { KernelError } from "../errors.js";
import type { Core } from "./core.js";

type Link = NonNullable<ReturnType<HostLinks["at"]>>;

/** All links of the host, looked at once. @internal */
export class LinksOfHost implements HostLinks {
  readonly #byMark = new Map<string, Link>();
  readonly #byIndex = new Map<number, Link>();
  readonly #byName = new Map<string, Link>();

  private constructor(links: readonly Link[], prefix: string) {
    for (const link of links) {
      this.#byIndex.set(link.index, link);
      this.#byName.set(link.name, link);
      for (const altname of link.altnames) {
        if (altname.startsWith(prefix)) this.#byMark.set(altname.slice(prefix.length), link);
      }
    }
  }

  static async read({ host }: Pick<Core, "host">): Promise<LinksOfHost> {
    return new LinksOfHost(await host.namespace.links.list(), host.mark(""));
  }

  marked(id: string): Link | undefined {
    return this.#byMark.get(id);
  }

  at(index: number): Link | undefined {
    return this.#byIndex.get(index);
  }

  named(name: string): Link | undefined {
    return this.#byName.get(name);
  }

  /** What carries this controller's mark: the id in it, and the link. */
  allMarked(): Iterable<readonly [string, Link]> {
    return this.#byMark;
  }
}

/** By one of its altnames; one that is gone is success. @internal */
export async function removeLink({ host }: Pick<Core, "host">, mark: string): Promise<void> {
  try {
    await host.namespace.links.delete(mark);
  } catch (error) {
    if (!(error instanceof KernelError) || error.errnoName !== "ENODEV") throw error;
  }
}
