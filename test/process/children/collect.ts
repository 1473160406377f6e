// Loses handles without closing them, in the middle of jobs too. Run with --expose-gc.
import { Namespace } from "#lib/netlink.js";
import { descriptors, threads } from "../../support/traces.js";
import { until } from "../../support/wait.js";

const collect = (globalThis as unknown as { gc: () => void }).gc;

async function lose(): Promise<void> {
  const netns = await Namespace.create();
  await netns.links.list();
}

async function loseWithWorkUnderWay(): Promise<Promise<unknown>[]> {
  const netns = await Namespace.create();
  return [
    netns.links.add({ kind: "bridge", name: "br0" }),
    netns.links.list(),
    netns.links.delete("br0"),
    netns.links.get("lo"),
  ];
}

await (await Namespace.create()).delete(); // loads the addon, which keeps one descriptor
await until("the first one's threads end", () => threads().length === 0);
const before = descriptors().length;
let most = 0; // at once: a collection of young objects may come in between
for (let round = 0; round < 50; round++) {
  await lose();
  most = Math.max(most, descriptors().length - before);
}
const pending: Promise<unknown>[] = [];
for (let round = 0; round < 50; round++) {
  pending.push(...(await loseWithWorkUnderWay()));
  collect();
}
const outcomes = await Promise.allSettled(pending);
const failed = outcomes.filter(({ status }) => status === "rejected").length;
const freed = () => {
  collect();
  setImmediate(() => undefined); // finalizers run between turns of the loop
  return descriptors().length <= before && threads().length === 0;
};
const error = await until("descriptors and threads are gone", freed).then(
  () => "",
  (late: unknown) => String(late),
);
process.stdout.write(JSON.stringify({ opened: most > 10, failed, error }));
