import { accessSync, constants, mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CnmError, messageOf } from "../errors.js";

/**
 * Where namespaces are pinned and sandboxes have their files: an option; else `/run/<instance>` if it
 * can be made, else `$XDG_RUNTIME_DIR/<instance>`, else a folder of its own under the temporary one.
 * Rights are judged by trying. Several controllers may share one.
 * @internal
 */
export class RunDirectory {
  readonly path: string;
  /** Told by the user: of it, only what this controller made is removed again. */
  readonly #told: boolean;
  /** What this controller made, outermost first. */
  readonly #made: string[] = [];

  constructor(wanted: string | undefined, name: string) {
    this.#told = wanted !== undefined;
    if (wanted !== undefined) {
      this.path = this.#makeOrThrow(wanted);
      return;
    }
    const runtime = process.env["XDG_RUNTIME_DIR"];
    this.path =
      this.#make(`/run/${name}`) ??
      (runtime ? this.#make(join(runtime, name)) : undefined) ??
      this.#makeOrThrow(this.#temporary(name));
  }

  /** Where the namespace of the sandbox with this id is pinned; the folder is there. */
  pin(id: string): string {
    const folder = join(this.path, "netns");
    this.#mkdir(folder); // another controller may have removed it when it was empty
    return join(folder, id);
  }

  /** The folder of a sandbox's own files; made when first asked for. */
  sandbox(id: string): string {
    this.#mkdir(join(this.path, "sandboxes"));
    const path = join(this.path, "sandboxes", id);
    mkdirSync(path, { recursive: true, mode: 0o755 });
    return path;
  }

  removeSandbox(id: string): void {
    rmSync(join(this.path, "sandboxes", id), { recursive: true, force: true });
  }

  /** Removes what nobody else uses: the last controller to close takes a usual place away. */
  close(): void {
    const usual = [join(this.path, "netns"), join(this.path, "sandboxes"), this.path];
    for (const path of this.#told ? this.#made.reverse() : usual) removeIfEmpty(path);
  }

  /** As `mkdir -p`, remembering every folder that was not there. */
  #mkdir(path: string): void {
    const first = mkdirSync(path, { recursive: true, mode: 0o755 });
    if (first === undefined) return;
    const made: string[] = [];
    for (let at = path; at.length >= first.length; at = dirname(at)) made.unshift(at);
    this.#made.push(...made.filter((one) => !this.#made.includes(one)));
  }

  #temporary(name: string): string {
    const path = mkdtempSync(join(tmpdir(), `${name}-`));
    this.#made.push(path);
    return path;
  }

  // One that is there already may be another user's.
  #makeWritable(path: string): string {
    const pins = join(path, "netns");
    this.#mkdir(pins);
    for (const folder of [path, pins]) accessSync(folder, constants.W_OK);
    return path;
  }

  #makeOrThrow(path: string): string {
    try {
      return this.#makeWritable(path);
    } catch (error) {
      throw new CnmError(
        "ERR_CNM_UNSUPPORTED",
        `open controller: runDirectory: cannot make ${path}: ${messageOf(error)}; give one that this user may write`,
        { field: "runDirectory", path },
        { cause: error },
      );
    }
  }

  #make(path: string): string | undefined {
    try {
      return this.#makeWritable(path);
    } catch {
      return undefined; // the next place is tried; the last one throws
    }
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
