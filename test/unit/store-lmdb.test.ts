import type { Json } from "#lib/store/contract.js";
import { openLmdbStore } from "#lib/store/lmdb.js";
import type { Schema } from "#lib/store/migrations.js";
import { expect } from "chai";
import { join } from "node:path";
import { newFolder } from "../support/folder.js";
import { cnmRefusal, rejection } from "../support/rejection.js";
import { until } from "../support/wait.js";

function placeIn(folder: string) {
  return { stateDirectory: join(folder, "state"), runDirectory: join(folder, "run") };
}

/** To 3 over 2: names are in capitals first, then in a list; sandboxes are forgotten. */
const third: Schema = {
  version: 3,
  migrations: [
    { to: 2, change: (_kind, _id, value) => JSON.stringify(value).toUpperCase() },
    { to: 3, change: (kind, id, value) => (kind === "sandbox" ? undefined : [id, value]) },
  ],
};

describe("store: lmdb", function () {
  this.timeout(20_000);

  it("brings values of older versions to its own, in both files", async function () {
    using folder = newFolder();
    const old = await openLmdbStore(placeIn(folder.path));
    for (const kind of ["network", "endpoint", "sandbox", "lease"] as const) {
      await old.put(kind, "x", "name");
    }
    await old.close();

    const store = await openLmdbStore(placeIn(folder.path), third);
    const dump = await store.export();
    await store.close();
    const again = await openLmdbStore(placeIn(folder.path), third);
    const unchanged = await again.export();
    await again.close();

    const entries = [{ id: "x", value: ["x", '"NAME"'] }];
    expect(dump.schema).to.equal(3);
    expect(dump.entries).to.deep.equal({
      controller: [],
      endpoint: entries,
      lease: entries,
      network: entries,
      sandbox: [],
    });
    expect(unchanged).to.deep.equal(dump);
  });

  it("changes nothing where one value cannot be migrated", async function () {
    using folder = newFolder();
    const old = await openLmdbStore(placeIn(folder.path));
    await old.write(["a", "b"].map((id) => ({ kind: "network", id, value: id })));
    await old.close();
    const change = (_kind: string, id: string, value: Json): Json => {
      if (id === "b") throw new Error("not this one");
      return [value];
    };

    const failing = openLmdbStore(placeIn(folder.path), {
      version: 2,
      migrations: [{ to: 2, change }],
    });
    const error = await rejection(failing);
    const store = await openLmdbStore(placeIn(folder.path));
    const kept = await store.list("network");
    await store.close();

    expect(error.message).to.include("not this one");
    expect(kept).to.have.members(["a", "b"]);
  });

  it("refuses a newer version, and leaves it as it is", async function () {
    using folder = newFolder();
    const newer = await openLmdbStore(placeIn(folder.path), third);
    await newer.put("network", "x", "newer");
    await newer.close();

    const error = await cnmRefusal(openLmdbStore(placeIn(folder.path)));
    const again = await openLmdbStore(placeIn(folder.path), third);
    const kept = await again.get("network", "x");
    await again.close();

    expect(error).to.nested.include({
      code: "ERR_CNM_STORE",
      "context.path": join(folder.path, "state", "state.lmdb"),
    });
    expect(error.message).to.include("version 3, and this library knows 1: update the library");
    expect(kept).to.equal("newer");
  });

  it("says that it is durable", async function () {
    using folder = newFolder();
    const store = await openLmdbStore(placeIn(folder.path));
    await store.close();

    expect(store.durable).to.equal(true);
  });

  it("moves leases to the disk behind, and knows them all the time", async function () {
    using folder = newFolder();
    const place = placeIn(folder.path);
    const store = await openLmdbStore(place);
    await store.put("lease", "kept", 1);
    await store.put("lease", "deleted", 1);
    // One that shares the disk's file alone sees what was moved.
    const disk = await openLmdbStore({ ...place, runDirectory: join(folder.path, "other") });
    const seenAtOnce = await disk.list("lease");

    let known = 0;
    await until("the leases are on disk", async () => {
      known += Number((await store.list("lease")).length === 2);
      return (await disk.list("lease")).length === 2;
    });
    await store.delete("lease", "deleted");
    const withoutDeleted = await store.list("lease");
    await store.close();
    const lastOnDisk = await disk.list("lease");
    await disk.close();

    expect(seenAtOnce).to.deep.equal([]);
    expect(known).to.be.greaterThan(0);
    expect(withoutDeleted).to.deep.equal([1]);
    expect(lastOnDisk).to.deep.equal([1]);
  });

  it("refuses an id that is too long, and finds nothing under it", async function () {
    using folder = newFolder();
    const store = await openLmdbStore(placeIn(folder.path));
    const id = "x".repeat(1025);

    const error = await cnmRefusal(store.put("network", id, 1));
    const found = await store.get("network", id);
    await store.put("network", id.slice(1), 2);
    const longest = await store.get("network", id.slice(1));
    await store.close();

    expect(error).to.nested.include({ code: "ERR_CNM_STORE", "context.field": "id" });
    expect(found).to.equal(undefined);
    expect(longest).to.equal(2);
  });
});
