import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of a test's own, for `using`. */
export function newFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "vethwork-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
