import { cnmErrorCodes } from "#lib/errors.js";
import { expect } from "chai";
import { readFileSync } from "node:fs";

const page = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `ERR_CNM_"))
  .map((line) => line.split("|").map((cell) => cell.replaceAll("`", "").trim()));

describe("docs/errors.md", function () {
  it("has one row for every code, in alphabetical order", function () {
    const documented = rows.map(([, code]) => code);

    expect(documented).to.deep.equal([...cnmErrorCodes].sort());
  });

  it("says of every code what it means and what to do", function () {
    const bare = rows.filter(([, , meaning, remedy]) => meaning === "" || remedy === "");

    expect(bare).to.deep.equal([]);
  });
});
