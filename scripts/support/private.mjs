// Runs one of our compiled programs where it cannot touch the machine: in a network and a mount namespace of
// its own with an empty /run, as root or, in a user namespace, as anybody.

import { helper } from "./paths.mjs";
import { runAttached } from "./run.mjs";

const noNamespaces = 125; // native/helper/main.cc has said why, on stderr

/** Resolves to the exit code of `node ...args`; 1 when namespaces cannot be had. */
export async function runNodePrivately(args, options = {}) {
  const command = [
    "private",
    "--run-tmpfs",
    "--",
    process.execPath,
    "--enable-source-maps",
    ...args,
  ];
  const code = await runAttached(helper, command, options);
  return code === noNamespaces ? 1 : code;
}
