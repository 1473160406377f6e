import { addon } from "#lib/native.js";
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../support/run.js";

/** The members of `interface Addon` in lib/native.ts: name to number of parameters. */
function declared(): Readonly<Record<string, number>> {
  const source = readFileSync(join(repository, "lib/native.ts"), "utf8");
  const body = /export interface Addon \{\n(.*?)\n\}/s.exec(source)?.[1] ?? "";
  const lines = body.split("\n").filter((line) => !/^ *\/\*\*/.test(line));
  const members = lines.map((line) => {
    const match = /^ {2}(?:readonly )?(\w+)(?:: new )?\((.*?)\)/.exec(line);
    if (match === null) throw new Error(`cannot read ${line}`);
    const [, name = "", parameters = ""] = match;
    return [name, parameters === "" ? 0 : parameters.split(/,(?![^[]*\])/).length] as const;
  });
  return Object.fromEntries(members);
}

describe("lib/native.ts: Addon", function () {
  it("declares just what the addon exports", function () {
    expect(Object.keys(declared()).sort()).to.deep.equal(Object.keys(addon()).sort());
  });

  it("declares functions and classes, and the addon has just those", function () {
    const types = Object.values(addon()).map((value: unknown) => typeof value);

    expect(new Set(types)).to.deep.equal(new Set(["function"]));
  });

  it("declares as many parameters as the addon wants", function () {
    const wrong = addon() as unknown as Record<string, (...values: unknown[]) => unknown>;

    expect(declared()).to.deep.equal({
      Feed: 0,
      Handle: 0,
      run: 3,
      pipe: 0,
      flock: 1,
      encode: 1,
      decode: 2,
      locate: 3,
    });
    expect(() => wrong["run"]?.([])).to.throw(TypeError, "run(handles, job, withNext)");
    expect(() => wrong["run"]?.([], "{}", 1)).to.throw(TypeError, "run(handles, job, withNext)");
    expect(() => wrong["flock"]?.()).to.throw(TypeError, "flock(fd)");
    expect(() => wrong["encode"]?.()).to.throw(/JSON\.parse/);
    expect(() => wrong["decode"]?.()).to.throw(TypeError);
    expect(() => wrong["locate"]?.()).to.throw(TypeError);
  });

  it("makes a Handle by `new` alone", function () {
    const { Handle } = addon();

    expect(new Handle()).to.be.instanceOf(Handle);
    expect(() => (Handle as unknown as () => unknown)()).to.throw(TypeError);
  });

  for (const [what, value] of Object.entries({ "an object": {}, null: null, text: "Handle" })) {
    it(`takes ${what} for no Handle`, function () {
      const wrong = addon() as unknown as {
        run(handles: unknown[], job: string, withNext: boolean): unknown;
      };

      expect(() => wrong.run([value], "{}", false)).to.throw(TypeError, "not a Handle");
    });
  }

  it("takes an object with a Handle's prototype for no Handle", function () {
    const { Handle } = addon();
    const imitation = Object.create(Handle.prototype as object) as InstanceType<typeof Handle>;

    expect(() => addon().run([imitation], "{}", false)).to.throw(TypeError, "not a Handle");
  });

  it("refuses the same Handle twice in one job", function () {
    const handle = new (addon().Handle)();

    expect(() => addon().run([handle, handle], "{}", false)).to.throw(TypeError, "a Handle twice");
  });

  it("answers a job that is no JSON with an error, not with an exception", async function () {
    const answer = JSON.parse(await addon().run([], "{", false)) as unknown;

    expect(answer).to.have.nested.property("error.syscall", "JSON.parse");
  });

  it("gives encode()'s bytes as a Uint8Array", function () {
    expect(addon().encode('{"type":"RTM_GETLINK"}')).to.be.instanceOf(Uint8Array);
  });
});
