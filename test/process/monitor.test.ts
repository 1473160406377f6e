import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { childFile, runChild } from "./child.js";

describe("process: monitors", function () {
  this.timeout(60_000);

  it("do not keep it alive while nobody waits for an event", async function () {
    const ended = await runChild("monitor", ["idle"]);

    expect(ended).to.deep.equal({ code: 0, signal: null, stdout: "listens\n", stderr: "" });
  });

  it("keep it alive while somebody waits", async function () {
    const child = spawn(process.execPath, [childFile("monitor"), "waits"]);
    const exited = once(child, "exit");
    await once(child.stdout, "data");

    const first = await Promise.race([
      exited,
      new Promise((resolve) => setTimeout(resolve, 300, "still there")),
    ]);

    expect(first).to.equal("still there");
    child.kill("SIGTERM");
    expect(await exited).to.deep.equal([null, "SIGTERM"]);
  });

  for (const how of ["reads", "reopens"]) {
    it(`let it end by process.exit() at any moment (${how})`, async function () {
      for (const delay of ["0", "300", "1000", "5000", "20000", "100000"]) {
        const { code, signal, stderr } = await runChild("monitor", [how, delay]);

        expect({ code, signal, stderr }).to.deep.equal({ code: 7, signal: null, stderr: "" });
      }
    });

    it(`are terminated with their worker thread (${how})`, async function () {
      for (let round = 0; round < 12; round++) {
        const workerData = { how, delay: "1000000000" };
        const worker = new Worker(childFile("monitor"), { workerData });
        await once(worker, "message");
        for (let turn = 0; turn < round * 20; turn++) await new Promise(setImmediate);

        expect(await worker.terminate()).to.equal(1);
      }
    });
  }

  it("are terminated with their worker thread while they wait, and while they are idle", async function () {
    for (const how of ["waits", "waits", "waits"]) {
      const worker = new Worker(childFile("monitor"), { workerData: { how, delay: "0" } });
      await once(worker, "message");

      expect(await worker.terminate()).to.equal(1);
    }
    const worker = new Worker(childFile("monitor"), { workerData: { how: "idle", delay: "0" } });
    expect(await once(worker, "exit")).to.deep.equal([0]);
  });
});
