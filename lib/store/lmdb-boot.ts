import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { storeError } from "./lmdb-errors.js";

/**
 * The folder of this boot in the run directory; those of other boots are removed. Nothing is made.
 * @internal
 */
export async function bootFolder(runDirectory: string): Promise<string> {
  const bootId = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  try {
    for (const name of await namesIn(runDirectory)) {
      if (!bootPattern.test(name) || name === bootId) continue;
      await rm(join(runDirectory, name), { recursive: true, force: true });
    }
  } catch (error) {
    throw storeError("open store", runDirectory, error);
  }
  return join(runDirectory, bootId);
}

const bootPattern = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
