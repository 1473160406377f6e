import { expect } from "chai";
import { newNetns } from "../support/netns.js";
import { ip, ipLinkNames, runIn } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";

describe("Links.deleteGroup", function () {
  it("removes the links of the group, and no other", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    const names = Array.from({ length: 20 }, (_, at) => `br${at}`);
    await Promise.all(
      names.map((name, at) => netns.links.add({ kind: "bridge", name, group: at < 15 ? 7 : 8 })),
    );

    await netns.links.deleteGroup(7);

    expect(await ipLinkNames(netns)).to.deep.equal(["lo", ...names.slice(15)]);
  });

  it("says that a group is empty", async function () {
    await using netns = await newNetns(this);

    const error = await kernelRefusal(netns.links.deleteGroup(9));

    expect(error).to.include({ errnoName: "ENODEV", syscall: "RTM_DELLINK" });
  });

  for (const group of [0, -1, 2 ** 32, 1.5]) {
    it(`refuses group ${group} before the kernel is asked`, async function () {
      await using netns = await newNetns(this, "link:bridge");
      await netns.links.add({ kind: "bridge", name: "br0" });

      const error = await cnmRefusal(netns.links.deleteGroup(group));

      expect(error.code).to.equal("ERR_CNM_INVALID_OPTION");
      expect(await netns.links.list({ kind: "bridge" })).to.have.lengthOf(1);
    });
  }
});

describe("Links.statistics", function () {
  it("counts what ip(8) counts", async function () {
    await using netns = await newNetns(this, "program:ip", "program:ping", "link:bridge");
    await runIn(netns, "ping", "-c", "3", "-i", "0.2", "-W", "1", "127.0.0.1");

    const counted = await netns.links.statistics("lo");
    const all = await netns.links.listStatistics();

    const [seen] = await ip(netns, "-s", "link", "show", "dev", "lo");
    expect(seen).to.have.nested.include({
      "stats64.rx.packets": counted.rxPackets,
      "stats64.tx.bytes": counted.txBytes,
    });
    expect(counted).to.include({ rxPackets: 6, txPackets: 6, collisions: 0, rxNohandler: 0 });
    expect([...all.keys()]).to.deep.equal([1]);
    expect(all.get(1)).to.deep.equal(counted);
    expect((await netns.links.get(1)).statistics).to.deep.equal(counted);
  });

  it("says that there is no such link", async function () {
    await using netns = await newNetns(this);

    const error = await kernelRefusal(netns.links.statistics(77));

    expect(error).to.include({ errnoName: "ENODEV", syscall: "RTM_GETSTATS" });
  });
});

describe("Links.deleteAltname", function () {
  it("takes one name and leaves the others", async function () {
    await using netns = await newNetns(this, "program:ip");
    await netns.links.addAltname("lo", "first.name");
    await netns.links.addAltname("lo", "second.name");

    await netns.links.deleteAltname("second.name", "first.name");

    const [seen] = await ip(netns, "link", "show", "dev", "lo");
    expect(seen?.["altnames"]).to.deep.equal(["second.name"]);
  });

  it("says that the link has no such name", async function () {
    await using netns = await newNetns(this);

    const error = await kernelRefusal(netns.links.deleteAltname("lo", "nothing"));

    expect(error).to.include({ errnoName: "ENOENT", syscall: "RTM_DELLINKPROP" });
  });
});
