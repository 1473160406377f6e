// Prints the addon's sources, one a line, for binding.gyp: every native/**/*.cc but the helper program's.
// CMakeLists.txt has the same rule.

import { readdirSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");

const sources = readdirSync(path.join(root, "native"), { recursive: true })
  .map((name) => path.posix.join("native", String(name)))
  .filter((name) => name.endsWith(".cc") && !name.startsWith("native/helper/"))
  .sort();

process.stdout.write(`${sources.join("\n")}\n`);
