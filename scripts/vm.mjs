// Runs tests on another kernel, a Debian one in an emulator: those that this machine's kernel lacks something for.
// Run: npm run test:vm                                    what this kernel skips
//      npm run test:vm -- --kernel 6.1 test/kernel/links.test.ts
//      npm run test:vm -- --grep dummy test/kernel/link-dummy.test.ts
// Needs x86-64 and Debian's qemu-system-x86, busybox-static, cpio, kmod, xz-utils; boot.sh says what is missing.

import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { setup } from "./setup.mjs";
import { helper, inTree } from "./support/paths.mjs";
import { runAttached, runQuietly } from "./support/run.mjs";
import { main, Trouble } from "./support/trouble.mjs";

const slowness = 50;
const otherwise = ["test/kernel/links.test.ts"]; // where this kernel lacks nothing

function compiled(file) {
  const made = file.replace(/^(?:\.\/)?test\//, "out/test/").replace(/\.ts$/, ".js");
  if (!existsSync(inTree(made))) throw new Trouble(`there is no test file ${file}`);
  return made;
}

/** The tests that this kernel skips: files, full titles, what they need. */
async function lacking() {
  const words = ["private", "--run-tmpfs", "--", process.execPath, "scripts/vm/lacking.mjs"];
  const { stdout } = await runQuietly(helper, words);
  return JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1));
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

async function chosen(files, grep) {
  if (files.length > 0) return { files, grep, needs: [] };
  const { files: found, titles, needs } = await lacking();
  if (titles.length === 0) {
    console.log(`this kernel lacks nothing: ${otherwise.join(", ")} instead`);
    return { files: otherwise, grep, needs: [] };
  }
  console.log(`${titles.length} tests need what this kernel lacks: ${needs.join(", ")}`);
  return { files: found, grep: grep ?? `^(?:${titles.map(escaped).join("|")})$`, needs };
}

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kernel: { type: "string", default: "6.12" },
      seconds: { type: "string", default: "900" },
      grep: { type: "string" },
    },
  });
  await setup();
  const { files, grep, needs } = await chosen(positionals, values.grep);
  const mocha = [
    ...[process.execPath, "--enable-source-maps", "node_modules/mocha/bin/mocha.js"],
    ...["--require", "out/test/support/hooks.js"],
    ...(grep === undefined ? [] : ["--grep", grep]),
    ...files.map(compiled),
  ];
  const environment = [
    `VETHWORK_TEST_SLOWNESS=${slowness}`,
    `VETHWORK_TEST_REQUIRE=${needs.join(",")}`,
  ];
  process.exitCode = await runAttached(inTree("scripts/vm/boot.sh"), [
    ...[values.kernel, values.seconds],
    ...["env", ...environment, helper, "private", "--run-tmpfs", "--", ...mocha],
  ]);
});
