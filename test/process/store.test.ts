import type { StoreDump } from "#lib/store/contract.js";
import { openLmdbStore } from "#lib/store/lmdb.js";
import { expect } from "chai";
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { Faulty } from "../support/faults.js";
import { newFolder } from "../support/folder.js";
import { needs } from "../support/needs.js";
import { childFile, runChild, traceChild } from "./child.js";

function placeIn(folder: string) {
  return { stateDirectory: join(folder, "state"), runDirectory: join(folder, "run") };
}

function stateFile(folder: string): string {
  return join(folder, "state", "state.lmdb");
}

/** With enough networks for a tree of several pages, one of which fills pages of its own. */
async function fill(folder: string): Promise<void> {
  const store = await openLmdbStore(placeIn(folder));
  const changes = Array.from({ length: 300 }, (_, at) => ({
    kind: "network" as const,
    id: `n${at}`,
    value: { name: `network ${at}`, text: "x".repeat(at === 7 ? 20_000 : 100) },
  }));
  await store.write(changes);
  await store.close();
}

/** What another process says of all that is there. */
async function exportOf(folder: string): Promise<StoreDump> {
  const { stdout, stderr } = await runChild("store", ["export", folder]);
  expect(stderr).to.equal("");
  return JSON.parse(stdout) as StoreDump;
}

function valueOf(dump: StoreDump, kind: "endpoint" | "lease" | "network" | "sandbox", id: string) {
  return dump.entries[kind].find((entry) => entry.id === id)?.value;
}

describe("store: lmdb, between processes", function () {
  this.timeout(300_000);

  it("goes on after a disk that failed, has not half of what failed, and ends no process", async function () {
    using folder = newFolder();
    const faulty = new Faulty(this, childFile("store"), ["failing", folder.path]);

    const { code, stdout, stderr } = await faulty.refuseWrite(1, constants.errno.EIO);

    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal(["ERR_CNM_STORE", "before", "after"]);
  });

  it("is the same for another process, and for one while it is open", async function () {
    using folder = newFolder();
    const store = await openLmdbStore(placeIn(folder.path));
    await store.write([
      { kind: "network", id: "n", value: { a: 1 } },
      { kind: "endpoint", id: "e", value: 2 },
      { kind: "lease", id: "l", value: 3 },
    ]);
    const mine = await store.export();

    const whileOpen = await exportOf(folder.path);
    await store.close();
    const after = await exportOf(folder.path);

    expect(mine.entries.network).to.deep.equal([{ id: "n", value: { a: 1 } }]);
    expect(whileOpen).to.deep.equal(mine);
    expect(after).to.deep.equal(mine);
  });

  it("finds what a process left that ended without close", async function () {
    using folder = newFolder();
    const { stdout } = await runChild("store", ["leave", folder.path]);
    expect(stdout).to.equal("done");
    rmSync(`${stateFile(folder.path)}.backup`, { force: true });

    const store = await openLmdbStore(placeIn(folder.path));
    // Its leases are on disk now: nothing in memory is needed to know them.
    rmSync(join(folder.path, "run"), { recursive: true });
    const dump = await store.export();
    await store.close();
    const afterwards = await exportOf(folder.path);

    expect(valueOf(dump, "endpoint", "e")).to.equal("left");
    expect(valueOf(afterwards, "lease", "10.0.0.2")).to.equal("left");
    expect(valueOf(afterwards, "endpoint", "e")).to.equal(undefined);
  });

  it("loses nothing that was resolved when it is killed, and is never half", async function () {
    using folder = newFolder();
    let last = 0;
    for (let time = 0; time < 12; time += 1) {
      const resolved = await killedAfter(folder.path, 20 + time * 37);

      const dump = await exportOf(folder.path);

      const [a, b] = ["a", "b"].map((id) => Number(valueOf(dump, "network", id) ?? 0));
      const kinds = ["endpoint", "sandbox", "lease"] as const;
      const rounds = new Set(kinds.map((kind) => valueOf(dump, kind, "newest")));
      expect([...rounds], "one round").to.have.lengthOf(1);
      expect(Number([...rounds][0])).to.be.within(resolved, resolved + 1);
      expect(a)
        .to.equal(b)
        .and.to.be.within(resolved - (resolved % 16), resolved + 1);
      last = resolved;
    }
    expect(last).to.be.greaterThan(100);
  });

  it("syncs no disk for what dies with the boot, and does for what outlives it", async function () {
    needs(this, "ptrace");
    using folder = newFolder();
    const options = [
      "-e",
      "trace=fsync,fdatasync,msync,sync_file_range,access,faccessat,openat,pwritev",
    ];

    const passing = await traceChild("store", options, ["passing", folder.path]);
    const lasting = await traceChild("store", options, ["lasting", folder.path]);

    const syncs = [passing, lasting].map(({ stderr }) => {
      const from = stderr.indexOf("/mark-begin");
      const between = stderr.slice(from, stderr.indexOf("/mark-end", from));
      expect(from).to.be.greaterThan(0);
      return [...between.matchAll(/\b(?:fsync|fdatasync|msync|sync_file_range)\(/g)].length;
    });
    expect([passing.stdout, lasting.stdout]).to.deep.equal(["done", "done"]);
    expect(syncs[0]).to.equal(0);
    expect(syncs[1]).to.be.greaterThan(0);
  });

  it("removes what other boots left in the run directory, and nothing else", async function () {
    using folder = newFolder();
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const other = "01234567-89ab-4cde-8f01-23456789abcd";
    for (const name of [other, "netns"]) {
      cpSync(import.meta.dirname, join(folder.path, "run", name), { recursive: true });
    }

    const store = await openLmdbStore(placeIn(folder.path));
    await store.close();

    expect(readdirSync(join(folder.path, "run")).sort()).to.deep.equal([bootId, "netns"].sort());
  });
});

describe("store: lmdb, damaged files", function () {
  this.timeout(120_000);

  const page = 4096;
  type Damage = (file: Buffer) => Buffer;
  const damages: Record<string, Damage> = {
    "no bytes": () => Buffer.alloc(0),
    "zeros instead of it": (file) => Buffer.alloc(file.length),
    "text instead of it": () => Buffer.from("not a store\n".repeat(1000)),
    "its first 100 bytes": (file) => file.subarray(0, 100),
    "its first page": (file) => file.subarray(0, page),
    "its first three pages": (file) => file.subarray(0, 3 * page),
    "its first half": (file) => file.subarray(0, file.length / 2),
    "a first meta page of zeros": (file) => over(file, 0, Buffer.alloc(page)),
    "a first meta page of noise": (file) => over(file, 0, noise(page)),
    "a second meta page of noise": (file) => over(file, page, noise(page)),
    "meta pages that lead far out": (file) =>
      [88, 136].reduce(
        (changed, at) => over(over(changed, at, noise(4)), page + at, noise(4)),
        file,
      ),
    "data pages of noise": (file) => over(file, 2 * page, noise(file.length - 2 * page)),
    "data pages of zeros": (file) => over(file, 2 * page, Buffer.alloc(file.length - 2 * page)),
    "entries of noise under whole headers": (file) => {
      for (let at = 2 * page; at < file.length; at += page) noise(page - 64).copy(file, at + 64);
      return file;
    },
  };
  for (const [name, damage] of Object.entries(damages)) {
    it(`is refused with the file's name: ${name}`, async function () {
      using folder = newFolder();
      await fill(folder.path);
      const path = stateFile(folder.path);
      writeFileSync(path, damage(readFileSync(path)));

      const { signal, stdout } = await runChild("store", ["read", folder.path]);

      expect(signal).to.equal(null);
      expect(stdout).to.equal(`ERR_CNM_STORE ${path}`);
    });
  }

  it("crashes no process, whichever page has noise", async function () {
    using folder = newFolder();
    await fill(folder.path);
    const path = stateFile(folder.path);
    const sound = readFileSync(path);
    const outcomes = new Set<string>();
    for (let at = 0; at < sound.length; at += 3 * page) {
      writeFileSync(path, over(Buffer.from(sound), at, noise(page)));

      const { code, signal, stdout } = await runChild("store", ["read", folder.path]);

      expect([code, signal], `page ${at / page}`).to.deep.equal([0, null]);
      outcomes.add(stdout);
    }
    // Free pages may have anything in them.
    expect([...outcomes]).to.include(`ERR_CNM_STORE ${path}`);
    expect([...outcomes].filter((one) => one !== "sound")).to.have.lengthOf(1);
  });

  it("names a copy that brings back what was there", async function () {
    using folder = newFolder();
    await fill(folder.path);
    const path = stateFile(folder.path);
    const before = await exportOf(folder.path);
    const size = statSync(path).size;
    writeFileSync(path, noise(size));
    const refused = await runChild("store", ["read", folder.path]);

    cpSync(`${path}.backup`, path);

    expect(refused.stdout).to.equal(`ERR_CNM_STORE ${path}`);
    expect(await exportOf(folder.path)).to.deep.equal(before);
  });

  it("leaves no half copy behind", async function () {
    using folder = newFolder();
    await fill(folder.path);

    const names = readdirSync(join(folder.path, "state")).sort();

    expect(names).to.deep.equal(["state.lmdb", "state.lmdb-lock", "state.lmdb.backup"]);
    expect(existsSync(stateFile(folder.path))).to.equal(true);
  });

  function over(file: Buffer, at: number, bytes: Buffer): Buffer {
    bytes.copy(file, at);
    return file;
  }

  /** The same each time. */
  function noise(size: number): Buffer {
    let state = 0x9e3779b9;
    return Buffer.from(
      Uint8Array.from({ length: size }, () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return state >>> 24;
      }),
    );
  }
});

/** The last round that a process said was resolved, before it was killed so many rounds on. */
async function killedAfter(folder: string, rounds: number): Promise<number> {
  const child = spawn(process.execPath, [childFile("store"), "loop", folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let [seen, last] = [0, 0];
  for await (const line of createInterface(child.stdout)) {
    last = Number(line);
    seen += 1;
    if (seen === rounds) child.kill("SIGKILL");
  }
  await ended;
  return last;
}
