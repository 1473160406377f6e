import { KernelError } from "../errors.js";
import type { Host } from "./contract.js";

const usual = 1500;

/**
 * The MTU of a network that is to reach what is beyond the host, where nobody says one: the smallest
 * of the links that the host's default routes lead through, where that is less than the usual 1500.
 * Larger ones are left alone: what is behind the next router seldom has them.
 *
 * @returns `undefined`: the usual one will do.
 * @throws {KernelError} when the host's routes cannot be read.
 */
export async function uplinkMtu({ namespace }: Host): Promise<number | undefined> {
  const routes = await namespace.routes.list({ table: "main" });
  const defaults = routes.filter(
    ({ destination, type }) => destination === "default" && type === "unicast",
  );
  const indexes = defaults.flatMap(({ link, nexthops = [] }) => [
    ...(link === undefined ? [] : [link]),
    ...nexthops.map((way) => way.link),
  ]);
  const mtus = await Promise.all([...new Set(indexes)].map((index) => mtuOf(namespace, index)));
  const smallest = Math.min(usual, ...mtus);
  return smallest < usual ? smallest : undefined;
}

async function mtuOf({ links }: Host["namespace"], index: number): Promise<number> {
  try {
    return (await links.get(index)).mtu;
  } catch (error) {
    if (error instanceof KernelError && error.errnoName === "ENODEV") return usual; // gone since
    throw error;
  }
}
