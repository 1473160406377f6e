// Prints 1 when the compiler can link a program without shared libraries, else 0. For binding.gyp: the
// helper is static where it can be, so that it also starts inside a root file system that has no libc.

import { spawnSync } from "node:child_process";

const [command = "g++", ...flags] = (process.env.CXX ?? "g++").split(/\s+/).filter(Boolean);
const { status } = spawnSync(command, [...flags, "-static", "-x", "c++", "-", "-o", "/dev/null"], {
  input: "#include <unistd.h>\nint main() { return getpid() == 0; }\n",
  stdio: ["pipe", "ignore", "ignore"],
});

process.stdout.write(status === 0 ? "1" : "0");
