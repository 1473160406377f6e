// Compares what two builds of the addon offer: to JavaScript (names and kinds) and to the dynamic linker.
// Run: node scripts/ci/compare-exports.mjs ONE.node OTHER.node

import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);

/** Lines such as "Namespace function", "Namespace.prototype.close function". */
function offers(value, prefix = "") {
  return Reflect.ownKeys(value).flatMap((key) => {
    const member = Object.getOwnPropertyDescriptor(value, key).value;
    const name = `${prefix}${String(key)}`;
    if (key === "constructor") return [];
    const below =
      typeof member === "function" && member.prototype
        ? offers(member.prototype, `${name}.prototype.`)
        : [];
    return [`${name} ${typeof member}`, ...below];
  });
}

function symbols(file) {
  const output = execFileSync("nm", [
    "--dynamic",
    "--defined-only",
    "--format=posix",
    file,
  ]).toString();
  return output
    .trim()
    .split("\n")
    .map((line) => `symbol ${line.split(" ")[0]}`);
}

const everything = (file) => [...offers(require(file)), ...symbols(file)].sort();

const [one, other] = process.argv.slice(2).map((file) => path.resolve(file));
const [left, right] = [everything(one), everything(other)];
const different = [
  ...left.filter((line) => !right.includes(line)).map((line) => `only in ${one}: ${line}`),
  ...right.filter((line) => !left.includes(line)).map((line) => `only in ${other}: ${line}`),
];
console.log(
  different.length === 0 ? `${left.length} names, the same in both` : different.join("\n"),
);
process.exitCode = different.length === 0 ? 0 : 1;
