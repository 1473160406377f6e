import { Namespace } from "#lib/netlink.js";
import type { Context } from "mocha";
import { needs, type Need } from "./needs.js";

let made = 0;

/** A path below the run directory that nothing has been pinned at yet. */
export function freshPath(): string {
  made += 1;
  return `/run/vw-test-${process.pid}-${made}`;
}

/**
 * A new namespace with a path, so that other programs can look into it. Dispose of it by
 * `await using`. Skips the test where a need is not met.
 */
export async function newNetns(context: Context, ...wanted: readonly Need[]): Promise<Namespace> {
  needs(context, ...wanted);
  return Namespace.create({ path: freshPath() });
}
