// Prints, as one line of JSON, which kernel tests this kernel skips, and what it lacks:
// `{ needs, tests: [{ file, title, skipped }] }`. Of the files that are given it lists all tests.
// Runs where tests run (vm.mjs sees to it). Other files are looked at only where one of their needs is not met here.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { inTree } from "../support/paths.mjs";
import { filesIn } from "../support/stamp.mjs";

const { isOfKernel, lackOf } = await import(inTree("out/test/support/needs.js"));

/** What a test file asks the kernel for, as words of needs.ts: `"link:dummy"`, `"tun"`. */
function needsOf(file) {
  const words = readFileSync(inTree(file), "utf8").match(/(?<=")[a-z][\w:.-]+(?=")/g) ?? [];
  return [...new Set(words)].filter(isOfKernel);
}

const lacks = (need) => lackOf(need) !== undefined;

const byFile = new Map(
  filesIn("out/test/kernel", /\.test\.js$/).map((file) => [file, needsOf(file).filter(lacks)]),
);
const whole = process.argv.slice(2);
const files = [...byFile.keys()].filter((file) => byFile.get(file).length > 0);

function mochaOn(some, ...options) {
  if (some.length === 0) return { tests: [], pending: [] };
  const mocha = ["node_modules/mocha/bin/mocha.js", "--require", "out/test/support/hooks.js"];
  const args = [...mocha, "--reporter", "json", ...options, ...some];
  const { stdout } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    cwd: inTree(),
    maxBuffer: 1 << 28,
    env: { ...process.env, VETHWORK_TEST_REQUIRE: "" },
  });
  return JSON.parse(stdout.slice(stdout.indexOf("{")));
}

/** Runs them here, where they take seconds, to see which skip. */
function skippedIn(some) {
  const { pending } = mochaOn(some);
  return pending.filter(({ fullTitle }) => !/\(needs (?:program:|root|ptrace)/.test(fullTitle));
}

const asTest = (skipped) => (test) => ({
  file: path.relative(inTree(), test.file),
  title: test.fullTitle.replace(/ \(needs .*$/, ""),
  skipped,
});
const skipped = skippedIn(files).map(asTest(true));
const titles = new Set(skipped.map(({ title }) => title));
const others = mochaOn(whole, "--dry-run").tests.map(asTest(false));
const tests = [...skipped, ...others.filter(({ title }) => !titles.has(title))];
const needs = [...new Set([...byFile.values()].flat())];
process.stdout.write(`\n${JSON.stringify({ needs, tests })}\n`);
