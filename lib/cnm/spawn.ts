import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import type { Readable } from "node:stream";
import type { Namespace } from "../kernel/namespace.js";
import { invalidArgType } from "../errors.js";
import { helperPath } from "../native.js";
import type { SpawnRequest } from "./check-spawn.js";

/** `child_process.spawn`, in all but the place. */
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
  const status = stdio.length; // one more stream, on which the helper says what failed
  const helperArgs = [
    "run",
    ...["--net", inside.path, "--cookie", inside.namespace.identity.cookie],
    ...inside.binds.flatMap(([source, target]) => ["--bind", source, target]),
    ...optionally("--uid", uid),
    ...optionally("--gid", gid),
    ...optionally("--argv0", argv0),
    ...["--status-fd", String(status), "--", file, ...args.map(asNodeWritesIt)],
  ];
  const child = spawn(helperPath(), helperArgs, { ...rest, stdio: [...stdio, "pipe"] });
  Object.assign(child, { spawnfile: file, spawnargs: [argv0 ?? file, ...args] });
  const stream = child.stdio[status] as StatusStream;
  (child.stdio as unknown[]).length = status; // ours, not the user's
  if (child.pid !== undefined) tellOnceKnown(child, stream); // else Node tells what failed
  return child;
}

// Users write null too where child_process takes it.
function optionally(name: string, value: string | number | null | undefined): readonly string[] {
  return value === undefined || value === null ? [] : [name, String(value)];
}

// Numbers and whatever else: child_process takes them, against its types..
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

type StatusStream = Readable & { unref(): void };

const lifeEvents: readonly unknown[] = ["spawn", "error", "exit", "close"];

// For child_process a program has started once exec has succeeded, which ends the status stream.
// Until then nothing is told. What fails in the helper is told as a spawn that failed.
function tellOnceKnown(child: ChildProcess, status: StatusStream): void {
  const emit = child.emit.bind(child) as (event: unknown, ...values: unknown[]) => boolean;
  let tell = emit;
  let held: unknown[][] | undefined = [];
  child.emit = (event: unknown, ...values: unknown[]): boolean => {
    if (!lifeEvents.includes(event)) return emit(event, ...values);
    if (held === undefined) return tell(event, ...values);
    held.push([event, ...values]);
    return child.listenerCount(event as string) > 0;
  };
  readStatus(status, (failure) => {
    if (failure !== undefined) tell = tellFailure(child, emit, failure);
    // One that throws in a listener does not take the others with it.
    for (const [event, ...values] of held ?? []) process.nextTick(tell, event, ...values);
    held = undefined;
  });
}

/** Calls back once, when the stream has ended: with what failed, if anything did. */
function readStatus(status: StatusStream, onKnown: (failure?: HelperFailure) => void): void {
  let text = "";
  status.setEncoding("utf8");
  status.on("data", (part: string) => (text += part));
  status.on("error", () => undefined); // cut off with the process: then the exit tells
  const known = (): void => {
    status.off("end", known).off("close", known);
    onKnown(text.endsWith("\n") ? (JSON.parse(text) as HelperFailure) : undefined);
  };
  status.on("end", known).on("close", known);
  status.unref();
}

// The helper did start, and its end is told in the words for one that did not.
function tellFailure(
  child: ChildProcess,
  emit: (event: unknown, ...values: unknown[]) => boolean,
  failure: HelperFailure,
): (event: unknown) => boolean {
  const { errno } = failure;
  Object.assign(child, { pid: undefined });
  return (event) => {
    if (event === "close") return emit("close", errno, null);
    if (event !== "exit") return false;
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
