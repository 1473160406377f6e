// Where things are. Every script works from the root of the tree, wherever it was started.

import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../..");

/** Absolute path of something in the tree. */
export const inTree = (...parts) => path.join(root, ...parts);

/** The static program that `node-gyp` builds beside the addon. */
export const helper = inTree("build/Release/vethwork-helper");
