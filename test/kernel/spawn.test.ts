import { expect } from "chai";
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "#lib/index.js";
import {
  endOf,
  failure,
  newHost,
  runInside,
  type SpawnWords,
  type TestHost,
} from "../support/cnm.js";
import { newFolder } from "../support/folder.js";
import { needs } from "../support/needs.js";
import { until } from "../support/wait.js";

/** How it ends inside of a sandbox and outside of one. */
async function both(sandbox: Sandbox, ...words: SpawnWords) {
  const inside = await endOf(sandbox.spawn(...words));
  const outside = await endOf(spawn(...words));
  return { inside, outside };
}

function newSandbox({ cnm }: TestHost): Promise<Sandbox> {
  return cnm.createSandbox("s");
}

describe("Sandbox.spawn, as child_process.spawn,", function () {
  const piped: SpawnOptions = { stdio: ["ignore", "pipe", "pipe"] };
  const same: Readonly<Record<string, SpawnWords>> = {
    "hands on what is printed": ["sh", ["-c", "echo out; echo err >&2"], piped],
    "hands on the exit code": ["sh", ["-c", "exit 42"], piped],
    "hands on the signal": ["sh", ["-c", "kill -USR1 $$"], piped],
    "passes arguments as they are": ["printf", ["%s|", "a b", "", "'$HOME'", "ü", "--"], piped],
    "runs in the working directory": ["pwd", [], { ...piped, cwd: "/usr/lib" }],
    "gives the environment and no other": [
      "env",
      [],
      { ...piped, env: { PATH: "/usr/bin:/bin", A: "1" } },
    ],
    "looks in the PATH that it gives": [
      "sh",
      ["-c", "echo $0"],
      { ...piped, env: { PATH: "/bin" } },
    ],
    "gives another argv[0]": [
      "sh",
      ["-c", "tr '\\0' ' ' </proc/$$/cmdline"],
      { ...piped, argv0: "zero" },
    ],
    "runs a shell": ["echo $((6 * 7)) $0", [], { ...piped, shell: true }],
    "joins words for a shell": ["echo", ["a   b", "c"], { ...piped, shell: true }],
    "runs another shell": ["echo $0", [], { ...piped, shell: "/bin/bash" }],
    "ends by its time limit": ["sleep", ["60"], { ...piped, timeout: 40, killSignal: "SIGINT" }],
    "takes numbers for arguments": ["echo", [1, true, null, ["a", "b"]] as never, piped],
    "takes null for arguments": ["pwd", null as never, { ...piped, cwd: "/usr" }],
    "takes undefined for arguments": ["pwd", undefined as never, { ...piped, cwd: "/usr" }],
    "takes an empty argv[0]": ["sh", ["-c", "echo $0"], { ...piped, argv0: "" }],
    "ignores what is to be ignored": ["sh", ["-c", "cat; echo x"], { stdio: "ignore" }],
  };
  for (const [what, words] of Object.entries(same)) {
    it(what, async function () {
      await using world = await newHost(this);

      const { inside, outside } = await both(await newSandbox(world), ...words);

      expect(inside).to.deep.equal(outside);
    });
  }

  it("gives streams for all of stdio where nothing is said", async function () {
    await using world = await newHost(this);
    const sandbox = await newSandbox(world);
    const child = sandbox.spawn("cat");

    child.stdin.end("hello");

    expect(await endOf(child)).to.include({ code: 0, stdout: "hello" });
  });

  it("takes options in the place of arguments", async function () {
    await using world = await newHost(this);
    const sandbox = await newSandbox(world);

    const { stdout } = await endOf(sandbox.spawn("pwd", { cwd: "/usr" }));

    expect(stdout).to.equal("/usr\n");
  });

  it("has a stdio as long as it was asked for", async function () {
    await using world = await newHost(this);
    const sandbox = await newSandbox(world);
    const stdios: SpawnOptions["stdio"][] = [
      "ignore",
      "pipe",
      ["pipe"],
      ["ignore", "pipe", "pipe", "pipe"],
    ];

    for (const stdio of stdios) {
      const options = stdio === undefined ? {} : { stdio };
      const [inside, outside] = [sandbox.spawn("true", [], options), spawn("true", [], options)];
      const shape = ({ stdio: all }: ChildProcess) => all.map((one) => one !== null);
      expect(shape(inside)).to.deep.equal(shape(outside));
      await Promise.all([endOf(inside), endOf(outside)]);
    }
  });

  it("gives further streams", async function () {
    await using world = await newHost(this);
    const sandbox = await newSandbox(world);
    const child = sandbox.spawn("sh", ["-c", "cat <&3 >&4"], {
      stdio: ["ignore", "ignore", "inherit", "pipe", "pipe"],
    });
    const [, , , input, output] = child.stdio;
    let answer = "";
    (output as NodeJS.ReadableStream).on("data", (part: Buffer) => (answer += part.toString()));

    (input as NodeJS.WritableStream).end("by three");

    await once(child, "close");
    expect(answer).to.equal("by three");
  });

  it("talks to another Node by messages", async function () {
    await using world = await newHost(this);
    const sandbox = await newSandbox(world);
    const echo = `process.on("message", (m) => process.send({ got: m }, () => process.disconnect()))`;
    const child = sandbox.spawn(process.execPath, ["-e", echo], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const closed = once(child, "close");

    child.send({ n: 7 });

    const [answer] = (await once(child, "message")) as [unknown];
    expect(answer).to.deep.equal({ got: { n: 7 } });
    expect(await closed).to.deep.equal([0, null]);
  });

  it("has the program's process id and its words", async function () {
    await using world = await newHost(this);
    const sandbox = await newSandbox(world);

    const child = sandbox.spawn("sh", ["-c", "echo $$"], { stdio: ["ignore", "pipe", "pipe"] });

    expect(child).to.include({ spawnfile: "sh" });
    expect(child.spawnargs).to.deep.equal(["sh", "-c", "echo $$"]);
    expect((await endOf(child)).stdout.trim()).to.equal(String(child.pid));
  });

  const described: Readonly<Record<string, SpawnWords>> = {
    plain: ["true", ["a", 1 as never], {}],
    "by a shell": ["true", ["a", "b"], { shell: true }],
    "by another argv[0]": ["true", ["a"], { argv0: "zero" }],
  };
  for (const [what, words] of Object.entries(described)) {
    it(`describes itself: ${what}`, async function () {
      await using world = await newHost(this);
      const [inside, outside] = [(await newSandbox(world)).spawn(...words), spawn(...words)];

      expect([inside.spawnfile, inside.spawnargs]).to.deep.equal([
        outside.spawnfile,
        outside.spawnargs,
      ]);
      await Promise.all([endOf(inside), endOf(outside)]);
    });
  }

  it("tells that it has started, then that it has ended, even where both are old news", async function () {
    await using world = await newHost(this);
    const child = (await newSandbox(world)).spawn("echo", ["late"]);
    const events: string[] = [];
    for (const event of ["spawn", "error", "exit", "close"]) {
      child.on(event, () => events.push(event));
    }
    const busyUntil = Date.now() + 200;
    while (Date.now() < busyUntil); // it ends before this thread can look

    await once(child, "spawn");
    const printed = endOf(child);

    expect(await printed).to.deep.equal({ code: 0, signal: null, stdout: "late\n", stderr: "" });
    expect(events).to.deep.equal(["spawn", "exit", "close"]);
  });

  it("tells that it has started before it tells that it was aborted", async function () {
    await using world = await newHost(this);
    const sandbox = await newSandbox(world);
    const told = async (child: ChildProcess) => {
      const events: string[] = [];
      for (const event of ["spawn", "error", "exit", "close"]) {
        child.on(event, () => events.push(event));
      }
      await new Promise((resolve) => child.on("close", resolve));
      return events;
    };
    const words: SpawnWords = ["sleep", ["60"], { signal: AbortSignal.abort() }];

    expect(await told(sandbox.spawn(...words))).to.deep.equal(await told(spawn(...words)));
  });

  it("can be killed, and leaves no zombie", async function () {
    await using world = await newHost(this);
    const child = (await newSandbox(world)).spawn("sleep", ["60"]);
    const closed = once(child, "close");
    await once(child, "spawn");

    expect(child.kill("SIGKILL")).to.be.true;

    expect(await closed).to.deep.equal([null, "SIGKILL"]);
    expect(readdirSync("/proc")).not.to.include(String(child.pid));
  });

  it("ends by an AbortSignal with an AbortError", async function () {
    await using world = await newHost(this);
    const controller = new AbortController();
    const sandbox = await newSandbox(world);
    const child = sandbox.spawn("sleep", ["60"], { signal: controller.signal });
    const failed = failure(child);
    await once(child, "spawn");

    controller.abort();

    expect(await failed).to.include({ name: "AbortError", code: "ABORT_ERR" });
    expect(child.signalCode).to.equal("SIGTERM");
  });

  it("runs detached in a session of its own", async function () {
    await using world = await newHost(this);
    const args = ["-c", "cut -d' ' -f6 /proc/$$/stat"];
    const child = (await newSandbox(world)).spawn("sh", args, { detached: true });

    expect((await endOf(child)).stdout.trim()).to.equal(String(child.pid));
  });

  it("carries megabytes", async function () {
    await using world = await newHost(this);

    const { code, stdout } = await runInside(await newSandbox(world), "head", [
      "-c8388608",
      "/dev/zero",
    ]);

    expect([code, stdout.length]).to.deep.equal([0, 8_388_608]);
  });

  it("runs many at once", async function () {
    await using world = await newHost(this);
    const sandbox = await newSandbox(world);
    const numbers = Array.from({ length: 40 }, (_, at) => String(at));

    const ends = await Promise.all(numbers.map((n) => runInside(sandbox, "echo", [n])));

    expect(ends.map(({ stdout }) => stdout.trim())).to.deep.equal(numbers);
  });

  it("drops to another user and group", async function () {
    needs(this, "root");
    await using world = await newHost(this);

    const { stdout } = await runInside(await newSandbox(world), "id", [], {
      uid: 65534,
      gid: 65533,
    });

    expect(stdout)
      .to.match(/^uid=65534\S* gid=65533\S*/)
      .and.not.match(/groups=.*\b0\b/);
  });
});

describe("a program in a sandbox", function () {
  it("sees the interfaces of its namespace alone", async function () {
    await using world = await newHost(this);
    const sandbox = await newSandbox(world);

    const { stdout } = await runInside(sandbox, "cat", ["/proc/self/net/dev"]);

    expect(stdout).to.match(/^ +lo:/m);
    expect(stdout.trim().split("\n")).to.have.lengthOf(3); // two of heading
  });

  it("holds the descriptors that it was given and no other", async function () {
    await using world = await newHost(this);
    const sandbox = await newSandbox(world);
    const script = "for fd in /proc/$$/fd/*; do echo ${fd##*/}; done";

    const { stdout } = await runInside(sandbox, "sh", ["-c", script]);

    const outside = await endOf(spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "pipe"] }));
    expect(stdout).to.equal(outside.stdout);
  });

  it("has a mount namespace whose mounts stay there", async function () {
    await using world = await newHost(this);
    const sandbox = await newSandbox(world);

    const { stdout } = await runInside(sandbox, "sh", [
      "-c",
      "mount -n -t tmpfs none /mnt && readlink /proc/self/ns/mnt && touch /mnt/inside && ls /mnt",
    ]);

    expect(stdout).to.match(/^mnt:\[\d+\]\ninside\n$/);
    expect(readdirSync("/mnt")).not.to.include("inside");
  });

  it("outlives its sandbox, and its namespace goes with it", async function () {
    await using world = await newHost(this);
    const sandbox = await newSandbox(world);
    const child = sandbox.spawn("cat", [], { stdio: ["pipe", "pipe", "pipe"] });
    await once(child, "spawn");
    child.stdin.write("x");
    await once(child.stdout, "data");

    await sandbox.delete();
    child.stdin.end("y");

    expect(await endOf(child)).to.include({ code: 0 });
    await until("the process is gone", () => !readdirSync("/proc").includes(String(child.pid)));
  });

  it("runs a script by its interpreter", async function () {
    await using world = await newHost(this);
    using folder = newFolder();
    const script = join(folder.path, "script");
    writeFileSync(script, "#!/bin/sh\necho by $0\n");
    chmodSync(script, 0o755);

    const { stdout } = await runInside(await newSandbox(world), script);

    expect(stdout).to.equal(`by ${script}\n`);
  });
});
