// Remembers what a build step was made from, so that it is done again only when that has changed.
// By content, not by time: a checkout changes times and nothing else.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inTree, root } from "./paths.mjs";

/** Paths below `folder`, from the root, whose names match. An absent folder has none. */
export function filesIn(folder, pattern) {
  if (!existsSync(inTree(folder))) return [];
  return readdirSync(inTree(folder), { recursive: true })
    .map((name) => path.join(folder, String(name)))
    .filter((name) => pattern.test(name))
    .sort();
}

/** One hash over names and contents of `files` (absent ones too) and over the words in `facts`. */
export function contentHash(files, facts = []) {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const file of files) {
    const content = existsSync(inTree(file)) ? readFileSync(inTree(file)) : "absent";
    hash.update(`\0${file}\0`).update(createHash("sha256").update(content).digest());
  }
  return hash.digest("hex");
}

/** A file beside a step's outputs: whoever removes the outputs removes the stamp. */
export class Stamp {
  #file;
  constructor(file) {
    this.#file = path.join(root, file);
  }
  read() {
    return existsSync(this.#file) ? readFileSync(this.#file, "utf8") : "";
  }
  write(hash) {
    mkdirSync(path.dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, hash);
  }
}
