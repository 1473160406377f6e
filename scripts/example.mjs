// Builds what is needed and runs one example, in namespaces of its own.
// Run: npm run example two-sandboxes

import { setup } from "./setup.mjs";
import { filesIn } from "./support/stamp.mjs";
import { runNodePrivately } from "./support/private.mjs";
import { main, Trouble } from "./support/trouble.mjs";

await main(async () => {
  const names = filesIn("examples", /^examples\/[^/]+\.ts$/).map((file) =>
    file.slice("examples/".length, -3),
  );
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined || !names.includes(name)) {
    throw new Trouble(`npm run example NAME, where NAME is one of: ${names.join(", ")}`);
  }
  await setup();
  process.exitCode = await runNodePrivately([`out/examples/${name}.js`, ...args]);
});
