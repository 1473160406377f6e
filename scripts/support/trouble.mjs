// One way to say that a script cannot go on: a sentence that says what to do, no stack trace, exit code 1.

/** Something the user can mend; its message is all that they need. `details` is a tool's own output. */
export class Trouble extends Error {
  constructor(message, details = "") {
    super(message);
    this.details = details;
  }
}

/** Runs a script's main function; trouble becomes one sentence on stderr and exit code 1. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (error.details !== "") process.stderr.write(`${error.details.trimEnd()}\n`);
    process.stderr.write(`vethwork: ${error.message}\n`);
    process.exitCode = 1;
  }
}
