import { Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";

const docs = new URL("../../../docs/", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, docs), "utf8");
const pages = readdirSync(new URL("netlink/", docs));

/** The rows of the guide's table, as `[noun, page]`, a row of several nouns several times. */
const rows = [...read("netlink.md").matchAll(/^\| (`.*?`) \|.*\]\((netlink\/.*?)\) \|$/gm)].flatMap(
  ([, nouns = "", page = ""]) =>
    [...nouns.matchAll(/`(\w+)/g)].map(([, noun = ""]) => [noun, page] as const),
);

const nouns = Object.entries(
  Object.getOwnPropertyDescriptors(Object.getPrototypeOf(Namespace.prototype) as object),
)
  .map(([name]) => name)
  .filter((name) => name !== "constructor");

describe("docs/netlink.md", function () {
  it("has every noun of a namespace in its table", function () {
    const documented = new Set(rows.map(([noun]) => noun));

    expect(nouns).to.include.members(["links", "monitor"]);
    expect(nouns.filter((noun) => !documented.has(noun))).to.deep.equal([]);
  });

  it("leads to a page that shows the noun in use", function () {
    const silent = rows.filter(([noun, page]) => !read(page).includes(`.${noun}`));

    expect(silent).to.deep.equal([]);
  });

  it("leads to every page, as docs/README.md does", function () {
    for (const index of ["netlink.md", "README.md"]) {
      const missing = pages.filter((page) => !read(index).includes(`(netlink/${page})`));

      expect(missing, index).to.deep.equal([]);
    }
  });
});
