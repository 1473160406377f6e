import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { freshPath } from "../support/netns.js";
import { output } from "../support/run.js";
import { childFile, runChild } from "./child.js";

describe("process: its end", function () {
  this.timeout(60_000);

  it("comes by itself while a handle is open and idle", async function () {
    const path = freshPath();

    const { code, stdout, stderr } = await runChild("hold", [path]);

    expect(stderr).to.equal("");
    expect(code).to.equal(0);
    expect(stdout).to.equal("1 link, and nothing more to do\n");
    expect(existsSync(path), "the pin stays: nobody deleted it").to.equal(true);
    await output("umount", [path]);
    await output("rm", [path]);
  });

  for (const [how, code] of [
    ["exit", 7],
    ["throw", 1],
  ] as const) {
    it(`comes at any moment by ${how}, whatever is under way`, async function () {
      const delays = Array.from({ length: 16 }, (_, at) => String(Math.round(1.6 ** at * 30)));

      for (const delay of delays) {
        const ended = await runChild("busy", [delay, how]);

        expect(ended.signal, `after ${delay} us: ${ended.stderr}`).to.equal(null);
        expect(ended.code, `after ${delay} us: ${ended.stderr}`).to.equal(code);
        if (how === "exit") expect(ended.stderr).to.equal("");
      }
    });
  }

  it("comes by SIGKILL at any moment, and leaves nothing", async function () {
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, [childFile("busy"), "1000000000"]);
      await once(child.stdout, "data");
      for (let turn = 0; turn < round * 40; turn++) await new Promise(setImmediate);
      const exited = once(child, "exit");

      child.kill("SIGKILL");

      expect(await exited).to.deep.equal([null, "SIGKILL"]);
    }
  });

  it("is not brought about by SIGTERM that JavaScript handles, while jobs run", async function () {
    const { code, stdout, stderr } = await runChild("signals");

    expect(stderr).to.equal("");
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({ caught: 5, worked: true });
  });
});

describe("process: descriptors", function () {
  this.timeout(60_000);

  it("are freed when handles are collected unclosed, and jobs under way end well", async function () {
    const { code, stdout, stderr } = await runChild("collect", [], ["--expose-gc"]);

    expect(stderr).to.equal("");
    expect(JSON.parse(stdout)).to.deep.equal({ opened: true, failed: 0, error: "" });
    expect(code).to.equal(0);
  });

  it("of sockets are at most 1,024, however many namespaces are open", async function () {
    const { stdout, stderr } = await runChild("many-open", [freshPath(), "1200"]);

    expect(stderr).to.equal("");
    const seen = JSON.parse(stdout) as { sockets: number; right: boolean; left: number };
    expect(seen.sockets).to.be.within(1000, 1030);
    expect(seen.right).to.equal(true);
    expect(seen.left, "the addon's own namespace").to.equal(1);
  });
});
