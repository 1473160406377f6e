import { expect } from "chai";
import { fileURLToPath } from "node:url";
import { needs } from "../support/needs.js";
import { run } from "../support/run.js";

const child = fileURLToPath(new URL("./children/cnm.js", import.meta.url));

describe("the container network model under strace", function () {
  this.timeout(60_000);

  it("starts no process from open() to close()", async function () {
    needs(this, "ptrace");

    const { stdout, stderr } = await run("strace", [
      ...["-f", "--seccomp-bpf", "-e", "trace=execve,execveat,fork,vfork"], // clone also makes threads
      ...[process.execPath, child],
    ]);

    const calls = [...stderr.matchAll(/(execve|execveat|fork|vfork)\((.*?)(?:,|\))/g)];
    expect(stdout).to.equal("done\n");
    expect(calls.map(([, call, what]) => [call, what])).to.deep.equal([
      ["execve", `"${process.execPath}"`],
    ]);
  });
});
