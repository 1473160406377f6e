import { spawn, type SpawnOptions } from "node:child_process";
import { CnmError } from "../errors.js";

/** What `spawn` was given, each at its place. @internal */
export interface SpawnRequest {
  readonly command: string;
  readonly args: readonly unknown[];
  readonly options: SpawnOptions;
}

/**
 * Reads the words as `child_process.spawn` reads them.
 * @internal
 * @throws {TypeError} what `child_process.spawn` throws for the same words.
 */
export function checkSpawn(command: unknown, second: unknown, third: unknown): SpawnRequest {
  const words = isOptions(second) ? [[], second] : [second, third];
  const [args, options = {}] = words;
  checkCount(args);
  refuseAsNode(command, args, options);
  const request = { command, args: args ?? [], options } as SpawnRequest;
  checkId("options.uid", request.options.uid);
  checkId("options.gid", request.options.gid);
  return request;
}

// execve(2) takes 6 MB, which are fewer words than these. Node would copy a sparse array for minutes.
const mostWords = 1_000_000;

function checkCount(args: unknown): void {
  if (!Array.isArray(args) || args.length <= mostWords) return;
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `spawn: args: must be at most ${mostWords} words, not ${args.length}`,
    { field: "args" },
  );
}

// Node looks at the time limit when all words are found right, and before it starts anything: one
// that is wrong makes it check the words, and no more.
function refuseAsNode(command: unknown, args: unknown, options: unknown): void {
  const probe = isOptions(options) ? { ...options, timeout: -1 } : options;
  try {
    spawn(command as string, args as readonly string[], probe as SpawnOptions);
  } catch (error) {
    // Without a code: a BigInt or an odd object, on which Node's own check fails.
    const { code = "ERR_INVALID_ARG_TYPE" } = error as NodeJS.ErrnoException;
    if (code !== "ERR_OUT_OF_RANGE") throw Object.assign(error as Error, { code });
  }
}

function isOptions(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Node leaves this one to setresuid(2), where -1 means "as it is".
function checkId(field: string, value: number | null | undefined): void {
  if (value === undefined || value === null || value >= 0) return;
  throw new CnmError("ERR_CNM_INVALID_OPTION", `spawn: ${field}: must not be negative: ${value}`, {
    field,
  });
}
