// From a fresh clone to something that runs: dependencies, addon, TypeScript; each only when it is stale.
// Says what it does on stderr, so that a caller's stdout stays its own.
// Run: npm run compile   (not "build": npm would take "prebuild" for what comes before it)

import { withBuildLock } from "./support/lock.mjs";
import { addon, dependencies, scripts } from "./support/steps.mjs";
import { checkPlatform, checkToolchain } from "./support/toolchain.mjs";
import { main } from "./support/trouble.mjs";

const say = (text) => process.stderr.write(text);

/** Makes what is stale. Throws Trouble, whose message says what to do. */
export async function setup() {
  checkPlatform();
  if (![dependencies, addon, scripts].some((step) => step.stale())) return;
  await withBuildLock(
    async () => {
      // Before anything slow, so that a machine that cannot build says so at once.
      const compiler = addon.stale() ? checkToolchain() : undefined;
      for (const step of [dependencies, addon, scripts]) {
        if (step.stale()) await timed(step.title, () => step.run(compiler));
      }
    },
    () => say("vethwork: another process is building here; waiting for it\n"),
  );
}

async function timed(title, work) {
  const start = performance.now();
  say(`vethwork: ${title} ... `);
  try {
    await work();
  } catch (error) {
    say("failed\n");
    throw error;
  }
  say(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

if (process.argv[1] === import.meta.filename) await main(setup);
