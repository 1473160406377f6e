// What a shared object asks of the machine that loads it.

import { runQuietly } from "./run.mjs";

/** Text such as "GLIBC 2.34, GLIBCXX 3.4.30": the newest version of each library's symbols that `file` uses. */
export async function glibcNeeds(file) {
  const { stdout } = await runQuietly("readelf", ["--version-info", "--wide", file]);
  const newest = new Map();
  for (const [, library, version] of stdout.matchAll(/Name: (GLIBC|GLIBCXX|CXXABI)_([\d.]+)/g)) {
    const known = newest.get(library) ?? "0";
    if (known.localeCompare(version, "en", { numeric: true }) < 0) newest.set(library, version);
  }
  return [...newest].map(([library, version]) => `${library} ${version}`).join(", ") || "no libc";
}
