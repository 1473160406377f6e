import { Lock } from "#lib/util/lock.js";
import { expect } from "chai";
import fc from "fast-check";

/** Work that ends when the test says so. */
function gate(): { work: () => Promise<string>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<string>((resolve) => {
    open = () => {
      resolve("done");
    };
  });
  return { work: () => opened, open };
}

async function caught(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not reject");
}

describe("Lock.run", function () {
  it("gives back what the work gives", async function () {
    const result = await new Lock().run(() => Promise.resolve(5));

    expect(result).to.equal(5);
  });

  it("starts at once when nothing runs", function () {
    let started = false;

    void new Lock().run(() => {
      started = true;
      return Promise.resolve();
    });

    expect(started).to.be.true;
  });

  it("runs one at a time, in the order of asking", async function () {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }), async (lengths) => {
        const lock = new Lock();
        const log: string[] = [];

        await Promise.all(
          lengths.map((length, index) =>
            lock.run(async () => {
              log.push(`begin ${index}`);
              for (let turn = 0; turn < length; turn++) await Promise.resolve();
              log.push(`end ${index}`);
            }),
          ),
        );

        expect(log).to.deep.equal(lengths.flatMap((_, at) => [`begin ${at}`, `end ${at}`]));
      }),
    );
  });

  it("passes the work's error on", async function () {
    const failure = new Error("no");

    const error = await caught(new Lock().run(() => Promise.reject(failure)));

    expect(error).to.equal(failure);
  });

  it("runs the next after work that failed", async function () {
    const lock = new Lock();
    const failed = caught(lock.run(() => Promise.reject(new Error("no"))));

    const next = await lock.run(() => Promise.resolve("next"));

    expect(next).to.equal("next");
    await failed;
  });

  it("is free again after work that throws before its promise", async function () {
    const lock = new Lock();
    await caught(
      lock.run(() => {
        throw new Error("no");
      }),
    );

    const next = await lock.run(() => Promise.resolve("next"));

    expect(next).to.equal("next");
  });

  it("rejects with the reason when the signal is aborted before", async function () {
    const reason = new Error("enough");

    const error = await caught(new Lock().run(() => Promise.resolve(), AbortSignal.abort(reason)));

    expect(error).to.equal(reason);
  });

  it("ends the wait at once when the signal aborts, while the other still runs", async function () {
    const lock = new Lock();
    const { work, open } = gate();
    const first = lock.run(work);
    const controller = new AbortController();
    const reason = new Error("enough");
    const second = caught(lock.run(() => Promise.resolve("never"), controller.signal));

    controller.abort(reason);

    expect(await second).to.equal(reason);
    open();
    await first;
  });

  it("never starts work whose wait was aborted", async function () {
    const lock = new Lock();
    const { work, open } = gate();
    const first = lock.run(work);
    const controller = new AbortController();
    let started = false;
    const second = caught(
      lock.run(() => {
        started = true;
        return Promise.resolve();
      }, controller.signal),
    );
    const third = lock.run(() => Promise.resolve());

    controller.abort();
    open();

    await Promise.all([first, second, third]);
    expect(started).to.be.false;
  });

  it("keeps the order of the others when one in the middle is aborted", async function () {
    const lock = new Lock();
    const { work, open } = gate();
    const order: string[] = [];
    const controller = new AbortController();
    const note = (name: string) => (): Promise<void> => {
      order.push(name);
      return Promise.resolve();
    };
    const all = [lock.run(work), lock.run(note("a")), lock.run(note("c"))];
    const middle = caught(lock.run(note("b"), controller.signal));
    all.push(lock.run(note("d")));

    controller.abort();
    open();

    await Promise.all([...all, middle]);
    expect(order).to.deep.equal(["a", "c", "d"]);
  });

  it("goes on to the next when the abort comes with the hand-over", async function () {
    const lock = new Lock();
    const controller = new AbortController();
    const first = lock.run(() => Promise.resolve());
    const second = caught(lock.run(() => Promise.resolve("never"), controller.signal));
    const third = lock.run(() => Promise.resolve("third"));
    // Its continuation runs after the hand-over and before the second one's own.
    void first.then(() => {
      controller.abort();
    });

    expect(await second).to.have.property("name", "AbortError");
    expect(await third).to.equal("third");
  });

  it("does not tell work that has begun", async function () {
    const lock = new Lock();
    const { work, open } = gate();
    const controller = new AbortController();
    const running = lock.run(work, controller.signal);

    controller.abort();
    open();

    expect(await running).to.equal("done");
  });

  it("leaves no listener on the signal", async function () {
    const lock = new Lock();
    const controller = new AbortController();
    const { added, removed } = countListeners(controller.signal);

    await Promise.all([
      lock.run(() => Promise.resolve()),
      lock.run(() => Promise.resolve(), controller.signal),
    ]);

    expect(added()).to.equal(1);
    expect(removed()).to.equal(1);
  });
});

function countListeners(signal: AbortSignal): { added: () => number; removed: () => number } {
  let added = 0;
  let removed = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    added++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    removed++;
    remove(...args);
  };
  return { added: () => added, removed: () => removed };
}
