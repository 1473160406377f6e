import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { violations, type Source } from "../support/layers.js";
import { repository } from "../support/run.js";

/** Static and dynamic imports, re-exports, type imports. */
const importPattern = /(?:\bfrom|\bimport|\bimport\s*\()\s*"([^"]+)"/g;
const includePattern = /^\s*#\s*include\s+[<"]([^>"]+)[>"]/gm;

function filesBelow(folder: string, ending: RegExp): readonly string[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => ending.test(name))
    .map((name) => posix.join(folder, name));
}

function textOf(file: string): string {
  return readFileSync(join(repository, file), "utf8");
}

function importsOf(file: string): Source {
  const uses = [...textOf(file).matchAll(importPattern)].map(([, name = ""]) =>
    name.startsWith(".") ? posix.join(posix.dirname(file), name).replace(/\.js$/, ".ts") : name,
  );
  return { file, uses };
}

function includesOf(file: string): Source {
  const ours = new Set(filesBelow("native", /\.h$/));
  const uses = [...textOf(file).matchAll(includePattern)].map(([, name = ""]) =>
    ours.has(`native/${name}`) ? `native/${name}` : name,
  );
  return { file, uses };
}

describe("layers", function () {
  it("has no import in lib/ that points up", function () {
    const sources = filesBelow("lib", /\.ts$/).map(importsOf);

    expect(sources.flatMap(({ uses }) => uses)).to.include("lib/errors.ts");
    expect(violations(sources)).to.deep.equal([]);
  });

  it("has no #include in native/ that points up", function () {
    const sources = filesBelow("native", /\.(?:cc|h)$/).map(includesOf);

    expect(sources.flatMap(({ uses }) => uses)).to.include("native/codec/codec.h");
    expect(violations(sources)).to.deep.equal([]);
  });

  it("imports only what is there", function () {
    const all = filesBelow("lib", /\.ts$/);

    const missing = all
      .flatMap((file) => importsOf(file).uses)
      .filter((used) => used.startsWith("lib/") && !all.includes(used));

    expect(missing).to.deep.equal([]);
  });

  const wrong: readonly (readonly [file: string, used: string])[] = [
    ["lib/kernel/links.ts", "lib/cnm/network.ts"],
    ["lib/kernel/links.ts", "lib/drivers/bridge.ts"],
    ["lib/netlink.ts", "lib/index.ts"],
    ["lib/ipam/default.ts", "lib/kernel/namespace.ts"],
    ["lib/ipam/default.ts", "lib/netlink.ts"],
    ["lib/store/memory.ts", "lib/native.ts"],
    ["lib/drivers/bridge.ts", "lib/cnm/network.ts"],
    ["lib/drivers/bridge.ts", "lib/store/contract.ts"],
    ["lib/drivers/bridge.ts", "lib/ipam/index.ts"],
    ["lib/cnm/network.ts", "lib/drivers/bridge.ts"],
    ["lib/cnm/network.ts", "lib/ipam/default.ts"],
    ["lib/cnm/network.ts", "lib/store/memory.ts"],
    ["lib/cnm/network.ts", "lib/kernel/link/bridge.ts"],
    ["lib/util/lock.ts", "lib/kernel/scope.ts"],
    ["lib/util/lock.ts", "lib/native.ts"],
    ["lib/util/file-lock.ts", "lib/kernel/scope.ts"],
    ["lib/net/ip.ts", "lib/native.ts"],
    ["lib/errors.ts", "lib/native.ts"],
    ["lib/native.ts", "lib/kernel/scope.ts"],
    ["lib/kernel/scope.ts", "node-gyp-build"],
    ["native/base/unique_fd.h", "native/codec/codec.h"],
    ["native/codec/encode.cc", "native/socket/netlink_socket.h"],
    ["native/codec/encode.cc", "native/ns/job.h"],
    ["native/codec/encode.cc", "napi.h"],
    ["native/socket/netlink_socket.cc", "native/codec/wire.h"],
    ["native/socket/netlink_socket.cc", "napi.h"],
    ["native/ns/job.cc", "native/bindings/addon.h"],
    ["native/ns/job.cc", "napi.h"],
    ["native/helper/main.cc", "napi.h"],
    ["native/bindings/addon.cc", "uv.h"],
  ];
  for (const [file, used] of wrong) {
    it(`would catch ${file} using ${used}`, function () {
      const found = violations([{ file, uses: ["lib/errors.ts", used] }]);

      expect(found).to.have.length.greaterThan(0);
      expect(found[0]).to.include(`${file} uses ${used}`);
    });
  }

  const right: readonly (readonly [file: string, used: string])[] = [
    ["lib/cnm/network.ts", "lib/drivers/index.ts"],
    ["lib/cnm/network.ts", "lib/ipam/contract.ts"],
    ["lib/cnm/sandbox.ts", "lib/kernel/namespace.ts"],
    ["lib/drivers/bridge.ts", "lib/kernel/job.ts"],
    ["lib/kernel/links.ts", "lib/native.ts"],
    ["lib/util/file-lock.ts", "lib/native.ts"],
    ["native/ns/job.cc", "native/codec/wire.h"],
    ["native/ns/job.cc", "native/socket/netlink_socket.h"],
    ["native/bindings/addon.h", "napi.h"],
  ];
  for (const [file, used] of right) {
    it(`lets ${file} use ${used}`, function () {
      expect(violations([{ file, uses: [used] }])).to.deep.equal([]);
    });
  }
});
