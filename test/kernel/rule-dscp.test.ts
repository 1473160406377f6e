import { expect } from "chai";
import { lackOf } from "../support/needs.js";
import { newNetns } from "../support/netns.js";
import { ip } from "../support/other-eyes.js";
import { cnmRefusal } from "../support/rejection.js";

// A kernel before 6.13 takes no notice of the DSCP in a message: a rule for one becomes a rule for all packets, and
// the deletion of one that of the first rule. ip(8) of Debian 12 shows no DSCP, but whether there is a rule.
describe("Rules with a DSCP", function () {
  it("are added and deleted with it, or refused and nothing has changed", async function () {
    await using netns = await newNetns(this, "program:ip");
    const before = await ip(netns, "rule", "show");
    const rule = { dscp: 46, table: 100 };

    if (lackOf("kernel:rule-dscp") === undefined) {
      expect((await netns.rules.add(rule)).dscp).to.equal(46);
      expect(await ip(netns, "rule", "show")).to.have.lengthOf(before.length + 1);
      await netns.rules.delete({ dscp: 46 });
    } else {
      for (const refused of [netns.rules.add(rule), netns.rules.delete({ dscp: 46 })]) {
        expect(await cnmRefusal(refused)).to.include({ code: "ERR_CNM_UNSUPPORTED" });
      }
    }

    expect(await ip(netns, "rule", "show")).to.deep.equal(before);
  });
});
