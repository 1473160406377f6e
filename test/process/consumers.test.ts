import { expect } from "chai";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { newFolder } from "../support/folder.js";
import { repository, run, type Ended } from "../support/run.js";

/** A project that has vethwork among its dependencies, as npm installs a link to a folder. */
function newProject(files: Readonly<Record<string, string>>) {
  const folder = newFolder();
  mkdirSync(join(folder.path, "node_modules/@types"), { recursive: true });
  symlinkSync(repository, join(folder.path, "node_modules/vethwork"));
  const types = join(repository, "node_modules/@types/node");
  symlinkSync(types, join(folder.path, "node_modules/@types/node"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);
  return folder;
}

function node(folder: { readonly path: string }, file: string): Promise<Ended> {
  return run(process.execPath, [join(folder.path, file)], {
    env: { ...process.env, NODE_OPTIONS: "" },
  });
}

const program = `
import { Controller, KernelError, ipOf, type Endpoint, type NetworkOptions } from "vethwork";
import { type Driver, type IpamFactory, type Store } from "vethwork";
import { Job, Namespace, type LinkSpec } from "vethwork/netlink";

export async function attach(options: NetworkOptions): Promise<string> {
  await using cnm = await Controller.open({ instance: "consumer" });
  await using network = await cnm.createNetwork("demo", { driver: "bridge", ...options });
  await using sandbox = await cnm.createSandbox("web");
  const endpoint: Endpoint = await network.createEndpoint("a", { addresses: ["10.0.0.2"] });
  await endpoint.join(sandbox, { ifname: "eth0" });
  const child = sandbox.spawn("true", [], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.setEncoding("utf8");
  sandbox.spawn("cat").stdin.end();
  return ipOf(endpoint, "inet6");
}

export async function low(spec: LinkSpec): Promise<number> {
  await using netns = await Namespace.create();
  const job = new Job();
  const made = job.addLink(netns, spec);
  try {
    return (await job.run()).link(made).index;
  } catch (error) {
    return error instanceof KernelError ? error.errno : 0;
  }
}

declare module "vethwork" {
  interface DriverNetworkOptions {
    readonly mine: { readonly speed?: number };
  }
}

export async function own(drivers: Driver[], ipams: IpamFactory[], store: Store): Promise<void> {
  await using cnm = await Controller.open({ drivers, ipams, store });
  await cnm.createNetwork("mine", { driver: "mine", speed: 7, ipam: "mine" });
  await cnm.createNetwork("none", { driver: "null" });
  // @ts-expect-error: not of that type
  await cnm.createNetwork("mine", { driver: "mine", speed: "fast" });
  // @ts-expect-error: another driver's option
  await cnm.createNetwork("none", { driver: "null", speed: 7 });
}

export async function mistakes(cnm: Controller): Promise<void> {
  // @ts-expect-error: a near miss
  await cnm.createNetwork("demo", { subnet: ["10.0.0.0/24"] });
  // @ts-expect-error: no driver of that name
  await cnm.createNetwork("demo", { driver: "bridgr" });
  // @ts-expect-error: a veth has a peer
  await low({ kind: "veth", name: "v0" });
}
`;

async function compile(files: readonly string[], options: readonly string[]): Promise<Ended> {
  using folder = newProject(Object.fromEntries(files.map((file) => [file, program])));
  const strict = [
    "--strict",
    "--exactOptionalPropertyTypes",
    "--skipLibCheck",
    "false",
    "--noEmit",
  ];
  const types = ["--target", "es2022", "--lib", "es2023,esnext.disposable", "--types", "node"];
  const tsc = join(repository, "node_modules/typescript/bin/tsc");
  return await run(process.execPath, [tsc, ...strict, ...types, ...options, ...files], {
    cwd: folder.path,
  });
}

describe("consumers in TypeScript", function () {
  this.timeout(60_000);

  it("compile as ES modules and as CommonJS under nodenext", async function () {
    const { code, stdout } = await compile(["esm.mts", "cjs.cts"], ["--module", "nodenext"]);

    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "" });
  });

  it("compile under bundler", async function () {
    const options = ["--module", "esnext", "--moduleResolution", "bundler"];

    const { code, stdout } = await compile(["bundled.ts"], options);

    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "" });
  });

  it("are shown no types of the validator", function () {
    const seen = declarations(
      ["dist/index.d.ts", "dist/netlink.d.ts"].map((file) => join(repository, file)),
    );

    const shown = [...seen.keys()].filter((file) => file.includes("/dist/util/"));
    expect(seen.size).to.be.greaterThan(10);
    expect(shown).to.deep.equal([]);
  });
});

/** All declaration files that can be reached from these, with their text. */
function declarations(entries: readonly string[]): ReadonlyMap<string, string> {
  const seen = new Map<string, string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    const text = readFileSync(file, "utf8");
    seen.set(file, text);
    for (const [, from = ""] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)\.js"/g)) {
      waiting.push(resolve(dirname(file), `${from}.d.ts`));
    }
  }
  return seen;
}

describe("consumers in JavaScript", function () {
  this.timeout(20_000);

  it("get the same classes by import and by require", async function () {
    using folder = newProject({
      "both.mjs": `
        import { createRequire } from "node:module";
        import * as imported from "vethwork";
        import * as netlink from "vethwork/netlink";
        const require = createRequire(import.meta.url);
        const required = require("vethwork");
        const same = ["Controller", "CnmError", "Namespace"].map((name) => imported[name] === required[name]);
        const low = require("vethwork/netlink").Namespace === netlink.Namespace;
        console.log(same.join(), low, imported.Namespace === netlink.Namespace);`,
    });

    const { code, stdout } = await node(folder, "both.mjs");

    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "true,true,true true true\n" });
  });

  it("work from CommonJS", async function () {
    using folder = newProject({
      "main.cjs": `
        const { Controller } = require("vethwork");
        Controller.open().then(async (cnm) => {
          const network = await cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
          const endpoint = await network.createEndpoint("a");
          console.log(endpoint.addresses.join());
          await cnm.close();
        });`,
    });

    const { code, stdout } = await node(folder, "main.cjs");

    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "10.1.0.2/24\n" });
  });

  it("load no addon and hold nothing of the kernel's by importing alone", async function () {
    using folder = newProject({
      "import.mjs": `
        import { readdirSync, readFileSync, readlinkSync } from "node:fs";
        const fds = () => readdirSync("/proc/self/fd").length;
        const before = fds();
        await import("vethwork");
        await import("vethwork/netlink");
        const addons = readFileSync("/proc/self/maps", "utf8").match(/\\S+\\.node$/gm) ?? [];
        console.log(addons.length, fds() - before);`,
    });

    const { stdout } = await node(folder, "import.mjs");

    expect(stdout).to.equal("0 0\n");
  });

  it("find nothing beside what is exported", async function () {
    using folder = newProject({
      "deep.mjs": `await import("vethwork/dist/native.js").catch((error) => console.log(error.code));`,
    });

    const { stdout } = await node(folder, "deep.mjs");

    expect(stdout).to.equal("ERR_PACKAGE_PATH_NOT_EXPORTED\n");
  });
});
