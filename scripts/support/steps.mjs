// The three steps from a fresh clone to something that runs. Each knows whether it is stale, and how to do it.

import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { toolEnvironment } from "./environment.mjs";
import { helper, inTree, root } from "./paths.mjs";
import { runQuietly } from "./run.mjs";
import { contentHash, filesIn, Stamp } from "./stamp.mjs";
import { installedHeaders } from "./toolchain.mjs";

const readJson = (file) => JSON.parse(readFileSync(inTree(file), "utf8"));

/** node_modules as the lock file says. What npm itself notes there is the stamp. */
export const dependencies = {
  title: "installing dependencies",
  stale() {
    const installedList = "node_modules/.package-lock.json";
    if (!existsSync(inTree(installedList))) return true;
    const installed = readJson(installedList).packages;
    return Object.entries(readJson("package-lock.json").packages).some(
      ([name, wanted]) =>
        name !== "" &&
        installed[name]?.version !== wanted.version &&
        !(wanted.optional && installed[name] === undefined),
    );
  },
  async run() {
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
    const byNpm = process.env.npm_execpath?.endsWith("npm-cli.js");
    const [command, ...first] = byNpm ? [process.execPath, process.env.npm_execpath] : ["npm"];
    await runQuietly(command, [...first, ...args], {
      env: toolEnvironment(),
      toDo: "; the dependencies come from the npm registry: check that it can be reached",
    });
  },
};

// A change here makes everything again; a change in a source only what make says.
const buildRecipe = ["binding.gyp", "scripts/sources.mjs", "scripts/static-libc.mjs"];
const addonVersion = () => readJson("node_modules/node-addon-api/package.json").version;
const recipeFacts = () => [
  process.version,
  process.arch,
  process.env.CXX,
  process.env.VETHWORK_WERROR,
];

/** The addon and the helper in build/Release. */
export const addon = {
  title: "building the addon",
  recipe: new Stamp("build/.recipe.stamp"),
  sources: new Stamp("build/.sources.stamp"),
  recipeHash: () => contentHash(buildRecipe, [...recipeFacts(), addonVersion()]),
  sourcesHash: () => contentHash(filesIn("native", /\.(cc|h|map)$/)),
  stale() {
    if (dependencies.stale() || !existsSync(inTree("build/Release/vethwork.node"))) return true;
    if (!existsSync(helper) || this.recipe.read() !== this.recipeHash()) return true;
    return this.sources.read() !== this.sourcesHash();
  },
  async run(compiler) {
    const recipeHash = this.recipeHash();
    const sourcesHash = this.sourcesHash(); // before the build: who edits meanwhile builds again
    const headers = installedHeaders();
    if (this.recipe.read() !== recipeHash) {
      rmSync(inTree("build"), { recursive: true, force: true });
      this.recipe.write(recipeHash); // now, so that the build after one that failed goes on from there
    }
    const args = ["configure", "build", "--loglevel=warn", "--jobs=max"];
    if (headers !== undefined) args.push(`--nodedir=${headers}`);
    await runQuietly(process.execPath, ["node_modules/node-gyp/bin/node-gyp.js", ...args], {
      env: { ...toolEnvironment(), CXX: compiler, LINK: compiler },
      toDo: headers
        ? ""
        : "; if Node's headers could not be fetched, install Node with its headers",
    });
    this.sources.write(sourcesHash);
  },
};

const projects = ["lib", "test", "examples", "bench"];
const outputOf = (project) => (project === "lib" ? "dist" : path.join("out", project));

/** dist and out from TypeScript, and bundle from dist: what users import. */
export const scripts = {
  title: "compiling TypeScript",
  stamp: new Stamp("out/.stamp"),
  hash: () =>
    contentHash(
      ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.base.json"].concat(
        projects.flatMap((project) => filesIn(project, /\.ts$|tsconfig\.json$/)),
      ),
    ),
  stale() {
    const made = ["dist/index.js", "bundle/index.js"].every((file) => existsSync(inTree(file)));
    return !made || this.stamp.read() !== this.hash();
  },
  async run() {
    const hash = this.hash();
    for (const project of projects) removeOrphans(project);
    await runQuietly(process.execPath, ["node_modules/typescript/bin/tsc", "--build"]);
    await bundle();
    this.stamp.write(hash);
  },
};

// A file costs 0.5 ms to import, and there are many: docs/adr/0011-a-bundle.md.
async function bundle() {
  const { build } = await import("esbuild");
  rmSync(inTree("bundle"), { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: ["dist/index.js", "dist/netlink.js"],
    outdir: "bundle",
    bundle: true,
    splitting: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20.19",
    legalComments: "none",
    sourcemap: true,
    logLevel: "silent",
  });
}

// tsc never removes what it made from a file that is gone: a deleted test would go on running.
function removeOrphans(project) {
  const output = outputOf(project);
  for (const made of filesIn(output, /\.(js|d\.ts)(\.map)?$/)) {
    const source = path.relative(output, made).replace(/\.(js|d\.ts)(\.map)?$/, ".ts");
    if (!existsSync(inTree(project, source))) rmSync(inTree(made));
  }
}
