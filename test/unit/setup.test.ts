import { expect } from "chai";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { newFolder } from "../support/folder.js";
import { repository, run, type Ended } from "../support/run.js";

const scripts = (name: string) => pathToFileURL(join(repository, "scripts/support", name)).href;

/** Runs one of the checks of scripts/support/toolchain.mjs as the scripts do, in a process of its own. */
async function checked(
  check: "checkPlatform" | "checkToolchain",
  disguise: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended> {
  const program = `${disguise}
    import { ${check} } from "${scripts("toolchain.mjs")}";
    import { main } from "${scripts("trouble.mjs")}";
    await main(() => ${check}());`;
  return run(process.execPath, ["--input-type=module", "--eval", program], { env });
}

const passing = "exit 0";
/** A compiler that is there, and that compiles nothing. */
const useless = `test "$1" = --version`;

/** Runs the check of the tools with a PATH that has just these programs. */
async function withTools(tools: Readonly<Record<string, string>>, cxx?: string): Promise<Ended> {
  using folder = newFolder();
  const bin = join(folder.path, "bin");
  mkdirSync(bin);
  for (const [name, script] of Object.entries(tools)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return await checked("checkToolchain", "", { PATH: bin, ...(cxx !== undefined && { CXX: cxx }) });
}

function expectOneSentence({ code, stdout, stderr }: Ended, words: RegExp): void {
  expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
  expect(stderr)
    .to.match(/^vethwork: [^\n]+\n$/)
    .and.match(words);
}

describe("set-up: what a machine lacks is one sentence, and a non-zero exit:", function () {
  it("it is not Linux", async function () {
    const disguise = `Object.defineProperty(process, "platform", { value: "darwin" });`;

    const end = await checked("checkPlatform", disguise);

    expectOneSentence(end, /does not run on darwin; use a Linux machine/);
  });

  for (const version of ["18.20.4", "20.18.3", "21.7.3", "22.11.0"]) {
    it(`Node ${version} is too old`, async function () {
      const versions = `Object.defineProperty(process.versions, "node", { value: "${version}" });`;
      const disguise = `${versions} Object.defineProperty(process, "version", { value: "v${version}" });`;

      const end = await checked("checkPlatform", disguise);

      const needed = /needs Node\.js 20\.19 or later, or 22\.12 or later, and this is v/;
      expectOneSentence(end, needed);
      expect(end.stderr).to.include(`v${version}; install one of those`);
    });
  }

  it("there is no compiler", async function () {
    const end = await withTools({ make: passing, python3: passing });

    expectOneSentence(
      end,
      /needs a C\+\+ compiler, .*; install one \(Debian: apt-get install g\+\+\)/,
    );
  });

  it("CXX names no compiler", async function () {
    const end = await withTools({ "g++": passing }, "no-such-compiler");

    expectOneSentence(
      end,
      /CXX names the C\+\+ compiler `no-such-compiler`, .*; correct it or unset it/,
    );
  });

  it("the compiler is too old", async function () {
    const end = await withTools({ "g++": useless, make: passing, python3: passing });

    expectOneSentence(end, /g\+\+ cannot compile C\+\+20 .*; install g\+\+ 11/);
  });

  it("there is no make", async function () {
    const end = await withTools({ "g++": passing, python3: passing });

    expectOneSentence(end, /needs make .*; install it/);
  });

  it("there is no Python, or an old one", async function () {
    const none = await withTools({ "g++": passing, make: passing });
    const old = await withTools({ "g++": passing, make: passing, python3: "exit 1" });

    for (const end of [none, old])
      expectOneSentence(end, /needs Python 3\.8 or later.*; install it/);
  });
});

describe("set-up: a machine that has all", function () {
  it("passes, with the first compiler that can do it", async function () {
    const end = await withTools({
      "g++": useless,
      "clang++": passing,
      make: passing,
      python3: passing,
    });

    expect(end).to.deep.equal({ code: 0, signal: null, stdout: "", stderr: "" });
  });

  it("passes on this one's platform", async function () {
    const end = await checked("checkPlatform", "");

    expect(end).to.deep.equal({ code: 0, signal: null, stdout: "", stderr: "" });
  });
});
