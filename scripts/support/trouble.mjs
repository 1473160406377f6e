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
    if (isForbidden(error))
      return complain(`${error.path} cannot be written: run this as its owner`);
    if (!(error instanceof Trouble)) throw error;
    if (error.details !== "") process.stderr.write(`${error.details.trimEnd()}\n`);
    complain(error.message);
  }
}

function isForbidden(error) {
  return ["EACCES", "EPERM", "EROFS"].includes(error?.code) && typeof error.path === "string";
}

function complain(sentence) {
  process.stderr.write(`vethwork: ${sentence}\n`);
  process.exitCode = 1;
}
