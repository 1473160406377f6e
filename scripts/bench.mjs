// Builds what is needed and runs the benchmarks, in namespaces of their own.
// Run: npm run bench   (words after `--` go to bench/bench.ts)

import { setup } from "./setup.mjs";
import { runNodePrivately } from "./support/private.mjs";
import { main } from "./support/trouble.mjs";

await main(async () => {
  await setup();
  process.exitCode = await runNodePrivately(["out/bench/bench.js", ...process.argv.slice(2)]);
});
