// Runs tests on other kernels, Debian ones in an emulator: those that this machine's kernel lacks something for,
// and those that take another way on the other kernel (vm/kernels.mjs).
// Run: npm run test:vm
//      npm run test:vm -- --kernel 6.1 test/kernel/links.test.ts
//      npm run test:vm -- --grep dummy
// Needs x86-64 and Debian's qemu-system-x86, busybox-static, cpio, kmod, xz-utils; boot.sh says what is missing.
// The last line adds up the kernels: "N passed, N failed, N skipped".

import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { setup } from "./setup.mjs";
import { helper, inTree } from "./support/paths.mjs";
import { runQuietly, runShown } from "./support/run.mjs";
import { main, Trouble } from "./support/trouble.mjs";
import { kernelOf, kernels } from "./vm/kernels.mjs";

const slowness = 20; // times longer than outside is what a test may take: 400 s

function compiled(file) {
  const made = file.replace(/^(?:\.\/)?test\//, "out/test/").replace(/\.ts$/, ".js");
  if (!existsSync(inTree(made))) throw new Trouble(`there is no test file ${file}`);
  return made;
}

/** What lacking.mjs finds here: a list of `{ file, title, skipped }`. */
async function testsFor(series) {
  const whole = series.flatMap((kernel) => kernelOf(kernel).differs).map(compiled);
  const words = ["private", "--run-tmpfs", "--", process.execPath, "scripts/vm/lacking.mjs"];
  const { stdout } = await runQuietly(helper, [...words, ...new Set(whole)]);
  const { needs, tests } = JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1));
  console.log(`this kernel lacks ${needs.join(", ") || "nothing"}`);
  return tests;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Mocha's arguments for a kernel, and how many tests there have to be at least. */
function choiceFor(kernel, tests, grep) {
  const whole = kernelOf(kernel).differs.map(compiled);
  const chosen = tests.filter(({ file, skipped }) => skipped || whole.includes(file));
  const files = [...new Set(chosen.map(({ file }) => file))];
  if (grep !== undefined) return { args: ["--grep", grep, ...files], least: 1 };
  const titles = chosen.map(({ title }) => escaped(title));
  return { args: ["--grep", `^(?:${titles.join("|")})$`, ...files], least: chosen.length };
}

/** Resolves to how many passed, failed and were skipped; what goes wrong beside them is one failure more. */
async function runOn(kernel, seconds, { args, least }, show) {
  const excused = kernelOf(kernel).lacks.map((need) => `-${need}`);
  const required = [process.env.VETHWORK_TEST_REQUIRE ?? "", "kernel", ...excused].join(",");
  const command = [
    ...["env", `VETHWORK_TEST_SLOWNESS=${slowness}`, `VETHWORK_TEST_REQUIRE=${required}`],
    ...[helper, "private", "--run-tmpfs", "--", process.execPath, "--enable-source-maps"],
    ...["node_modules/mocha/bin/mocha.js", "--require", "out/test/support/hooks.js", ...args],
  ];
  show(`\n--- Linux ${kernel}\n`);
  const boot = inTree("scripts/vm/boot.sh");
  const { code, output } = await runShown(boot, [kernel, seconds, ...command], show);
  const line = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(output);
  const [passed = 0, failed = 0, skipped = 0] = line?.slice(1).map(Number) ?? [];
  let wrong;
  if (line === null) wrong = `the tests did not come to their end (exit code ${code})`;
  else if (passed + failed + skipped < least) wrong = `there are ${least} tests to be run`;
  else if (code !== 0 && failed === 0) wrong = `exit code ${code}`;
  if (wrong === undefined) return { passed, failed, skipped };
  show(`vethwork: Linux ${kernel}: ${wrong}\n`);
  return { passed, failed: failed + 1, skipped };
}

/** A machine keeps little more than one core busy. What each job shows comes after what the ones before it show. */
async function sideBySide(jobs) {
  const held = jobs.map(() => "");
  const ended = jobs.map(() => false);
  let shown = 0; // all before this one have ended, and it shows what it says at once
  return Promise.all(
    jobs.map(async (job, at) => {
      const result = await job((text) => {
        if (at === shown) process.stdout.write(text);
        else held[at] += text;
      });
      ended[at] = true;
      while (ended[shown] && ++shown < jobs.length) process.stdout.write(held[shown]);
      return result;
    }),
  );
}

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kernel: { type: "string", multiple: true, default: kernels.map(({ series }) => series) },
      seconds: { type: "string", default: "600" },
      grep: { type: "string" },
    },
  });
  await setup();
  const { kernel: series, seconds } = values;
  const grep = values.grep ?? (positionals.length > 0 ? "" : undefined);
  const found =
    positionals.length > 0
      ? positionals.map((file) => ({ file: compiled(file), title: "", skipped: true }))
      : await testsFor(series);
  const jobs = series
    .map((kernel) => ({ kernel, choice: choiceFor(kernel, found, grep) }))
    .filter(({ choice }) => choice.least > 0);
  const counts = await sideBySide(
    jobs.map(
      ({ kernel, choice }) =>
        (show) =>
          runOn(kernel, seconds, choice, show),
    ),
  );
  const sum = (what) => counts.reduce((total, one) => total + one[what], 0);
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
  process.exitCode = sum("failed") > 0 || sum("passed") === 0 ? 1 : 0;
});
