import { accessSync, constants, mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CnmError, messageOf } from "../errors.js";

/**
 * Where namespaces are pinned and sandboxes have their files: an option; else `/run/<instance>` if it
 * can be made, else `$XDG_RUNTIME_DIR/<instance>`, else a folder of its own under the temporary one.
 * Rights are judged by trying.
 * @internal
 */
export class RunDirectory {
  readonly path: string;
  readonly #temporary: boolean;

  constructor(wanted: string | undefined, name: string) {
    if (wanted !== undefined) {
      this.path = makeOrThrow(wanted);
      this.#temporary = false;
      return;
    }
    const runtime = process.env["XDG_RUNTIME_DIR"];
    const usual = make(`/run/${name}`) ?? (runtime ? make(join(runtime, name)) : undefined);
    this.#temporary = usual === undefined;
    this.path = usual ?? makeOrThrow(mkdtempSync(join(tmpdir(), `${name}-`)));
  }

  /** Where the namespace of the sandbox with this id is pinned. */
  pin(id: string): string {
    return join(this.path, "netns", id);
  }

  /** The folder of a sandbox's own files; made when first asked for. */
  sandbox(id: string): string {
    const path = join(this.path, "sandboxes", id);
    mkdirSync(path, { recursive: true, mode: 0o755 });
    return path;
  }

  removeSandbox(id: string): void {
    rmSync(join(this.path, "sandboxes", id), { recursive: true, force: true });
  }

  /** Removes what is empty: another controller may use the same folder. */
  close(): void {
    for (const folder of ["netns", "sandboxes"]) removeIfEmpty(join(this.path, folder));
    if (this.#temporary || this.path.startsWith("/run/")) removeIfEmpty(this.path);
  }
}

// One that is there already may be another user's.
function makeWritable(path: string): void {
  const pins = join(path, "netns");
  mkdirSync(pins, { recursive: true, mode: 0o755 });
  for (const folder of [path, pins]) accessSync(folder, constants.W_OK);
}

function makeOrThrow(path: string): string {
  try {
    makeWritable(path);
    return path;
  } catch (error) {
    throw new CnmError(
      "ERR_CNM_UNSUPPORTED",
      `runDirectory: cannot make ${path}: ${messageOf(error)}; give one that this user may write`,
      { field: "runDirectory", path },
      { cause: error },
    );
  }
}

function make(path: string): string | undefined {
  try {
    makeWritable(path);
    return path;
  } catch {
    return undefined; // the next place is tried; the last one throws
  }
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOENT" && code !== "EBUSY") {
      throw error;
    }
  }
}
