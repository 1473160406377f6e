import { addon } from "#lib/native.js";
import type { Context, RootHookObject } from "mocha";
import { stretchTimeouts } from "./slowness.js";
import { added, traces, type Traces } from "./traces.js";
import { until } from "./wait.js";

let before: Traces = new Set();

// Under sanitizers their runtime is preloaded: into us, not into the programs that tests start, but
// for those that load the addon too.
process.env["VETHWORK_TEST_PRELOAD"] ??= process.env["LD_PRELOAD"] ?? "";
delete process.env["LD_PRELOAD"];

stretchTimeouts();

/** Loaded by scripts/test.mjs for every kind: a test that leaves something behind fails. */
export const mochaHooks: RootHookObject = {
  beforeAll() {
    addon(); // holds a descriptor of the namespace it was loaded in, for as long as it is loaded
  },

  beforeEach() {
    before = traces();
  },

  async afterEach(this: Context) {
    const left = () => added(before, traces());
    try {
      // The kernel, and so our threads, clean up for a while after a removal has been answered.
      await until("nothing is left", () => left().length === 0);
    } catch {
      const leaked = left();
      if (leaked.length > 0) failTest(this, new Error(`the test leaves ${leaked.join(", ")}`));
    }
  },
};

/** What a hook throws ends the whole run; this fails the one test. Mocha's types do not have it. */
function failTest(context: Context, error: Error): void {
  (context.test as unknown as { error(error: Error): void }).error(error);
}
