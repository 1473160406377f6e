// The store that outlives processes: opens the one in a folder, and does what it is told.
import { CnmError } from "#lib/netlink.js";
import { openLmdbStore } from "#lib/store/lmdb.js";
import type { Change, Store } from "#lib/store/contract.js";
import { accessSync, existsSync } from "node:fs";
import { join } from "node:path";

const [, , verb = "", folder = ""] = process.argv;
const place = { stateDirectory: join(folder, "state"), runDirectory: join(folder, "run") };

/** One round: three kinds in memory, and now and then one on disk; all say the round. */
function changesOf(round: number): readonly Change[] {
  const kinds = ["endpoint", "sandbox", "lease"] as const;
  return kinds.map((kind) => ({ kind, id: "newest", value: round }));
}

/** Seen by strace(1). */
function mark(name: string): void {
  try {
    accessSync(`/mark-${name}`);
  } catch {
    return;
  }
}

const verbs: Record<string, (store: Store) => Promise<void>> = {
  async export(store) {
    process.stdout.write(JSON.stringify(await store.export()));
    await store.close();
  },

  async read(store) {
    await store.export();
    process.stdout.write("sound");
    await store.close();
  },

  /** Until it is killed; prints a round when it is resolved. */
  async loop(store) {
    for (let round = 1; ; round += 1) {
      await store.write(changesOf(round));
      if (round % 16 === 0) {
        await store.write(["a", "b"].map((id) => ({ kind: "network", id, value: round })));
      }
      process.stdout.write(`${round}\n`);
    }
  },

  async passing(store) {
    mark("begin");
    for (let round = 1; round <= 100; round += 1) await store.write(changesOf(round));
    mark("end");
    await store.close();
    process.stdout.write("done");
  },

  async lasting(store) {
    mark("begin");
    await store.put("network", "n", 1);
    mark("end");
    await store.close();
    process.stdout.write("done");
  },

  /** What a disk that fails once says, and whether the next write is done. */
  async failing(store) {
    await store.put("network", "n", "before");
    existsSync("/faults/begin");
    const error = await store.put("network", "n", "failed").catch((thrown: unknown) => thrown);
    existsSync("/faults/end");
    const between = await store.get("network", "n");
    await store.put("network", "n", "after");
    const after = await store.get("network", "n");
    process.stdout.write(JSON.stringify([(error as CnmError).code, between, after]));
    await store.close();
  },

  /** Writes a lease and ends without close(). */
  async leave(store) {
    await store.put("lease", "10.0.0.2", "left");
    await store.put("endpoint", "e", "left");
    process.stdout.write("done");
  },
};

try {
  await verbs[verb]?.(await openLmdbStore(place));
} catch (error) {
  if (!(error instanceof CnmError)) throw error;
  process.stdout.write(`${error.code} ${String(error.context["path"])}`);
}
