import { spawn, type ChildProcess, type SpawnOptions, type StdioOptions } from "node:child_process";
import type { Readable } from "node:stream";
import type { Namespace } from "../kernel/namespace.js";
import { helperPath } from "../native.js";

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
export function spawnInside(
  inside: Inside,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const { shell, uid, gid, argv0, ...rest } = options;
  const [program, ...programArgs] = shellWords(command, args, shell);
  const stdio = stdioList(options.stdio);
  const status = stdio.length; // one more stream, on which the helper says what failed
  const helperArgs = [
    "run",
    ...["--net", inside.path, "--cookie", inside.namespace.identity.cookie],
    ...inside.binds.flatMap(([source, target]) => ["--bind", source, target]),
    ...optionally("--uid", uid),
    ...optionally("--gid", gid),
    ...optionally("--argv0", argv0),
    ...["--status-fd", String(status), "--", program ?? "", ...programArgs],
  ];
  const child = spawn(helperPath(), helperArgs, { ...rest, stdio: [...stdio, "pipe"] });
  Object.assign(child, { spawnfile: command, spawnargs: [argv0 ?? command, ...args] });
  reportFailure(child, status, command, args);
  return child;
}

// Users write null too where child_process takes it.
function optionally(name: string, value: string | number | null | undefined): readonly string[] {
  return value === undefined || value === null ? [] : [name, String(value)];
}

// As child_process does it: the words go to the shell unquoted.
function shellWords(
  command: string,
  args: readonly string[],
  shell: boolean | string | null | undefined,
): readonly string[] {
  if (shell === undefined || shell === null || shell === false || shell === "")
    return [command, ...args];
  return [shell === true ? "/bin/sh" : shell, "-c", [command, ...args].join(" ")];
}

function stdioList(stdio: StdioOptions | null | undefined): Exclude<StdioOptions, string> {
  if (stdio === undefined || stdio === null) return ["pipe", "pipe", "pipe"];
  if (typeof stdio === "string") return [stdio, stdio, stdio];
  return [...stdio, ...(["pipe", "pipe", "pipe"] as const).slice(stdio.length)];
}

interface HelperFailure {
  readonly errno: number;
  readonly code: string;
  readonly syscall: string;
  readonly path: string;
}

// What fails in the helper fails for the user as a spawn of their own would: an "error" event.
function reportFailure(
  child: ChildProcess,
  status: number,
  command: string,
  args: readonly string[],
): void {
  const stream = child.stdio[status] as Readable | null | undefined;
  (child.stdio as unknown[]).length = status; // ours, not the user's
  if (!stream) return; // the helper itself could not be started: the event is on its way
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (part: string) => (text += part));
  stream.on("error", () => undefined); // cut off with the process: then the exit tells
  stream.on("end", () => {
    if (text === "") return;
    const error = spawnError(JSON.parse(text) as HelperFailure, command);
    child.emit("error", Object.assign(error, { spawnargs: args }));
  });
  (stream as { unref?: () => void }).unref?.();
}

function spawnError(failure: HelperFailure, command: string): NodeJS.ErrnoException {
  const { errno, code, syscall, path } = failure;
  const what = syscall === "execve" ? `spawn ${command}` : `spawn ${command}: ${syscall} ${path}`;
  return Object.assign(new Error(`${what} ${code}`), {
    errno,
    code,
    syscall: syscall === "execve" ? `spawn ${command}` : syscall,
    path: syscall === "execve" ? command : path,
  });
}
