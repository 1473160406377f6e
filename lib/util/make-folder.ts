import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * As `mkdir -p`. Returns the folders that it made, outermost first. Not by `recursive` alone: below
 * /proc, where nothing can be made, that never ends (Node.js 20).
 *
 * @throws {NodeJS.ErrnoException} EACCES, ENOENT, EROFS; EEXIST and ENOTDIR where a file is in the way.
 */
export function makeFolder(path: string, mode: number): readonly string[] {
  const missing: string[] = [];
  for (let at = path; !existsSync(at); at = dirname(at)) missing.unshift(at);
  if (missing.length === 0) mkdirSync(path, { recursive: true }); // throws where it is a file
  return missing.filter((folder) => madeNow(folder, mode));
}

/** False where somebody else has made it meanwhile. */
function madeNow(folder: string, mode: number): boolean {
  try {
    mkdirSync(folder, { mode });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
