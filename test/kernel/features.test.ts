import { features, Namespace, type FeatureName } from "#lib/netlink.js";
import { expect } from "chai";
import { release } from "node:os";
import { lackOf, needs } from "../support/needs.js";
import { newNetns } from "../support/netns.js";
import { ipLinkNames } from "../support/other-eyes.js";
import { rejection } from "../support/rejection.js";

/** Of which no configuration of the kernel is without. */
const unconditional = [
  "address-protocol",
  "altnames",
  "delete-by-group",
  "monitor-all-namespaces",
  "netns-cookie",
  "strict-dump",
] as const satisfies readonly FeatureName[];

function isAtLeast(version: string): boolean {
  const [major = 0, minor = 0] = release().split(".").map(Number.parseFloat);
  const [wantedMajor = 0, wantedMinor = 0] = version.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

describe("features", function () {
  it("answers for every feature, with a reason where it is not there", async function () {
    await using netns = await newNetns(this);

    const all = await features(netns);

    for (const [name, { available, reason, since }] of Object.entries(all)) {
      expect(since, name).to.match(/^\d+\.\d+(\.\d+)?$/);
      if (available) expect(reason, name).to.equal(undefined);
      else expect(reason, name).to.be.a("string").with.length.greaterThan(5);
    }
    expect(Object.keys(all)).to.deep.equal([...Object.keys(all)].sort());
    expect(all).to.include.all.keys("echo", "link:bridge", "link:veth", "nft", ...unconditional);
  });

  it("says what the kernel's version says", async function () {
    await using netns = await newNetns(this, "link:bridge");

    const all = await features(netns);

    for (const name of [...unconditional, "echo", "rule-dscp"] as const) {
      expect(all[name].available, name).to.equal(isAtLeast(all[name].since));
    }
    for (const [name, { available, since }] of Object.entries(all)) {
      if (available) expect(isAtLeast(since), `${name} before Linux ${since}`).to.equal(true);
    }
  });

  it("says of kinds of link what ip(8) says", async function () {
    needs(this, "program:ip");
    await using netns = await newNetns(this);

    const all = await features(netns);

    for (const kind of ["bridge", "veth"] as const) {
      expect(all[`link:${kind}`].available).to.equal(lackOf(`link:${kind}`) === undefined);
    }
  });

  it("leaves the namespace as it was", async function () {
    await using netns = await newNetns(this, "program:ip");

    await features(netns);

    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
    expect(await netns.addresses.list()).to.have.lengthOf.at.most(2);
  });

  it("is asked of namespaces alone, and of open ones", async function () {
    const netns = await Namespace.create();
    await netns.delete();

    expect(await rejection(features(netns))).to.include({ code: "ERR_CNM_CLOSED" });
    expect(await rejection(features({} as never))).to.include({
      code: "ERR_INVALID_ARG_TYPE",
    });
  });

  it("is what tests skip by", function () {
    expect(lackOf("kernel:netns-cookie")).to.equal(undefined);
  });
});
