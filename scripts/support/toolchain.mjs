// What a build from source needs on the machine. Each lack is one sentence that says what to do.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { Trouble } from "./trouble.mjs";

// A feature of C++20's library and a header of the kernel: both are absent on machines seen in the wild.
const probe =
  "#include <linux/if_link.h>\n#include <span>\nint main() { return std::span<int>{}.size(); }\n";

const supportedNode = "Node.js 20.19 or later, or 22.12 or later";

export function checkPlatform() {
  if (process.platform !== "linux") {
    throw new Trouble(
      `vethwork drives the Linux kernel and does not run on ${process.platform}; use a Linux machine`,
    );
  }
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (!((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22)) {
    throw new Trouble(
      `needs ${supportedNode}, and this is ${process.version}; install one of those`,
    );
  }
}

/** Resolves to the compiler, after make and Python have been found too. */
export function checkToolchain() {
  const compiler = findCompiler();
  if (!works("make", ["--version"])) {
    throw new Trouble("needs make to build the addon; install it (Debian: apt-get install make)");
  }
  if (!works("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 8))"])) {
    throw new Trouble(
      "node-gyp needs Python 3.8 or later as python3; install it (Debian: apt-get install python3)",
    );
  }
  return compiler;
}

function findCompiler() {
  const candidates = process.env.CXX ? [process.env.CXX] : ["g++", "c++", "clang++"];
  const present = candidates.filter((candidate) => works(candidate, ["--version"]));
  if (present.length === 0) {
    throw new Trouble(
      process.env.CXX
        ? `CXX names the C++ compiler \`${process.env.CXX}\`, which cannot be run; correct it or unset it`
        : "needs a C++ compiler, and there is no g++, c++ or clang++; install one (Debian: apt-get install g++)",
    );
  }
  const able = present.find((candidate) =>
    works(candidate, ["-std=c++20", "-fsyntax-only", "-x", "c++", "-"], probe),
  );
  if (able === undefined) {
    throw new Trouble(
      `the compiler ${present.join(" and ")} cannot compile C++20 with the kernel's headers; ` +
        "install g++ 11 or clang 14 or later and linux-libc-dev, or name another compiler in CXX",
    );
  }
  return able;
}

// CXX may carry words of its own, such as `ccache g++`.
function works(command, args, input = "") {
  const [program = "", ...words] = command.split(/\s+/).filter(Boolean);
  return (
    spawnSync(program, [...words, ...args], { input, stdio: ["pipe", "ignore", "ignore"] })
      .status === 0
  );
}

/** Whether a program of that name can be run. */
export const canRun = (name) => works(name, ["--version"]);

/** Where Node's own headers are installed, if they are: then node-gyp has nothing to download. */
export function installedHeaders() {
  const prefix = path.resolve(process.execPath, "../..");
  return existsSync(path.join(prefix, "include/node/node_api.h")) ? prefix : undefined;
}
