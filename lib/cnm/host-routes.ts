import { KernelError } from "../errors.js";
import type { Core } from "./core.js";

/**
 * What the host reaches otherwise, in all its tables, and what its rules name; the routes of the
 * links that the network will stand on aside. CIDR text. @internal
 */
export async function routesOfHost(
  core: Core,
  ownLinks: readonly string[],
): Promise<readonly string[]> {
  const { links, routes, rules } = core.host.namespace;
  const [own, allRoutes, allRules] = await Promise.all([
    Promise.all(
      ownLinks.map((name) =>
        links.get(name).then(
          ({ index }) => index,
          (error: unknown) => {
            if (error instanceof KernelError && error.errnoName === "ENODEV") return undefined;
            throw error;
          },
        ),
      ),
    ),
    routes.list(),
    rules.list(),
  ]);
  const reached = allRoutes
    .filter(({ type }) => type === "unicast")
    .filter(({ link }) => link === undefined || !own.includes(link))
    .map(({ destination }) => destination);
  const named = allRules.flatMap(({ from, to }) => [from, to]);
  return [...new Set([...reached, ...named])].filter(
    (one): one is string => one !== undefined && isTaken(one),
  );
}

// A default route leads to everything and takes nothing; each link has its link-local prefix.
function isTaken(destination: string): boolean {
  return destination.includes("/")
    ? !destination.endsWith("/0") && !destination.startsWith("fe80:")
    : destination !== "default" && destination !== "all";
}
