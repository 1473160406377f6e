// Prints, as one line of JSON, which kernel tests this kernel skips: their files, full titles, and what they need.
// Runs where tests run (vm.mjs sees to it): a file is looked at only where one of its needs is not met here.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { inTree } from "../support/paths.mjs";
import { filesIn } from "../support/stamp.mjs";

const { lackOf } = await import(inTree("out/test/support/needs.js"));

const lacks = (need) => lackOf(need) !== undefined;

/** What a test file asks the kernel for, as words of needs.ts: `"link:dummy"`. */
function needsOf(file) {
  const words = readFileSync(inTree(file), "utf8").match(/(?<=")[a-z]+:[\w.-]+(?=")/g) ?? [];
  return [...new Set(words)].filter((word) => isNeed(word));
}

// Programs are this machine's, and the emulator runs on its files.
function isNeed(word) {
  if (word.startsWith("program:")) return false;
  try {
    lackOf(word);
    return true;
  } catch {
    return false; // a word with a colon that is none of needs.ts
  }
}

const byFile = new Map(
  filesIn("out/test/kernel", /\.test\.js$/).map((file) => [file, needsOf(file).filter(lacks)]),
);
const files = [...byFile.keys()].filter((file) => byFile.get(file).length > 0);

/** Runs them here, where they take seconds, to see which skip. */
function skippedIn(some) {
  const { stdout } = spawnSync(
    process.execPath,
    [
      ...["node_modules/mocha/bin/mocha.js", "--require", "out/test/support/hooks.js"],
      ...["--reporter", "json", ...some],
    ],
    {
      encoding: "utf8",
      cwd: inTree(),
      maxBuffer: 1 << 28,
      env: { ...process.env, VETHWORK_TEST_REQUIRE: "" },
    },
  );
  const { pending } = JSON.parse(stdout.slice(stdout.indexOf("{")));
  return pending.filter(({ fullTitle }) => !/\(needs (?:program:|root|ptrace)/.test(fullTitle));
}

const pending = files.length === 0 ? [] : skippedIn(files);
const titles = pending.map(({ fullTitle }) => fullTitle.replace(/ \(needs .*$/, ""));
const used = files.filter((file) => pending.some((test) => test.file.endsWith(file)));
const needs = [...new Set(used.flatMap((file) => byFile.get(file)))];
process.stdout.write(`\n${JSON.stringify({ files: used, titles, needs })}\n`);
