import { expect } from "chai";
import { freshPath } from "../support/netns.js";
import { needs } from "../support/needs.js";
import { childFile, traceChild } from "./child.js";

describe("process: under strace", function () {
  this.timeout(60_000);

  it("starts no other program", async function () {
    needs(this, "ptrace");

    const { stdout, stderr } = await traceChild(
      "kernel-layer",
      ["-e", "trace=execve,execveat"],
      [freshPath()],
    );

    const programs = [...stderr.matchAll(/execve(?:at)?\((.*?), \[/g)].map(([, what]) => what);
    expect(stdout).to.equal("done\n");
    expect(programs).to.deep.equal([`"${process.execPath}"`]);
  });

  it("enters no namespace on a thread of JavaScript", async function () {
    needs(this, "ptrace");

    const { stdout, stderr } = await traceChild(
      "kernel-layer",
      ["--decode-pids=comm", "-e", "trace=setns,unshare"],
      [freshPath()],
    );

    const calls = stderr.split("\n").filter((line) => /(?:setns|unshare)\(/.test(line));
    const callers = calls.map(
      (line) => /^\[pid +\d+<(.*?)>\]/.exec(line)?.[1] ?? "the first thread",
    );
    expect(stdout).to.equal("done\n");
    expect(new Set(callers)).to.deep.equal(new Set(["vw-worker"]));
  });

  it("sends what was asked in one tick in one call", async function () {
    needs(this, "ptrace");

    const { stderr } = await traceChild("pipeline", [
      ...["-e", "trace=sendto,sendmsg,access,faccessat,statx,stat,newfstatat"],
    ]);

    const begin = stderr.indexOf("/mark-begin");
    const between = stderr.slice(begin, stderr.indexOf("/mark-end", begin));
    const sends = between.split("\n").filter((line) => /send(?:to|msg)\(/.test(line));
    expect(begin, childFile("pipeline")).to.be.greaterThan(0);
    expect(sends).to.have.lengthOf(1);
    // 20 messages of 40 bytes; strace may have written the result on a line of its own.
    expect(between).to.match(/\bsend(?:to|msg)\b.* = 800$/m);
  });
});
