import { isDate } from "node:util/types";
import { CnmError } from "../errors.js";
import { check, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { boolean, checked, choice, custom, record, string } from "../util/schemas.js";
import type { Core } from "./core.js";
import { collect } from "./failure.js";
import type { Network } from "./network.js";

/** Which of the unused networks {@link Controller.prune} removes: those that all of these fit. */
export interface PruneOptions {
  /** Only those that were made before. */
  readonly until?: Date;
  /** A text: has the label with this value. `true`: has it with any; `false`: has it not. */
  readonly labels?: Readonly<Record<string, string | boolean>>;
}

/** A network that was removed. */
export interface Pruned {
  readonly id: string;
  readonly name: string;
}

const pruneOptions: Type<PruneOptions> = options({
  until: optional(
    checked(custom(isDate, "Date"), (date) =>
      Number.isNaN(date.getTime()) ? "must be a date, not an invalid one" : undefined,
    ),
  ),
  labels: optional(
    record(
      choice("string or boolean", (value) => {
        if (typeof value === "string") return string();
        return typeof value === "boolean" ? boolean() : undefined;
      }),
    ),
  ),
});

/** @internal */
export async function prune(core: Core, given: PruneOptions): Promise<readonly Pruned[]> {
  const wanted = check(pruneOptions, given, "prune");
  core.assertOpen("prune");
  const unused = core.networks.values().filter((one) => one.isUnused && fits(one, wanted));
  const pruned: Pruned[] = [];
  await collect(
    "prune",
    unused.map((network) => async () => {
      if (await isRemoved(network)) pruned.push({ id: network.id, name: network.name });
    }),
  );
  return pruned;
}

/** One that somebody has come to use meanwhile stays. */
async function isRemoved(network: Network): Promise<boolean> {
  try {
    await network.delete();
    return true;
  } catch (error) {
    if (error instanceof CnmError && error.code === "ERR_CNM_IN_USE") return false;
    throw error;
  }
}

function fits(network: Network, { until, labels = {} }: PruneOptions): boolean {
  // One that an older library has made does not say when: it is older than whatever is asked for.
  const isOld = until === undefined || (network.created?.getTime() ?? 0) < until.getTime();
  return (
    isOld &&
    Object.entries(labels).every(([key, wanted]) => {
      const value = Object.hasOwn(network.labels, key) ? network.labels[key] : undefined;
      return typeof wanted === "string" ? value === wanted : (value !== undefined) === wanted;
    })
  );
}
