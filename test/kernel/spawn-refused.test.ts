import { expect } from "chai";
import { spawn } from "node:child_process";
import { failure, newHost, type SpawnWords } from "../support/cnm.js";

describe("Sandbox.spawn of what cannot be started", function () {
  const cases: Readonly<Record<string, SpawnWords>> = {
    "is not there": ["/none/at/all", ["x"], {}],
    "is not in the PATH": ["no-such-program", [], {}],
    "is a folder": ["/etc", [], {}],
    "is not executable": [import.meta.filename, [], {}],
    "has a working directory that is not there": ["true", [], { cwd: "/none" }],
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

  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    "no command": [],
    "a number": [7],
    "a number for an argument": ["true", [7]],
    "text for options": ["true", [], "x"],
    "a negative user": ["true", [], { uid: -1 }],
    "text for a group": ["true", [], { gid: "users" }],
    "a number for argv[0]": ["true", [], { argv0: 7 }],
    "an object for a shell": ["true", [], { shell: {} }],
    "a number for stdio": ["true", [], { stdio: 7 }],
    "unknown words for stdio": ["true", [], { stdio: "pype" }],
    "a NUL in the command": ["tr\0ue"],
    "a NUL in an argument": ["true", ["\0"]],
    "nothing for a command": [""],
    "a number for a working directory": ["true", [], { cwd: 7 }],
  };
  for (const [what, words] of Object.entries(wrong)) {
    it(`throws at once, with a code: ${what}`, async function () {
      await using world = await newHost(this);
      const sandbox = await world.cnm.createSandbox("s");

      expect(() => sandbox.spawn(...(words as ["true"])))
        .to.throw()
        .with.property("code")
        .that.matches(/^ERR_/);
    });
  }
});
