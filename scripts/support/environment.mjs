// The environment for the tools a build starts.

import { accessSync, constants } from "node:fs";
import os from "node:os";
import { inTree } from "./paths.mjs";

// What an outer `npm pack --dry-run` or `npm install --omit=dev` was told is not meant for our `npm ci`.
const notForUs = ["dry_run", "json", "global", "omit", "production", "ignore_scripts", "loglevel"];

const caches = { npm_config_cache: ".cache/npm", npm_config_devdir: ".cache/node-gyp" };

/** A copy of ours without the outer npm's orders, and with caches in the tree when there is no home folder. */
export function toolEnvironment() {
  const env = { ...process.env };
  for (const name of notForUs) delete env[`npm_config_${name}`];
  if (canWrite(os.homedir())) return env;
  for (const [name, folder] of Object.entries(caches)) {
    // An outer npm has set it to a folder below the home that is not there.
    if (env[name] === undefined || env[name].startsWith(os.homedir())) env[name] = inTree(folder);
  }
  return env;
}

function canWrite(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false; // absent, read-only and forbidden are all the same here
  }
}
