import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CnmError, messageOf } from "../errors.js";
import { makeFolder } from "../util/make-folder.js";

/**
 * Where namespaces are pinned and sandboxes have their files, in a folder of each controller's own:
 * an option; else `/run/<instance>` if it
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
  #own = "";
  #owner = "";
  #claimed = false;

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

  /**
   * From now on it is this controller's folder in it that is used.
   *
   * @param owner Whose it is, for whoever comes when its state is lost: who has the same one now knows
   *   that nobody else is at work in it.
   */
  use(controllerId: string, owner: string): void {
    this.#own = join(this.path, controllerId);
    this.#owner = owner;
  }

  /** Other controllers of the same owner that have something here. */
  othersOfOwner(): readonly string[] {
    return namesIn(this.path).filter((id) => {
      const folder = join(this.path, id);
      if (!isId.test(id) || folder === this.#own || readOwner(folder) !== this.#owner) return false;
      return foldersIn(folder).some((one) => namesIn(one).length > 0);
    });
  }

  /** Where a store keeps what dies with the boot. */
  get state(): string {
    return join(this.path, "state");
  }

  /** Where the namespace of the sandbox with this id is pinned; the folder is there. */
  pin(id: string): string {
    this.#mkdirOrThrow(this.#pins);
    return join(this.#pins, id);
  }

  /** Ids that have something at {@link pin}. */
  pinned(): readonly string[] {
    return namesIn(this.#pins);
  }

  /** Paths at which another controller, which shares this directory, has pinned namespaces. */
  pinnedBy(controllerId: string): readonly string[] {
    const folder = join(this.path, controllerId, "netns");
    return namesIn(folder).map((name) => join(folder, name));
  }

  /** Removes the folder of another controller, in which nothing is mounted any more. */
  removeOf(controllerId: string): void {
    remove(join(this.path, controllerId));
  }

  /** The folder of a sandbox's own files, if it is there. */
  existingSandbox(id: string): string | undefined {
    const path = join(this.#sandboxes, id);
    return existsSync(path) ? path : undefined;
  }

  /** The folder of a sandbox's own files; made when first asked for. */
  sandbox(id: string): string {
    this.#mkdirOrThrow(this.#sandboxes);
    const path = join(this.#sandboxes, id);
    try {
      makeFolder(path, 0o755);
    } catch (error) {
      throw unusable("make", path, error);
    }
    return path;
  }

  /** Ids that have a folder. */
  sandboxes(): readonly string[] {
    return namesIn(this.#sandboxes);
  }

  removeSandbox(id: string): void {
    remove(join(this.#sandboxes, id));
  }

  /** Removes what nobody else uses: the last controller to close takes a usual place away. */
  close(): void {
    if (this.#own !== "") this.#giveUp();
    for (const path of this.#told ? this.#made.reverse() : [this.path]) removeIfEmpty(path);
  }

  #giveUp(): void {
    for (const path of foldersIn(this.#own)) removeIfEmpty(path);
    const left = namesIn(this.#own);
    if (left.length === 1 && left[0] === ownerFile) remove(join(this.#own, ownerFile));
    removeIfEmpty(this.#own);
  }

  get #pins(): string {
    return join(this.#own, "netns");
  }

  get #sandboxes(): string {
    return join(this.#own, "sandboxes");
  }

  /** As `mkdir -p`, remembering every folder that was not there. */
  #mkdir(path: string): void {
    const made = makeFolder(path, 0o755);
    if (this.#own !== "" && (!this.#claimed || made.includes(this.#own))) this.#claim();
    this.#made.push(...made.filter((one) => !this.#made.includes(one)));
  }

  #claim(): void {
    this.#claimed = true;
    writeFileSync(join(this.#own, ownerFile), this.#owner);
  }

  #mkdirOrThrow(path: string): void {
    try {
      this.#mkdir(path);
    } catch (error) {
      throw unusable("make", path, error);
    }
  }

  #temporary(name: string): string {
    const path = mkdtempSync(join(tmpdir(), `${name}-`));
    this.#made.push(path);
    return path;
  }

  // One that is there already may be another user's.
  #makeWritable(path: string): string {
    this.#mkdir(path);
    accessSync(path, constants.W_OK);
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

function unusable(verb: "make" | "remove", path: string, cause: unknown): CnmError {
  const text = `run directory: cannot ${verb} ${path}: ${messageOf(cause)}`;
  return new CnmError("ERR_CNM_STORE", text, { path }, { cause });
}

const ownerFile = "owner";
const isId = /^[0-9a-f]{32}$/; // it becomes part of a path

/** Where pins and files are, of one controller. */
function foldersIn(own: string): readonly string[] {
  return [join(own, "netns"), join(own, "sandboxes")];
}

function readOwner(own: string): string | undefined {
  const path = join(own, ownerFile);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw unusable("remove", path, error);
  }
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOENT" && code !== "EBUSY") {
      throw unusable("remove", path, error);
    }
  }
}
