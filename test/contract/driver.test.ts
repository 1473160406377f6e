import { drivers } from "#lib/drivers/index.js";
import { expect } from "chai";
import { AgeingDriver } from "../support/own/driver.js";
import { driverContract } from "./driver.js";

for (const driver of drivers) {
  driverContract({ driver, options: {}, sandboxes: driver.name === "host" ? "host" : "any" });
}

driverContract({ driver: new AgeingDriver(), options: { ageingTimeMs: 5000 } });

describe("driver registry", function () {
  it("is in alphabetical order", function () {
    const names = drivers.map(({ name }) => name);

    expect(names).to.deep.equal([...names].sort());
  });
});
