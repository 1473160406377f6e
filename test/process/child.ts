import { fileURLToPath } from "node:url";
import { run, type Ended } from "../support/run.js";

export type Child =
  | "big-transaction"
  | "bpf-filter"
  | "busy"
  | "collect"
  | "contender"
  | "far-end"
  | "file-locker"
  | "hold"
  | "hold-worker"
  | "holder"
  | "kernel-layer"
  | "many-open"
  | "monitor"
  | "nft-large"
  | "operation"
  | "opener"
  | "pipeline"
  | "signals"
  | "soak"
  | "store"
  | "worker";

/** The compiled file of test/process/children/. */
export function childFile(name: Child): string {
  return fileURLToPath(new URL(`./children/${name}.js`, import.meta.url));
}

export function runChild(
  name: Child,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<Ended> {
  return run(process.execPath, [...flags, childFile(name), ...args]);
}

/** Runs it under strace(1), whose notes come on stderr. */
export function traceChild(
  name: Child,
  options: readonly string[],
  args: readonly string[] = [],
): Promise<Ended> {
  // Without --seccomp-bpf every system call stops, and Node takes 90 times as long.
  const strace = ["-f", "--seccomp-bpf", ...options, process.execPath, childFile(name), ...args];
  return run("strace", strace);
}
