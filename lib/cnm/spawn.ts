import { spawn, type ChildProcess, type SpawnOptions, type StdioOptions } from "node:child_process";
import { closeSync, readFileSync } from "node:fs";
import type { Namespace } from "../kernel/namespace.js";
import { invalidArgType } from "../errors.js";
import { helperPath, newPipe } from "../native.js";
import type { SpawnRequest } from "./check-spawn.js";

/** As `child_process.spawn`, with all its overloads. */
export type Spawn = typeof spawn;

/** Where the program is to run. @internal */
export interface Inside {
  readonly namespace: Namespace;
  /** A file that leads to it, even when it is pinned nowhere. */
  readonly path: string;
  readonly binds: readonly (readonly [source: string, target: string])[];
}

/**
 * Starts the user's program inside a sandbox: the one place where the library starts a process.
 * Our helper enters the namespaces, and then is the program: same process id, same streams.
 * @internal
 */
export function spawnInside(inside: Inside, request: SpawnRequest): ChildProcess {
  const { shell, uid, gid, argv0, stdio: wanted, ...rest } = request.options;
  const [file, ...args] = shellWords(request, shell);
  const stdio = stdioList(wanted);
  const helperArgs = [
    "run",
    ...["--net", inside.path, "--cookie", inside.namespace.identity.cookie],
    ...inside.binds.flatMap(([source, target]) => ["--bind", source, target]),
    ...optionally("--uid", uid),
    ...optionally("--gid", gid),
    ...optionally("--argv0", argv0),
    ...["--status-fd", String(stdio.length), "--", file, ...args.map(asNodeWritesIt)],
  ];
  const { child, status } = spawnWithStatus(helperArgs, rest, stdio);
  Object.assign(child, { spawnfile: file, spawnargs: [argv0 ?? file, ...args] });
  if (status.endsWith("\n")) tellFailure(child, JSON.parse(status) as HelperFailure);
  return child;
}

// As libuv does it for any program: waits for the end of a pipe, which the kernel closes when the
// helper has become the program, or on which the helper says why it did not.
function spawnWithStatus(
  args: readonly string[],
  options: SpawnOptions,
  stdio: Exclude<StdioOptions, string>,
): { readonly child: ChildProcess; readonly status: string } {
  const [readEnd, writeEnd] = newPipe();
  try {
    let child: ChildProcess;
    try {
      child = spawn(helperPath(), args, { ...options, stdio: [...stdio, writeEnd] });
    } finally {
      closeSync(writeEnd);
    }
    // The last is ours, not the user's. Out of descriptors, Node makes no stdio at all.
    (child.stdio as unknown[] | undefined)?.splice(stdio.length);
    return { child, status: readFileSync(readEnd, "utf8") };
  } finally {
    closeSync(readEnd);
  }
}

// Users write null too where child_process takes it.
function optionally(name: string, value: string | number | null | undefined): readonly string[] {
  return value === undefined || value === null ? [] : [name, String(value)];
}

// Numbers and whatever else: child_process takes them, against its types.
function asNodeWritesIt(word: unknown, at: number): string {
  try {
    return "".concat(word as string);
  } catch (error) {
    throw Object.assign(invalidArgType(`args.${at}`, "string", word), { cause: error });
  }
}

// As child_process does it: the words go to the shell unquoted.
function shellWords(
  { command, args }: SpawnRequest,
  shell: boolean | string | null | undefined,
): readonly [file: string, ...args: unknown[]] {
  if (shell === undefined || shell === null || shell === false || shell === "")
    return [command, ...args];
  return [shell === true ? "/bin/sh" : shell, "-c", [command, ...args].join(" ")];
}

function stdioList(stdio: StdioOptions | null | undefined): Exclude<StdioOptions, string> {
  const all = stdio || "pipe"; // "" too, as there
  if (Array.isArray(all)) return [...all, ...(["pipe", "pipe", "pipe"] as const).slice(all.length)];
  if (!["pipe", "overlapped", "ignore", "inherit"].includes(all)) refuseAsNode(all);
  return [all, all, all] as Exclude<StdioOptions, string>;
}

// It looks at stdio before it starts anything.
function refuseAsNode(stdio: StdioOptions): void {
  spawn(helperPath(), { stdio });
}

interface HelperFailure {
  readonly errno: number;
  readonly code: string;
  readonly syscall: string;
  readonly path: string;
}

// For the user no process was there, so the end of the helper is told as child_process tells of a
// program that it could not start: "error" and then "close", no process id, no "spawn", no "exit".
function tellFailure(child: ChildProcess, failure: HelperFailure): void {
  const { errno } = failure;
  const emit = child.emit.bind(child) as (event: unknown, ...values: unknown[]) => boolean;
  Object.assign(child, { pid: undefined });
  child.emit = (event: unknown, ...values: unknown[]): boolean => {
    if (event === "spawn") return false;
    if (event === "close") return emit(event, errno, null);
    if (event !== "exit") return emit(event, ...values);
    Object.assign(child, { exitCode: errno, signalCode: null });
    return emit("error", spawnError(failure, child));
  };
}

function spawnError(failure: HelperFailure, child: ChildProcess): NodeJS.ErrnoException {
  const { errno, code, syscall, path } = failure;
  const { spawnfile, spawnargs } = child;
  const isProgram = syscall === "execve"; // else it is a step of ours, and says which
  const what = isProgram ? `spawn ${spawnfile}` : `spawn ${spawnfile}: ${syscall} ${path}`;
  return Object.assign(new Error(`${what} ${code}`), {
    errno,
    code,
    syscall: `spawn ${spawnfile}`,
    path: spawnfile,
    spawnargs: spawnargs.slice(1),
  });
}
