// Makes what travels inside the npm package, so that a user needs no compiler: for each architecture the addon
// (glibc; Node-API, so one file for all Node versions) and beside it the helper program.
//   prebuilds/linux-x64/vethwork.glibc.node   prebuilds/linux-x64/vethwork-helper
// The other architecture is made where its cross compiler is on PATH. Run: npm run prebuild

import { chmodSync, copyFileSync, cpSync, mkdirSync, rmSync } from "node:fs";
import { setup } from "./setup.mjs";
import { glibcNeeds } from "./support/elf.mjs";
import { toolEnvironment } from "./support/environment.mjs";
import { inTree } from "./support/paths.mjs";
import { runQuietly } from "./support/run.mjs";
import { canRun, installedHeaders } from "./support/toolchain.mjs";
import { main, Trouble } from "./support/trouble.mjs";

const toolPrefixes = { x64: "x86_64-linux-gnu-", arm64: "aarch64-linux-gnu-" };

await main(async () => {
  await setup();
  rmSync(inTree("prebuilds"), { recursive: true, force: true });
  for (const [arch, prefix] of Object.entries(toolPrefixes)) {
    if (arch === process.arch) await prebuild(arch, "");
    else if (canRun(`${prefix}g++`)) await prebuild(arch, prefix);
    else
      console.log(
        `linux-${arch}: skipped, there is no ${prefix}g++ on PATH (Debian: g++-${prefix.slice(0, -1)})`,
      );
  }
});

async function prebuild(arch, prefix) {
  const start = performance.now();
  const staging = copySources(arch);
  const env = toolsFor(prefix);
  const { stdout } = await runQuietly(process.execPath, ["scripts/static-libc.mjs"], { env });
  if (stdout !== "1") {
    throw new Trouble(
      `linux-${arch}: the helper must be static; install libc6-dev for ${arch} with its libc.a`,
    );
  }
  await runPrebuildify(arch, staging, env);

  const folder = `prebuilds/linux-${arch}`;
  const helper = inTree(folder, "vethwork-helper");
  copyFileSync(inTree(staging, "build/Release/vethwork-helper"), helper);
  await runQuietly(env.PREBUILD_STRIP_BIN, ["--strip-all", helper]);
  chmodSync(helper, 0o755);
  rmSync(inTree(staging), { recursive: true });
  const needs = await glibcNeeds(inTree(folder, "vethwork.glibc.node"));
  console.log(
    `linux-${arch}: made in ${((performance.now() - start) / 1000).toFixed(1)} s; needs ${needs}`,
  );
}

// A build of its own: prebuildify would otherwise leave the other architecture's addon in build/Release.
// Inside the tree, so that node_modules is found from there.
function copySources(arch) {
  const staging = `build-prebuild/${arch}`;
  rmSync(inTree(staging), { recursive: true, force: true });
  mkdirSync(inTree(staging), { recursive: true });
  for (const name of ["package.json", "binding.gyp", "native", "scripts"]) {
    cpSync(inTree(name), inTree(staging, name), { recursive: true });
  }
  return staging;
}

function toolsFor(prefix) {
  const headers = installedHeaders();
  return {
    ...toolEnvironment(),
    ...(headers ? { npm_config_nodedir: headers } : {}),
    CC: `${prefix}gcc`,
    CXX: `${prefix}g++`,
    LINK: `${prefix}g++`,
    AR: `${prefix}ar`,
    PREBUILD_STRIP_BIN: `${prefix}strip`,
  };
}

function runPrebuildify(arch, staging, env) {
  const target = `--target=${process.versions.node}`; // else the newest Node, whose headers must be fetched
  const where = [
    `--cwd=${inTree(staging)}`,
    `--out=${inTree()}`,
    `--cache=${inTree(".cache/prebuildify")}`,
  ];
  const what = ["--napi", "--strip", "--tag-libc", `--arch=${arch}`, target];
  return runQuietly(process.execPath, ["node_modules/prebuildify/bin.js", ...what, ...where], {
    env,
  });
}
