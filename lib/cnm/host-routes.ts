import { KernelError } from "../errors.js";
import { cidrOf, formatCidr, overlaps, parseCidr, parseInterface, type Cidr } from "../net/cidr.js";
import type { Core } from "./core.js";
import type { LinksOfHost } from "./host-links.js";

/** A route of the host, or what a rule of its names. */
interface Way {
  /** CIDR text. */
  readonly to: string;
  /** Index; `undefined` of several, of none, and of rules. */
  readonly link: number | undefined;
  readonly isRule: boolean;
}

/**
 * What the host reaches otherwise, in all its tables, and what its rules name; the routes of the
 * links that the network will stand on aside. CIDR text. @internal
 */
export async function routesOfHost(
  core: Core,
  ownLinks: readonly string[],
): Promise<readonly string[]> {
  const [own, ways] = await Promise.all([
    Promise.all(ownLinks.map((name) => indexOf(core, name))),
    waysOf(core),
  ]);
  const others = ways.filter(({ link }) => link === undefined || !own.includes(link));
  return [...new Set(others.map(({ to }) => to))];
}

/**
 * For a subnet what the host has come to reach otherwise since it was chosen, in words. The links of
 * all networks are theirs. @internal
 */
export async function newWays(
  core: Core,
  links: LinksOfHost,
): Promise<(subnet: string) => readonly string[]> {
  const own = new Set(Array.from(links.allMarked(), ([, { index }]) => index));
  for (const network of core.networks.values()) {
    for (const name of network.driven.ownLinks) own.add(links.named(name)?.index ?? 0);
    for (const { joining } of network.endpoints()) {
      const { index } = joining?.attached ?? {};
      if (index !== undefined && joining?.sandbox.isHost === true) own.add(index);
    }
  }
  const others: { readonly cidr: Cidr; readonly text: string }[] = [];
  for (const { to, link, isRule } of await waysOf(core)) {
    if (link !== undefined && own.has(link)) continue;
    const name = link === undefined ? undefined : links.at(link)?.name;
    const text = isRule ? `a rule for ${to}` : `a route to ${to}${name ? ` by ${name}` : ""}`;
    others.push({ cidr: parseCidr(to), text });
  }
  return (subnet) => {
    const cidr = parseCidr(subnet);
    const found = others.filter((other) => overlaps(other.cidr, cidr)).map(({ text }) => text);
    return [...new Set(found)];
  };
}

async function waysOf({ host }: Core): Promise<readonly Way[]> {
  const { routes, rules } = host.namespace;
  const [allRoutes, allRules] = await Promise.all([routes.list(), rules.list()]);
  const reached = allRoutes
    .filter(({ type }) => type === "unicast")
    .map(({ destination, link }) => ({ to: destination, link, isRule: false }));
  const named = allRules
    .flatMap(({ from, to }) => [from, to])
    .map((to) => ({ to: to && blockOf(to), link: undefined, isRule: true }));
  return [...reached, ...named].filter((way): way is Way => isTaken(way.to));
}

// The kernel keeps the host bits that somebody gave it: `from 10.0.0.5/24` stands for 10.0.0.0/24.
function blockOf(text: string): string {
  const { ip, prefix } = parseInterface(text);
  return formatCidr(cidrOf(ip, prefix));
}

function indexOf({ host }: Core, link: string): Promise<number | undefined> {
  return host.namespace.links.get(link).then(
    ({ index }) => index,
    (error: unknown) => {
      if (error instanceof KernelError && error.errnoName === "ENODEV") return undefined;
      throw error;
    },
  );
}

// A default route leads to everything and takes nothing; each link has its link-local prefix.
function isTaken(destination = "default"): boolean {
  return destination !== "default" && !/\/0$|^fe80:/.test(destination);
}
