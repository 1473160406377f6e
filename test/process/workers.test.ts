import { expect } from "chai";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { childFile } from "./child.js";

function start(rounds: number): Worker {
  return new Worker(childFile("worker"), { workerData: { rounds } });
}

/** The second message: what the worker has done. */
async function resultOf(worker: Worker): Promise<{ made: number; cookie: string }> {
  await once(worker, "message");
  const [result] = (await once(worker, "message")) as [{ made: number; cookie: string }];
  return result;
}

describe("worker_threads", function () {
  this.timeout(60_000);

  it("use the library as the main thread does", async function () {
    const worker = start(10);
    const ended = once(worker, "exit");

    const { made } = await resultOf(worker);

    expect(made).to.equal(10);
    expect(await ended).to.deep.equal([0]);
  });

  it("use it two at once, each with namespaces of its own", async function () {
    const workers = [start(20), start(20)];
    const ended = workers.map((worker) => once(worker, "exit"));

    const [first, second] = await Promise.all(workers.map(resultOf));

    expect([first?.made, second?.made]).to.deep.equal([20, 20]);
    expect(first?.cookie).to.not.equal(second?.cookie);
    expect(await Promise.all(ended)).to.deep.equal([[0], [0]]);
  });

  it("are terminated with work under way, many times", async function () {
    for (let round = 0; round < 30; round++) {
      const worker = start(1_000_000);
      await once(worker, "message");
      for (let turn = 0; turn < round; turn++) await new Promise(setImmediate);

      const code = await worker.terminate();

      expect(code).to.equal(1);
    }
  });

  it("are terminated while the addon loads", async function () {
    for (let round = 0; round < 15; round++) {
      const worker = start(1_000_000);
      await once(worker, "online");
      for (let turn = 0; turn < round * 100; turn++) await new Promise(setImmediate);

      const code = await worker.terminate();

      expect(code).to.equal(1);
    }
  });
});
