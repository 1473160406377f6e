import { Controller } from "#lib/index.js";
import { FileLock } from "#lib/util/file-lock.js";
import { expect } from "chai";
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { newFolder } from "../support/folder.js";
import { codeOf } from "../support/refusal.js";
import { newNetns } from "../support/netns.js";
import { runIn } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";
import { Talk } from "../support/talk.js";
import { childFile } from "./child.js";

function holderOf(...args: readonly string[]): Talk {
  return new Talk(process.execPath, [childFile("holder"), ...args]);
}

/** In a pid namespace of its own, where it is number 1 or so. */
function hiddenHolder(...args: readonly string[]): Talk {
  const words = ["--pid", "--fork", "--kill-child", process.execPath, childFile("holder")];
  return new Talk("unshare", [...words, ...args]);
}

describe("process: a name in a namespace", function () {
  this.timeout(60_000);

  it("is another process's: the second is told which", async function () {
    await using netns = await newNetns(this);
    const { path = "" } = netns;
    await using holder = holderOf(path, "lab");
    await holder.answer();

    const error = await kernelRefusal(netns.hold("lab"));

    expect(error.context["pid"]).to.equal(holder.pid);
  });

  it("is free at once when the process that had it was killed", async function () {
    await using netns = await newNetns(this);
    const { path = "" } = netns;

    for (let round = 0; round < 5; round++) {
      await using holder = holderOf(path, "lab");
      await holder.answer();
      await holder.kill();

      const hold = await netns.hold("lab");

      await hold.release();
      expect(hold.name).to.equal("lab");
    }
  });

  it("tells of a holder in another pid namespace what can be seen from here", async function () {
    await using netns = await newNetns(this, "program:ss", "program:unshare");
    const { path = "" } = netns;
    await using below = hiddenHolder(path, "below");
    const inside = await below.answer();
    await using hold = await netns.hold("above");
    await using above = hiddenHolder(path, "above");

    const downwards = await kernelRefusal(netns.hold("below"));
    const upwards = await above.answer();

    const { stdout } = await runIn(netns, "ss", "-xlpH");
    const seen = /@below .*pid=(\d+)/.exec(stdout)?.[1];
    expect(inside).to.include({ pid: 1, held: "below" });
    expect(downwards.context["pid"]).to.equal(Number(seen));
    expect(upwards).to.include({ code: "ERR_CNM_KERNEL", holder: 0 });
    expect(hold.name).to.equal("above");
  });

  it("is free when the worker thread that had it has ended or was terminated", async function () {
    await using netns = await newNetns(this);
    using folder = newFolder();
    const file = join(folder.path, "lock");
    const { path = "" } = netns;

    for (const how of ["by itself", "terminated"]) {
      const worker = new Worker(childFile("hold-worker"), { workerData: { path, file } });
      await once(worker, "message");
      const taken = await kernelRefusal(netns.hold("lab"));
      const locked = codeOf(() => FileLock.take(file));
      const ended = once(worker, "exit");
      if (how === "terminated") await worker.terminate();
      else worker.postMessage("let go");
      await ended;

      await using hold = await netns.hold("lab");
      using lock = FileLock.take(file);

      expect([taken.context["pid"], locked]).to.deep.equal([process.pid, "ERR_CNM_CONFLICT"]);
      expect([hold.name, lock.path]).to.deep.equal(["lab", file]);
    }
  });
});

describe("process: an instance of the controller", function () {
  this.timeout(60_000);

  it("is opened by one of two processes that race for it, 20 times", async function () {
    await using netns = await newNetns(this);
    const { path = "" } = netns;
    using folder = newFolder();
    const words = [childFile("opener"), path, folder.path];
    await using left = new Talk(process.execPath, words);
    await using right = new Talk(process.execPath, words);
    const both = [left, right];
    await Promise.all(both.map((one) => one.answer()));
    const winners: number[] = [];

    for (let round = 0; round < 20; round++) {
      for (const one of both) one.say("open");
      const answers = await Promise.all(both.map((one) => one.answer()));
      const won = answers.flatMap(({ opened }, at) => (opened === true ? [at] : []));
      const [lost] = answers.filter(({ opened }) => opened !== true);
      winners.push(...won);
      expect(won, JSON.stringify(answers)).to.have.lengthOf(1);
      expect(lost).to.include({ code: "ERR_CNM_CONFLICT", pid: both[won[0] ?? 0]?.pid });
      for (const one of both) one.say("close");
      await Promise.all(both.map((one) => one.answer()));
    }

    expect(winners).to.have.lengthOf(20);
  });

  it("is refused with the name of the process that has it, until that is killed", async function () {
    await using netns = await newNetns(this);
    const { path = "" } = netns;
    using folder = newFolder();
    const words = [childFile("opener"), path, folder.path];
    await using holder = new Talk(process.execPath, words);
    await holder.answer();
    holder.say("open");
    await holder.answer();

    const error = await cnmRefusal(Controller.open({ host: netns }));
    await holder.kill();
    await using cnm = await Controller.open({ host: netns });

    expect(error.code).to.equal("ERR_CNM_CONFLICT");
    expect(error.context["pid"]).to.equal(holder.pid);
    expect(error.message).to.include(`by process ${holder.pid} (node); close that one`);
    expect(cnm.instance).to.equal("vethwork");
  });

  it("does not keep the process alive that has opened it", async function () {
    await using netns = await newNetns(this);
    const { path = "" } = netns;
    using folder = newFolder();
    const words = [childFile("opener"), path, folder.path];
    await using holder = new Talk(process.execPath, words);
    await holder.answer();
    holder.say("open");

    expect(await holder.answer()).to.deep.equal({ opened: true });
    // Disposing of it ends its input, and waits for its end: the controller was never closed.
  });
});
