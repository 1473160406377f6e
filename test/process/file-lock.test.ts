import { FileLock } from "#lib/util/file-lock.js";
import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "../support/folder.js";
import { needs } from "../support/needs.js";
import { codeOf } from "../support/refusal.js";
import { run } from "../support/run.js";
import { Talk } from "../support/talk.js";
import { childFile } from "./child.js";

/** Ready to lock files. */
async function newLocker(): Promise<Talk> {
  const locker = new Talk(process.execPath, [childFile("file-locker")]);
  await locker.answer();
  return locker;
}

describe("process: a lock on a file", function () {
  this.timeout(60_000);

  it("has the process id in it, and is refused to the second until it is released", function () {
    using folder = newFolder();
    const path = join(folder.path, "lock");
    const first = FileLock.take(path);
    const text = readFileSync(path, "utf8");

    const refused = caught(() => FileLock.take(path));
    first.release();
    first.release();

    using second = FileLock.take(path);
    expect(text).to.equal(`${process.pid}\n`);
    expect(refused).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.pid": process.pid });
    expect(refused).to.have.property(
      "message",
      `lock ${path}: this process (${process.pid}) has it`,
    );
    expect(second.path).to.equal(path);
  });

  it("is seen by flock(1), and is free when the process that had it was killed", async function () {
    needs(this, "program:flock");
    using folder = newFolder();
    const path = join(folder.path, "lock");
    await using holder = await newLocker();
    holder.say(path);
    await holder.answer();

    const refused = caught(() => FileLock.take(path));
    const seen = await run("flock", ["--nonblock", path, "true"]);
    await holder.kill();
    const after = await run("flock", ["--nonblock", path, "true"]);

    using lock = FileLock.take(path);
    expect(refused).to.nested.include({ "context.pid": holder.pid });
    expect(refused).to.have.property("message").that.includes(`process ${holder.pid} (node)`);
    expect([seen.code, after.code]).to.deep.equal([1, 0]);
    expect(lock.path).to.equal(path);
  });

  it("is taken by one of two processes that race for it, 20 times", async function () {
    using folder = newFolder();
    const path = join(folder.path, "lock");
    await using left = await newLocker();
    await using right = await newLocker();
    const both = [left, right];
    const seen: unknown[] = [];

    for (let round = 0; round < 20; round++) {
      for (const one of both) one.say(path);
      const answers = await Promise.all(both.map((one) => one.answer()));
      seen.push(answers.map(({ taken, code }) => taken ?? code).sort());
      for (const one of both) one.say("");
      await Promise.all(both.map((one) => one.answer()));
    }

    expect(seen).to.deep.equal(seen.map(() => ["ERR_CNM_CONFLICT", true]));
    expect(seen).to.have.lengthOf(20);
  });

  it("is not handed on to programs that are started meanwhile", async function () {
    using folder = newFolder();
    const path = join(folder.path, "lock");
    const lock = FileLock.take(path);
    const child = spawn("cat");
    await once(child, "spawn");

    lock.release();

    using again = FileLock.take(path);
    const closed = once(child, "close");
    child.stdin.end();
    await closed;
    expect(again.path).to.equal(path);
  });

  it("is known to be whose it is, whatever the file says, and is taken with any text in it", function () {
    using folder = newFolder();
    const path = join(folder.path, "lock");
    writeFileSync(path, "4294967296 and more\n");
    using lock = FileLock.take(path);
    const text = readFileSync(path, "utf8");
    const errors = ["", "1\n", "of one that was killed"].map((stale) => {
      writeFileSync(path, stale);
      return caught(() => FileLock.take(path));
    });

    expect(lock.path).to.equal(path);
    expect(text).to.equal(`${process.pid}\n`);
    for (const error of errors) {
      expect(error).to.have.property(
        "message",
        `lock ${path}: this process (${process.pid}) has it`,
      );
    }
  });

  it("is known to be flock(1)'s, which writes nothing into it", async function () {
    needs(this, "program:flock");
    using folder = newFolder();
    const path = join(folder.path, "lock");
    await using other = new Talk("flock", [path, "sh", "-c", "echo $PPID; cat"]);
    const holder = await other.answer();

    const error = caught(() => FileLock.take(path));

    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.pid": holder });
  });

  it("is known by the process id that is seen from here, of one in a pid namespace of its own", async function () {
    needs(this, "program:unshare");
    using folder = newFolder();
    const path = join(folder.path, "lock");
    const words = ["--pid", "--fork", "--kill-child", process.execPath, childFile("file-locker")];
    await using hidden = new Talk("unshare", words);
    await hidden.answer();
    hidden.say(path);
    await hidden.answer();

    const refused = caught(() => FileLock.take(path));

    const children = readFileSync(`/proc/${hidden.pid}/task/${hidden.pid}/children`, "utf8");
    expect(readFileSync(path, "utf8")).to.equal("1\n"); // what it calls itself
    expect(refused).to.nested.include({
      code: "ERR_CNM_CONFLICT",
      "context.pid": Number(children),
    });
  });

  it("is the new file's when the old one was removed", function () {
    using folder = newFolder();
    const path = join(folder.path, "lock");
    using old = FileLock.take(path);
    rmSync(path);

    using fresh = FileLock.take(path);

    expect([old.path, fresh.path]).to.deep.equal([path, path]);
    expect(codeOf(() => FileLock.take(path))).to.equal("ERR_CNM_CONFLICT");
  });

  it("follows no symbolic link, and needs a folder", function () {
    using folder = newFolder();
    const target = join(folder.path, "target");
    writeFileSync(target, "precious");
    symlinkSync(target, join(folder.path, "lock"));

    const linked = codeOf(() => FileLock.take(join(folder.path, "lock")));
    const nowhere = codeOf(() => FileLock.take(join(folder.path, "none/lock")));

    expect([linked, nowhere]).to.deep.equal(["ELOOP", "ENOENT"]);
    expect(readFileSync(target, "utf8")).to.equal("precious");
  });
});

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
