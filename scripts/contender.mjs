// Builds what is needed and becomes the benchmark contender: one request a line on stdin, one answer a line on
// stdout, so nothing else is ever written there. Its caller has made the namespaces already.
// Run: node scripts/contender.mjs [ARGUMENT]...

import { setup } from "./setup.mjs";
import { inTree } from "./support/paths.mjs";
import { main } from "./support/trouble.mjs";

await main(setup);

if (process.exitCode === undefined) {
  // In this very process: a second one would add its start, its memory and a hop for signals.
  const program = inTree("out/bench/contender.js");
  process.argv[1] = program;
  await import(program);
}
