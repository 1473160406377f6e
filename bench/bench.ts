// The benchmarks: our two layers beside the limit, in one interleaved run; compare by ratio only.
// Run: npm run bench -- [--n 200] [--reps 3] [--only attach,existing,...] [--json FILE] [--limit PATH]
import { writeFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { bulks, measureBulk, type Bulk } from "./bulk.js";
import { findLimit, type Limit } from "./limit.js";
import { eventLoop, importTime, requests, sandboxes } from "./process/index.js";
import { bulkTable, limitName, sentence, table } from "./report.js";
import type { Contender } from "./session.js";
import { spreadOf, summarize } from "./statistics.js";
import { measure, workloads, type Size, type Workload } from "./workload.js";

const processes = [
  { key: "loop", title: "event loop during 1,000 concurrent attaches", run: eventLoop },
  { key: "requests", title: "100,000 requests, 100 a tick", run: requests },
  { key: "memory", title: "1,000 open sandboxes", run: sandboxes },
  { key: "import", title: 'import "vethwork" over bare Node.js', run: importTime },
];
const keys = [...workloads, ...bulks, ...processes].map(({ key }) => key);

const { values } = parseArgs({
  options: {
    n: { type: "string", default: "200" },
    reps: { type: "string", default: "3" },
    only: { type: "string", default: keys.join(",") },
    json: { type: "string" },
    limit: { type: "string" },
  },
});

interface Comparison {
  readonly layers?: readonly string[];
  /** How the limit is to do it. */
  readonly limitWords?: readonly string[];
}

function contenders(
  limit: Limit | undefined,
  { layers = ["netlink", "controller", "durable"], limitWords = ["--async", "--q1"] }: Comparison,
): readonly Contender[] {
  const contender = path.join(import.meta.dirname, "contender.js");
  const ours = layers.map((layer) => ({
    name: layer,
    command: [process.execPath, contender, "--layer", layer],
  }));
  if (limit === undefined) return ours;
  return [{ name: limitName, command: [limit.program, "serve", ...limitWords] }, ...ours];
}

async function progress<T>(key: string, total: number, work: (tick: () => void) => Promise<T>) {
  const bar = process.stderr.isTTY
    ? new cliProgress.SingleBar({ format: `${key} [{bar}] {percentage}% {eta_formatted}` })
    : undefined;
  bar?.start(total, 0);
  try {
    return await work(() => bar?.increment());
  } finally {
    bar?.stop();
  }
}

function compare(workload: Workload, all: readonly Contender[], size: Size) {
  const total = 2 * size.n * size.reps * all.length;
  return progress(workload.key, total, (tick) => measure(workload, all, size, tick));
}

function compareBulk(bulk: Bulk, all: readonly Contender[], reps: number) {
  const total = (reps * 5 + 1) * all.length;
  return progress(bulk.key, total, (tick) => measureBulk(bulk, all, reps * 5, tick));
}

function numberOption(name: "n" | "reps"): number {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`--${name} is a whole number above 0, not ${values[name]}`);
}

const wanted = values.only.split(",");
const unknown = wanted.find((key) => !keys.includes(key));
if (unknown !== undefined) throw new Error(`--only: ${unknown} is none of ${keys.join(", ")}`);
const size = { n: numberOption("n"), reps: numberOption("reps") };
const found = findLimit(values.limit ?? process.env["VETHWORK_BENCH_LIMIT"]);
using limit = typeof found === "string" ? undefined : found;
if (typeof found === "string") console.log(found);

const results: Record<string, unknown> = {};
for (const workload of workloads) {
  if (!wanted.includes(workload.key)) continue;
  const samples = await compare(workload, contenders(limit, workload), size);
  console.log(`${table(workload, samples)}\n`);
  results[workload.key] = Object.fromEntries(
    [...samples].map(([name, { add, remove }]) => [
      name,
      { add: summarize(add), remove: summarize(remove) },
    ]),
  );
}
for (const bulk of bulks) {
  if (!wanted.includes(bulk.key)) continue;
  const samples = await compareBulk(bulk, contenders(limit, bulk), size.reps);
  console.log(`${bulkTable(bulk, samples)}\n`);
  results[bulk.key] = Object.fromEntries(
    [...samples].map(([name, columns]) => [
      name,
      Object.fromEntries([...columns].map(([column, taken]) => [column, spreadOf(taken)])),
    ]),
  );
}
for (const { key, title, run } of processes) {
  if (!wanted.includes(key)) continue;
  const measured = await run();
  console.log(`${sentence(title, measured)}\n`);
  results[key] = measured;
}
if (values.json !== undefined) {
  const [cpu] = cpus();
  const machine = {
    kernel: release(),
    cpu: `${cpu?.model.trim() ?? "unknown"} x${cpus().length}`,
    node: process.version,
    load: loadavg(),
  };
  const report = { unit: "us", ...size, machine, results };
  writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
}
