import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "mocha";
import { needs } from "./needs.js";
import { output, run, type Ended } from "./run.js";

const source = "test/native/preload/faults.cc";
let built: string | undefined;

/** The library that is preloaded, compiled once; see its source for what it does. */
async function library(): Promise<string> {
  if (built !== undefined) return built;
  const folder = mkdtempSync(join(tmpdir(), "vethwork-faults-"));
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const file = join(folder, "faults.so");
  const words = ["-std=c++20", "-shared", "-fPIC", "-O1", source, "-o", file, "-ldl"];
  await output("g++", words);
  built = file;
  return file;
}

/** What the process asked of the kernel and the store between /faults/begin and /faults/end. */
export interface Counted {
  readonly count: number;
  readonly kinds: Readonly<Record<string, number>>;
}

/** Runs Node.js on a file with these words, with faults. */
export class Faulty {
  readonly #file: string;
  readonly #words: readonly string[];

  constructor(context: Context, file: string, words: readonly string[]) {
    needs(context, "program:g++");
    this.#file = file;
    this.#words = words;
  }

  async count(path: string): Promise<Counted> {
    const ended = await this.#run({ FAULTS_COUNT: path });
    if (ended.code !== 0) throw new Error(`it did not end well: ${ended.stdout}${ended.stderr}`);
    return JSON.parse(readFileSync(path, "utf8")) as Counted;
  }

  kill(at: number): Promise<Ended> {
    return this.#run({ FAULTS_KILL: String(at) });
  }

  refuse(at: number, errno: number): Promise<Ended> {
    return this.#run({ FAULTS_REFUSE: `${at}:${errno}` });
  }

  /** Of the writes to a store alone. */
  refuseWrite(at: number, errno: number): Promise<Ended> {
    return this.#run({ FAULTS_REFUSE: `${at}:${errno}`, FAULTS_STORE: "1" });
  }

  async #run(faults: Readonly<Record<string, string>>): Promise<Ended> {
    const before = process.env["LD_PRELOAD"];
    const preload = [await library(), ...(before === undefined ? [] : [before])].join(" ");
    return run(process.execPath, [this.#file, ...this.#words], {
      env: { ...process.env, ...faults, LD_PRELOAD: preload },
    });
  }
}
