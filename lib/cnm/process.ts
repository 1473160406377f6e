import { readFileSync } from "node:fs";
import type { SourceRecord } from "./records.js";

/** A process as it is found again: by its number and when it began. Source: proc(5). @internal */
export function processOf(pid: number): SourceRecord {
  return { pid, started: startedOf(pid) ?? "" };
}

/** Whether it is the same process still. @internal */
export function isRunning({ pid, started }: Extract<SourceRecord, { pid: number }>): boolean {
  return startedOf(pid) === started;
}

// Field 22 of /proc/<pid>/stat; the second, the name, may have spaces and brackets in it.
function startedOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}
