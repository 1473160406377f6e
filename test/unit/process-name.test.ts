import { processName } from "#lib/util/process-name.js";
import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";

describe("processName", function () {
  it("names another process by id and command", async function () {
    const child = spawn("cat");
    await once(child, "spawn");

    const name = processName(child.pid);

    const closed = once(child, "close");
    child.stdin.end();
    await closed;
    expect(name).to.equal(`process ${child.pid ?? 0} (cat)`);
    expect(processName(child.pid)).to.equal(`process ${child.pid ?? 0}`);
  });

  for (const [pid, name] of [
    [process.pid, `this process (${process.pid})`],
    [0, "a process of another pid namespace"],
    [undefined, "another process"],
  ] as const) {
    it(`says ${name} of ${pid ?? "nobody"}`, function () {
      expect(processName(pid)).to.equal(name);
    });
  }
});
