// The limit: a program in C, not part of this package, with the fewest system calls and messages
// that do the work. Speaks the contender protocol. Where it is not there, there are no ratios.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "./session.js";

/** The program, as long as the object is not disposed of. */
export interface Limit extends Disposable {
  readonly program: string;
}

/**
 * @param given The program, or the folder with `limit.c` or `src/limit.c`, which is compiled.
 * @returns A sentence where there is none.
 */
export function findLimit(given: string | undefined): Limit | string {
  const place = given ?? path.join(root, "../shared/bench");
  if (!existsSync(place)) {
    return given === undefined
      ? "no limit program (--limit or VETHWORK_BENCH_LIMIT names it): no ratios"
      : `${given} is not there: no ratios`;
  }
  if (statSync(place).isFile()) {
    return { program: path.resolve(place), [Symbol.dispose]: () => undefined };
  }
  const source = ["limit.c", "src/limit.c"].map((name) => path.join(place, name)).find(existsSync);
  return source === undefined ? `there is no limit.c in ${place}: no ratios` : compile(source);
}

function compile(source: string): Limit | string {
  const folder = mkdtempSync(path.join(tmpdir(), "vethwork-bench-"));
  const dispose = () => {
    rmSync(folder, { recursive: true });
  };
  const program = path.join(folder, "limit");
  try {
    execFileSync("cc", ["-O2", "-o", program, source, "-lpthread"], { stdio: "pipe" });
    return { program, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    return `the limit program cannot be compiled: no ratios (${String(error).split("\n")[0] ?? ""})`;
  }
}
