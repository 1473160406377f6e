// Builds what is needed and runs the tests, in namespaces of their own: nothing on the machine changes.
// Run: npm test                          all of them
//      npm test -- unit kernel           two kinds
//      npm test -- kernel -- --grep veth words after the second `--` go to mocha

import { setup } from "./setup.mjs";
import { runNodePrivately } from "./support/private.mjs";
import { filesIn } from "./support/stamp.mjs";
import { main, Trouble } from "./support/trouble.mjs";

const kinds = ["unit", "codec", "contract", "kernel", "process"];

await main(async () => {
  const words = process.argv.slice(2);
  const cut = words.includes("--") ? words.indexOf("--") : words.length;
  const wanted = words.slice(0, cut);
  const wrong = wanted.find((kind) => !kinds.includes(kind));
  if (wrong !== undefined) {
    throw new Trouble(`there are no tests of kind \`${wrong}\`; the kinds are ${kinds.join(", ")}`);
  }

  await setup();
  const folders = (wanted.length > 0 ? wanted : kinds).map((kind) => `out/test/${kind}`);
  const specs = folders.flatMap((folder) => filesIn(folder, /\.test\.js$/));
  if (specs.length === 0) throw new Trouble(`there are no tests in ${folders.join(", ")}`);
  const options = words.slice(cut + 1);
  process.exitCode = await runNodePrivately([
    "node_modules/mocha/bin/mocha.js",
    ...["--require", "out/test/support/hooks.js"],
    ...options,
    ...specs,
  ]);
});
