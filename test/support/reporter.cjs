// Mocha's `spec` reporter plus one last line that a program can read: "N passed, N failed, N skipped".
// CommonJS, because it must be there before anything is compiled.
"use strict";

const { reporters } = require("mocha");

module.exports = class Reporter extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    process.stdout.write(`${passes} passed, ${failures} failed, ${pending} skipped\n`);
  }
};
