// Runs a program to its end.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root } from "./paths.mjs";
import { Trouble } from "./trouble.mjs";

/**
 * Runs a tool without showing what it prints; resolves to what it wrote on standard output.
 * Throws Trouble with all of its output when it fails; `toDo` ends the sentence.
 */
export async function runQuietly(command, args, { toDo = "", ...options } = {}) {
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
  let stdout = "";
  let output = ""; // both streams, in the order in which they came
  child.stdout.setEncoding("utf8").on("data", (text) => ((stdout += text), (output += text)));
  child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
  const code = await exitCodeOf(child, command);
  if (code !== 0) {
    throw new Trouble(
      `\`${[command, ...args].join(" ")}\` failed (exit code ${code})${toDo}`,
      output,
    );
  }
  return { stdout };
}

/** Runs a program on our own standard streams to its end, whoever is told to stop; resolves to its exit code. */
export async function runAttached(command, args, options = {}) {
  return attended(spawn(command, args, { cwd: root, stdio: "inherit", ...options }), command);
}

/**
 * The same without standard input; resolves to `{ code, output }`, all that it wrote.
 * @param show What is done with each piece of it as it comes.
 */
export async function runShown(command, args, show) {
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
      show(text);
    });
  }
  const code = await attended(child, command);
  return { code, output };
}

async function attended(child, command) {
  const forward = (signal) => child.kill(signal);
  const stay = () => {}; // a terminal sends ^C to the child too, which may have to clean up
  process.on("SIGTERM", forward).on("SIGHUP", forward).on("SIGINT", stay);
  try {
    return await exitCodeOf(child, command);
  } finally {
    process.off("SIGTERM", forward).off("SIGHUP", forward).off("SIGINT", stay);
  }
}

/** The exit code; as shells have it, 128 + the signal's number when a signal ended the program. */
function exitCodeOf(child, command) {
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Trouble(`cannot run ${command}: ${error.message}`)));
    child.on("close", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
