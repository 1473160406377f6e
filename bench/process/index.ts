// Measurements of one process each: event loop, memory, import. Each runs as a child.
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { privately, root } from "../session.js";
import { median } from "../statistics.js";

const run = promisify(execFile);

async function measuredBy(script: string, ...flags: string[]): Promise<Record<string, number>> {
  const [helper, ...words] = privately;
  const file = path.join(import.meta.dirname, script);
  const { stdout } = await run(helper, [...words, process.execPath, ...flags, file]);
  return JSON.parse(stdout) as Record<string, number>;
}

export function eventLoop(): Promise<Record<string, number>> {
  return measuredBy("event-loop.js");
}

// A young generation of fixed size: one that adapts grows by what the requests before left.
const youngMb = 16;

export function requests(): Promise<Record<string, number>> {
  const sizes = [`--min-semi-space-size=${youngMb}`, `--max-semi-space-size=${youngMb}`];
  return measuredBy("requests.js", "--expose-gc", ...sizes);
}

export function sandboxes(): Promise<Record<string, number>> {
  return measuredBy("sandboxes.js", "--expose-gc");
}

const spawns = 20;

/** Milliseconds from start to end of a process, medians; with and without the import in turns. */
export async function importTime(): Promise<Record<string, number>> {
  const bare: number[] = [];
  const withUs: number[] = [];
  for (let at = 0; at < spawns; at++) {
    bare.push(await lifetime(""));
    withUs.push(await lifetime('import "vethwork";'));
  }
  const [bareMs, withUsMs] = [median(bare), median(withUs)];
  return { spawns, bareMs, importMs: withUsMs - bareMs };
}

async function lifetime(code: string): Promise<number> {
  const start = performance.now();
  await run(process.execPath, ["--input-type=module", "--eval", code], { cwd: root });
  return performance.now() - start;
}
