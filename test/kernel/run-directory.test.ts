import { Controller } from "#lib/index.js";
import { expect } from "chai";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "../support/folder.js";
import { newNetns } from "../support/netns.js";
import { cnmRefusal } from "../support/rejection.js";
import { output } from "../support/run.js";

/** Until it is disposed of, nobody can write there. */
async function readOnly(path: string): Promise<AsyncDisposable & { readonly path: string }> {
  mkdirSync(join(path, "netns"), { recursive: true });
  await output("mount", ["--no-mtab", "--bind", path, path]);
  await output("mount", ["--no-mtab", "-o", "remount,bind,ro", path]);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await output("umount", ["--no-mtab", path]);
      rmSync(path, { recursive: true });
    },
  };
}

describe("run directory", function () {
  it("is refused where it is there, and cannot be written", async function () {
    await using netns = await newNetns(this);
    using folder = newFolder();
    await using locked = await readOnly(join(folder.path, "run"));

    const opening = Controller.open({ host: netns, runDirectory: locked.path });

    const error = await cnmRefusal(opening);

    expect(error).to.nested.include({
      code: "ERR_CNM_UNSUPPORTED",
      "context.field": "runDirectory",
    });
    expect(error.message).to.include("give one that this user may write");
  });

  it("is another one by default where /run/<instance> cannot be written", async function () {
    await using netns = await newNetns(this);
    await using locked = await readOnly("/run/locked");

    await using cnm = await Controller.open({ host: netns, instance: "locked" });
    const sandbox = await cnm.createSandbox("s");

    expect(sandbox.path)
      .to.match(/\/netns\/[\da-f]{32}$/)
      .and.not.include(locked.path);
  });
});
