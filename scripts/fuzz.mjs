// Feeds the codec and the netlink socket with broken messages, under sanitizers, until the time is over.
// Run: npm run fuzz -- --seconds 600
//      npm run fuzz -- --target json     one of json, netlink, socket
//      npm run fuzz -- --record          writes the seeds anew: what this kernel answers
// Needs clang++ with libFuzzer (Debian: apt-get install clang libclang-rt-14-dev), cmake and ninja.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { inTree } from "./support/paths.mjs";
import { runAttached, runQuietly } from "./support/run.mjs";
import { canRun } from "./support/toolchain.mjs";
import { main, Trouble } from "./support/trouble.mjs";
import { dumpSeeds, jsonSeeds, socketSeeds } from "./fuzz/seeds.mjs";

const build = "build-fuzz";
const corpus = "test/native/fuzz/corpus";
const targets = { json: jsonSeeds, netlink: dumpSeeds, socket: socketSeeds };

const limits = ["-max_len=4096", "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"];

async function compile(names) {
  if (!canRun("clang++")) {
    throw new Trouble(
      "needs clang++ for its fuzzer; install it (Debian: apt-get install clang libclang-rt-14-dev)",
    );
  }
  const configure = ["-S", ".", "-B", build, "-G", "Ninja", "-DVETHWORK_NATIVE_TESTS=ON"];
  await runQuietly("cmake", [...configure, "-DCMAKE_CXX_COMPILER=clang++"]);
  await runQuietly("cmake", ["--build", build, "--target", ...names]);
}

/** What fits into a folder of its own, which libFuzzer adds to: the next run goes on from there. */
function plant(target) {
  const folder = inTree(build, "work", target);
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of targets[target](inTree(corpus))) {
    writeFileSync(path.join(folder, `seed-${name}`), bytes);
  }
  return folder;
}

/** Resolves to how many inputs were tried. */
async function fuzz(target, seconds) {
  const folder = plant(target);
  const crashes = inTree(build, "crashes", `${target}-`);
  mkdirSync(path.dirname(crashes), { recursive: true });
  const log = inTree(build, `${target}.log`);
  const options = [...limits, `-max_total_time=${seconds}`, `-artifact_prefix=${crashes}`];
  const words = [inTree(build, `fuzz-${target}`), ...options, folder].map((word) => `'${word}'`);
  const code = await runAttached("bash", ["-c", `exec ${words.join(" ")} >'${log}' 2>&1`]);
  const text = readFileSync(log, "utf8");
  if (code !== 0) {
    throw new Trouble(`fuzz-${target} failed (exit code ${code}); see ${log}`, text.slice(-6000));
  }
  return Number(/number_of_executed_units: (\d+)/.exec(text)?.[1] ?? 0);
}

async function record() {
  await compile(["fuzz-record"]);
  const folder = inTree(corpus, "netlink");
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) rmSync(path.join(folder, file));
  const script = `scripts/fuzz/populate.sh && ${build}/fuzz-record ${folder}`;
  const code = await runAttached("unshare", ["--net", "--mount", "bash", "-c", script]);
  if (code !== 0) throw new Trouble(`the seeds could not be recorded (exit code ${code})`);
}

await main(async () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "30" },
      target: { type: "string" },
      record: { type: "boolean", default: false },
    },
  });
  if (values.record) return record();
  const names = values.target === undefined ? Object.keys(targets) : [values.target];
  const wrong = names.find((name) => !Object.hasOwn(targets, name));
  if (wrong !== undefined) {
    throw new Trouble(
      `there is no target \`${wrong}\`; there are ${Object.keys(targets).join(", ")}`,
    );
  }
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < names.length) {
    throw new Trouble(`--seconds is a whole number of at least ${names.length}`);
  }
  await compile(names.map((name) => `fuzz-${name}`));
  for (const name of names) {
    const tried = await fuzz(name, Math.floor(seconds / names.length));
    console.log(`fuzz-${name}: ${tried.toLocaleString("en")} inputs, nothing found`);
  }
});
