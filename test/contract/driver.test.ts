import { drivers } from "#lib/drivers/index.js";
import { expect } from "chai";
import { driverContract } from "./driver.js";

/** What each driver of the registry is tried with. */
const options: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { bridge: {} };

for (const driver of drivers) driverContract({ driver, options: options[driver.name] ?? {} });

describe("driver registry", function () {
  it("is in alphabetical order", function () {
    const names = drivers.map(({ name }) => name);

    expect(names).to.deep.equal([...names].sort());
  });
});
