import { stores } from "#lib/store/index.js";
import { openMemoryStore } from "#lib/store/memory.js";
import { expect } from "chai";
import { storeContract } from "./store.js";

storeContract("memory", openMemoryStore);

describe("store registry", function () {
  it("is in alphabetical order", function () {
    const names = stores.map(({ name }) => name);

    expect(names).to.deep.equal([...names].sort());
  });
});

describe("store: memory", function () {
  it("says that it is not durable", async function () {
    const store = await openMemoryStore();

    expect(store.durable).to.be.false;
  });
});
