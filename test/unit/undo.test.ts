import { Undo } from "#lib/util/undo.js";
import { expect } from "chai";

async function caught(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not reject");
}

describe("Undo", function () {
  it("runs the reverses newest first", async function () {
    const order: string[] = [];
    const undo = new Undo();
    undo.defer(() => void order.push("first"));
    undo.defer(() => void order.push("second"));

    await undo[Symbol.asyncDispose]();

    expect(order).to.deep.equal(["second", "first"]);
  });

  it("waits for one reverse before the next", async function () {
    const order: string[] = [];
    const undo = new Undo();
    undo.defer(() => void order.push("next"));
    undo.defer(async () => {
      await Promise.resolve();
      order.push("slow");
    });

    await undo[Symbol.asyncDispose]();

    expect(order).to.deep.equal(["slow", "next"]);
  });

  it("runs none after commit", async function () {
    const order: string[] = [];
    const undo = new Undo();
    undo.defer(() => void order.push("step"));
    undo.commit();

    await undo[Symbol.asyncDispose]();

    expect(order).to.deep.equal([]);
  });

  it("runs those deferred after a commit", async function () {
    const order: string[] = [];
    const undo = new Undo();
    undo.defer(() => void order.push("before"));
    undo.commit();
    undo.defer(() => void order.push("after"));

    await undo[Symbol.asyncDispose]();

    expect(order).to.deep.equal(["after"]);
  });

  it("runs each reverse once", async function () {
    const order: string[] = [];
    const undo = new Undo();
    undo.defer(() => void order.push("step"));
    await undo[Symbol.asyncDispose]();

    await undo[Symbol.asyncDispose]();

    expect(order).to.deep.equal(["step"]);
  });

  it("runs the others when one fails", async function () {
    const order: string[] = [];
    const undo = new Undo();
    undo.defer(() => void order.push("oldest"));
    undo.defer(() => {
      throw new Error("no");
    });

    await caught(undo[Symbol.asyncDispose]());

    expect(order).to.deep.equal(["oldest"]);
  });

  it("throws all failures in one AggregateError, those of others flattened", async function () {
    const [a, b, c] = [new Error("a"), new Error("b"), new Error("c")];
    const undo = new Undo();
    undo.defer(() => Promise.reject(a));
    undo.defer(() => {
      throw new AggregateError([b, c]);
    });

    const error = await caught(undo[Symbol.asyncDispose]());

    expect(error).to.be.instanceOf(AggregateError);
    expect((error as AggregateError).errors).to.deep.equal([b, c, a]);
    expect((error as AggregateError).message).to.equal("undo failed: b (and 2 more)");
  });

  it("refuses a reverse that nobody would run any more", async function () {
    const undo = new Undo();
    await undo[Symbol.asyncDispose]();

    expect(() => {
      undo.defer(() => undefined);
    })
      .to.throw()
      .with.property("code", "ERR_CNM_CLOSED");
  });

  it("undoes when an `await using` block throws, and lets the error through", async function () {
    const order: string[] = [];
    const failure = new Error("step two");

    const error = await caught(
      (async () => {
        await using undo = new Undo();
        undo.defer(() => void order.push("undone"));
        throw failure;
      })(),
    );

    expect(error).to.equal(failure);
    expect(order).to.deep.equal(["undone"]);
  });
});
