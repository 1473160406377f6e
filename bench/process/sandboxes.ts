// What 1,000 open sandboxes cost this process: resident memory, native threads, descriptors.
// A program of its own, run with --expose-gc in namespaces of its own; prints one line of JSON.
import { readdirSync, readFileSync } from "node:fs";
import { Controller } from "vethwork";

const count = 1000;

interface Footprint {
  readonly rss: number;
  readonly threads: number;
  readonly descriptors: number;
}

function footprint(): Footprint {
  globalThis.gc?.();
  globalThis.gc?.();
  const names = readdirSync("/proc/self/task").map((task) =>
    readFileSync(`/proc/self/task/${task}/comm`, "utf8"),
  );
  return {
    rss: process.memoryUsage.rss(),
    threads: names.filter((name) => name.startsWith("vw-")).length,
    descriptors: readdirSync("/proc/self/fd").length,
  };
}

await using controller = await Controller.open();
await (await controller.createSandbox("first")).delete(); // whatever is made once
const before = footprint();
for (let at = 0; at < count; at++) await controller.createSandbox(`s${at}`);
const after = footprint();
console.log(
  JSON.stringify({
    sandboxes: count,
    kilobytesEach: (after.rss - before.rss) / count / 1000,
    threadsBefore: before.threads,
    threads: after.threads,
    descriptorsEach: (after.descriptors - before.descriptors) / count,
  }),
);
