import { stores } from "#lib/store/index.js";
import { openMemoryStore } from "#lib/store/memory.js";
import { expect } from "chai";
import { newFolder } from "../support/folder.js";
import { FileStore } from "../support/own/store.js";
import { storeContract } from "./store.js";
import { join } from "node:path";

describe("stores", function () {
  const folders: Disposable[] = [];

  after(function () {
    for (const folder of folders) folder[Symbol.dispose]();
  });

  for (const factory of stores) {
    storeContract(factory.name, () => {
      const folder = newFolder();
      folders.push(folder);
      return factory.open({
        stateDirectory: join(folder.path, "state"),
        runDirectory: join(folder.path, "run"),
      });
    });
  }

  storeContract("an embedder's", () => {
    const folder = newFolder();
    folders.push(folder);
    return Promise.resolve(new FileStore(join(folder.path, "state.json")));
  });
});

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
