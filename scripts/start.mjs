// Builds what is needed and shows the demo, in namespaces of its own: nothing on the machine changes.
// Run: npm start   (words after `--` go to the demo)

import { setup } from "./setup.mjs";
import { runNodePrivately } from "./support/private.mjs";
import { main } from "./support/trouble.mjs";

await main(async () => {
  await setup();
  process.exitCode = await runNodePrivately(["out/examples/demo.js", ...process.argv.slice(2)]);
});
