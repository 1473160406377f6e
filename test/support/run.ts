import { spawn, type SpawnOptions } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The root of the checkout, however deep below `out/` the compiled test lies. */
export const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** How a program ended, and what it printed. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; a program that cannot be started rejects, one that fails does not. */
export async function run(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Ended> {
  const env = command === process.execPath ? process.env : withoutPreload();
  const child = spawn(command, args, { env, ...options, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<Pick<Ended, "code" | "signal">>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ code, signal });
    });
  });
  const [end, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { ...end, stdout, stderr };
}

/** For programs that are not ours: curl(1) hangs with the sanitizers' libraries in it. */
export function withoutPreload(): NodeJS.ProcessEnv {
  return { ...process.env, LD_PRELOAD: undefined };
}

/** Runs a program that has to succeed; resolves to what it printed. */
export async function output(command: string, args: readonly string[]): Promise<string> {
  const { code, signal, stdout, stderr } = await run(command, args);
  if (code === 0) return stdout;
  throw new Error(`${[command, ...args].join(" ")}: ended by ${code ?? signal ?? ""}: ${stderr}`);
}
