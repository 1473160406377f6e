import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { failure, newHost, type SpawnWords } from "../support/cnm.js";

describe("Sandbox.spawn of what cannot be started", function () {
  const cases: Readonly<Record<string, SpawnWords>> = {
    "is not there": ["/none/at/all", ["x"], {}],
    "is not in the PATH": ["no-such-program", [], {}],
    "is a folder": ["/etc", [], {}],
    "is not executable": [import.meta.filename, [], {}],
    "has a working directory that is not there": ["true", [], { cwd: "/none" }],
    "has a shell that is not there": ["true", ["x"], { shell: "/none" }],
    "has another argv[0]": ["/none", ["x"], { argv0: "zero" }],
    "has no streams": ["/none", [], { stdio: "ignore" }],
  };
  for (const [what, words] of Object.entries(cases)) {
    it(`emits the "error" that child_process emits: it ${what}`, async function () {
      await using world = await newHost(this);
      const sandbox = await world.cnm.createSandbox("s");

      const inside = await failure(sandbox.spawn(...words));
      const outside = await failure(spawn(...words));

      expect({ ...inside }).to.deep.equal({ ...outside });
      expect(inside.message).to.equal(outside.message);
    });
  }

  for (const [what, words] of Object.entries(cases)) {
    it(`tells the same events in the same order, and ends alike: it ${what}`, async function () {
      await using world = await newHost(this);
      const sandbox = await world.cnm.createSandbox("s");

      const inside = await lifeOf(sandbox.spawn(...words));

      expect(inside).to.deep.equal(await lifeOf(spawn(...words)));
      expect(inside.events.map(([event]) => event)).to.deep.equal(["error", "close"]);
    });
  }

  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    "no command": [],
    "a number": [7],
    "text for arguments": ["true", "x"],
    "a function for options": ["true", () => undefined],
    "null for options": ["true", [], null],
    "text for options": ["true", [], "x"],
    "a large user": ["true", [], { uid: 2 ** 32 }],
    "text for a group": ["true", [], { gid: "users" }],
    "a number for argv[0]": ["true", [], { argv0: 7 }],
    "a NUL in argv[0]": ["true", [], { argv0: "\0" }],
    "an object for a shell": ["true", [], { shell: {} }],
    "a number for stdio": ["true", [], { stdio: 7 }],
    "an unknown word for stdio": ["true", [], { stdio: "pype" }],
    "an unknown word in stdio": ["true", [], { stdio: ["pype"] }],
    "two channels": ["true", [], { stdio: ["ipc", "ipc"] }],
    "a NUL in the command": ["tr\0ue"],
    "a NUL in an argument": ["true", ["a", "\0"]],
    "nothing for a command": [""],
    "a number for a working directory": ["true", [], { cwd: 7 }],
    "a negative time limit": ["true", [], { timeout: -7 }],
    "an unknown signal": ["true", [], { killSignal: "SIGNONE" }],
  };
  for (const [what, words] of Object.entries(wrong)) {
    it(`throws what child_process throws: ${what}`, async function () {
      await using world = await newHost(this);
      const sandbox = await world.cnm.createSandbox("s");

      expect(thrownBy(sandbox.spawn, words)).to.deep.equal(thrownBy(spawn, words));
    });
  }

  it("throws at once for more words than there can be", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");

    expect(() => sandbox.spawn("true", new Array<string>(2 ** 32 - 1)))
      .to.throw("args")
      .with.property("code", "ERR_CNM_INVALID_OPTION");
  });

  it("throws at once for a negative user", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");

    expect(() => sandbox.spawn("true", [], { uid: -1 }))
      .to.throw("options.uid")
      .with.property("code", "ERR_CNM_INVALID_OPTION");
  });
});

/** All that the child tells of its life, and how it looks at its end. */
async function lifeOf(child: ChildProcess) {
  const events: unknown[][] = [];
  for (const event of ["spawn", "error", "exit", "close"]) {
    child.on(event, (...values: unknown[]) => {
      const { pid, exitCode, signalCode } = child;
      events.push([event, ...values.map(plain), { pid, exitCode, signalCode }]);
    });
  }
  await new Promise((resolve) => child.on("close", resolve));
  await new Promise(setImmediate); // would anything follow?
  const { pid, exitCode, signalCode, spawnfile, spawnargs } = child;
  return { events, pid, exitCode, signalCode, spawnfile, spawnargs };
}

function plain(value: unknown): unknown {
  return value instanceof Error ? Object.assign({}, value, { message: value.message }) : value;
}

function thrownBy(start: typeof spawn, words: readonly unknown[]): unknown {
  try {
    start(...(words as ["true"]));
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    return { name, code, message };
  }
  throw new Error("nothing was thrown");
}
