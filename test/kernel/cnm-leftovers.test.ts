import { Controller } from "#lib/index.js";
import { expect } from "chai";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ip, ipLinkNames } from "../support/other-eyes.js";
import { cnmRefusal } from "../support/rejection.js";
import { newGround, type Ground } from "../support/state.js";

const subnets = ["10.1.0.0/24"];

/** A controller that ends, and whose state is lost. Returns its id. */
async function lose(ground: Ground, instance?: string): Promise<string> {
  const { host, runDirectory } = ground;
  const stateDirectory = `${ground.stateDirectory}-lost`;
  const named = instance === undefined ? {} : { instance };
  const lost = await Controller.open({ host, runDirectory, stateDirectory, ...named });
  const network = await lost.createNetwork("net", { subnets, bridge: "br0" });
  await lost.attach({ name: "web" }, network, { hostIfname: "port0" });
  await lost.close();
  rmSync(stateDirectory, { recursive: true });
  return lost.id;
}

describe("Controller.leftovers", function () {
  it("tells what a controller has left whose state is lost, and removes it when asked to", async function () {
    await using ground = await newGround(this);
    const id = await lose(ground);
    const cnm = await ground.open();
    const own = await cnm.createNetwork("own", { subnets: ["10.2.0.0/24"] });
    const stays = await ipLinkNames(ground.host);

    const before = await cnm.leftovers();
    await cnm.repair();
    const unasked = await ipLinkNames(ground.host);
    await cnm.removeLeftovers(id);

    expect(before).to.have.lengthOf(1);
    expect(before[0]).to.include({ controllerId: id });
    expect(before[0]?.links).to.have.members(["br0", "port0"]);
    expect(before[0]?.pins).to.have.lengthOf(1);
    expect(unasked).to.deep.equal(stays);
    expect(await ipLinkNames(ground.host)).to.have.members(["lo", `br-${own.id.slice(0, 12)}`]);
    expect(existsSync(join(ground.runDirectory, id))).to.equal(false);
    expect(await cnm.leftovers()).to.deep.equal([]);
  });

  it("finds one that has left nothing but namespaces and files", async function () {
    await using ground = await newGround(this);
    const { host, runDirectory } = ground;
    const stateDirectory = `${ground.stateDirectory}-lost`;
    const lost = await Controller.open({ host, runDirectory, stateDirectory });
    const { path } = await lost.createSandbox("lonely");
    await lost.close();
    rmSync(stateDirectory, { recursive: true });
    const cnm = await ground.open();
    await cnm.createSandbox("own");

    const before = await cnm.leftovers();
    await cnm.removeLeftovers(lost.id);

    expect(before).to.deep.equal([{ controllerId: lost.id, links: [], pins: [path] }]);
    expect(existsSync(join(runDirectory, lost.id))).to.equal(false);
    expect(await cnm.leftovers()).to.deep.equal([]);
  });

  it("sees nothing of its own, of another instance, or with a mark that is none", async function () {
    await using ground = await newGround(this);
    const others = await lose(ground, "other");
    const cnm = await ground.open();
    await cnm.createNetwork("own", { subnets: ["10.2.0.0/24"] });
    for (const altname of ["vethwork.x", "vethwork....x", `vethwork.${"A".repeat(32)}.x`]) {
      await ip(ground.host, "link", "property", "add", "dev", "br0", "altname", altname);
    }

    const seen = await cnm.leftovers();
    const error = await cnmRefusal(cnm.removeLeftovers(others));

    expect(seen).to.deep.equal([]);
    expect(error).to.nested.include({
      code: "ERR_CNM_NOT_FOUND",
      "context.field": "controllerId",
    });
    const other = { host: ground.host, runDirectory: ground.runDirectory, instance: "other" };
    await using again = await Controller.open(other);
    await again.removeLeftovers(others);
  });

  it("does not remove its own", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();

    const error = await cnmRefusal(cnm.removeLeftovers(cnm.id));

    expect(error).to.nested.include({
      code: "ERR_CNM_CONFLICT",
      "context.field": "controllerId",
    });
  });
});
