import { readFileSync } from "node:fs";

/** For messages: "process 4711 (node)". Of 0, or of nobody known, what can be said. */
export function processName(pid: number | undefined): string {
  if (pid === undefined) return "another process";
  if (pid === 0) return "a process of another pid namespace";
  if (pid === process.pid) return `this process (${pid})`;
  const command = commandOf(pid);
  return command === undefined ? `process ${pid}` : `process ${pid} (${command})`;
}

function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trimEnd();
  } catch {
    return undefined; // it has ended, or /proc is not to be seen
  }
}
