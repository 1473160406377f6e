import { openLmdbStore } from "#lib/store/lmdb.js";
import { expect } from "chai";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "../support/folder.js";
import { cnmRefusal } from "../support/rejection.js";
import { output } from "../support/run.js";

/** A file system of 1 MB of its own. */
async function small(path: string): Promise<AsyncDisposable & { readonly path: string }> {
  mkdirSync(path, { recursive: true });
  await output("mount", ["--no-mtab", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path]);
  return { path, [Symbol.asyncDispose]: () => unmount(path) };
}

async function readOnly(path: string): Promise<AsyncDisposable & { readonly path: string }> {
  await output("mount", ["--no-mtab", "--bind", path, path]);
  await output("mount", ["--no-mtab", "-o", "remount,bind,ro", path]);
  return { path, [Symbol.asyncDispose]: () => unmount(path) };
}

async function unmount(path: string): Promise<void> {
  await output("umount", ["--no-mtab", path]);
}

function placeIn(folder: string) {
  return { stateDirectory: join(folder, "state"), runDirectory: join(folder, "run") };
}

/** Takes all the room there is. */
function fillUp(folder: string): void {
  for (const [name, size] of [
    ["filler", 1 << 16],
    ["filler-2", 512],
  ] as const) {
    try {
      for (let more = 0; ; more += 1)
        writeFileSync(join(folder, name), Buffer.alloc(size), { flag: "a" });
    } catch (error) {
      expect(error).to.have.property("code", "ENOSPC");
    }
  }
}

function makeRoom(folder: string): void {
  for (const name of ["filler", "filler-2"]) rmSync(join(folder, name), { force: true });
}

describe("store: lmdb, disks", function () {
  this.timeout(60_000);

  for (const [where, kind] of [
    ["state", "network"],
    ["run", "endpoint"],
  ] as const) {
    it(`says that the disk is full, and goes on when there is room: ${where}`, async function () {
      using folder = newFolder();
      await using mounted = await small(join(folder.path, where));
      const mount = mounted.path;
      const store = await openLmdbStore(placeIn(folder.path));
      await store.put(kind, "before", "x".repeat(5000));
      fillUp(mount);
      // Replacing needs no new pages at first; a value of many pages does.
      const value = "y".repeat(200_000);
      const changes = ["a", "b"].map((id) => ({ kind, id, value }));

      const error = await cnmRefusal(store.write([...changes, { kind, id: "before", value: 1 }]));
      const afterwards = await store.list(kind);
      makeRoom(mount);
      await store.write([{ kind, id: "a", value }]);
      await store.close();
      const again = await openLmdbStore(placeIn(folder.path));
      const kept = await again.list(kind);
      await again.close();

      expect(error.code).to.equal("ERR_CNM_STORE");
      expect(error.context["path"]).to.be.a("string").that.includes(`${mount}/`);
      expect(error.message).to.include("there is no room");
      expect(afterwards).to.deep.equal(["x".repeat(5000)]);
      expect(kept).to.have.members([value, "x".repeat(5000)]);
    });

    it(`refuses to open on a full disk: ${where}`, async function () {
      using folder = newFolder();
      await using mounted = await small(join(folder.path, where));
      const mount = mounted.path;
      fillUp(mount);

      const error = await cnmRefusal(openLmdbStore(placeIn(folder.path)));
      makeRoom(mount);
      const store = await openLmdbStore(placeIn(folder.path));
      await store.close();

      expect(error.code).to.equal("ERR_CNM_STORE");
      expect(error.message).to.include("there is no room");
    });

    for (const opened of ["before", "never"]) {
      it(`refuses a read-only file system, used ${opened}: ${where}`, async function () {
        using folder = newFolder();
        const place = placeIn(folder.path);
        mkdirSync(join(folder.path, where), { recursive: true });
        if (opened === "before") await (await openLmdbStore(place)).close();
        await using mounted = await readOnly(join(folder.path, where));

        const error = await cnmRefusal(openLmdbStore(place));

        expect(error.code).to.equal("ERR_CNM_STORE");
        expect(error.context["path"]).to.be.a("string").that.includes(mounted.path);
        expect(error.message).to.include("read-only");
      });
    }

    it(`refuses a file where its folder should be: ${where}`, async function () {
      using folder = newFolder();
      writeFileSync(join(folder.path, where), "a file");

      const error = await cnmRefusal(openLmdbStore(placeIn(folder.path)));

      expect(error.code).to.equal("ERR_CNM_STORE");
      expect(error.message).to.include("something else is in its place");
    });
  }

  it("refuses a folder where its file should be", async function () {
    using folder = newFolder();
    const path = join(folder.path, "state", "state.lmdb");
    mkdirSync(path, { recursive: true });

    const error = await cnmRefusal(openLmdbStore(placeIn(folder.path)));

    expect(error).to.nested.include({ code: "ERR_CNM_STORE", "context.path": path });
  });

  it("keeps leases in memory while the disk is full, and moves them when it is not", async function () {
    using folder = newFolder();
    await using mounted = await small(join(folder.path, "state"));
    const mount = mounted.path;
    const store = await openLmdbStore(placeIn(folder.path));
    fillUp(mount);
    await store.put("lease", "10.0.0.2", 1);

    const error = await cnmRefusal(store.close());
    const again = await openLmdbStore(placeIn(folder.path));
    const found = await again.get("lease", "10.0.0.2");
    makeRoom(mount);
    await again.close();
    rmSync(join(folder.path, "run"), { recursive: true });
    const last = await openLmdbStore(placeIn(folder.path));
    const moved = await last.get("lease", "10.0.0.2");
    await last.close();

    expect(error.code).to.equal("ERR_CNM_STORE");
    expect(found).to.equal(1);
    expect(moved).to.equal(1);
  });
});
