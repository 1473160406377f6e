import { expect } from "chai";
import { newNetns } from "../support/netns.js";
import { ip, ipLink, ipLinkNames } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";

describe("Links.add: bridge", function () {
  it("makes a bridge that ip(8) shows as it was asked for", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");

    const link = await netns.links.add({
      kind: "bridge",
      name: "br0",
      index: 40,
      mtu: 1400,
      address: "02:00:00:00:00:40",
      group: 5,
      txQueueLength: 77,
      up: true,
      altnames: ["first.name", "second.name"],
      addrGenMode: "none",
      stp: false,
      ageingTimeMs: 60_000,
      forwardDelayMs: 5000,
      priority: 100,
      groupForwardMask: 16_384,
      multicastSnooping: false,
    });

    const [seen] = await ip(netns, "link", "show", "dev", "br0");
    expect(seen).to.deep.include({
      ifindex: 40,
      ifname: "br0",
      mtu: 1400,
      address: "02:00:00:00:00:40",
      group: "5",
      txqlen: 77,
      altnames: ["first.name", "second.name"],
      inet6_addr_gen_mode: "none",
    });
    expect(seen?.["flags"]).to.include("UP");
    expect(seen).to.have.nested.include({
      "linkinfo.info_kind": "bridge",
      "linkinfo.info_data.ageing_time": 6000,
      "linkinfo.info_data.forward_delay": 500,
      "linkinfo.info_data.priority": 100,
      "linkinfo.info_data.stp_state": 0,
      "linkinfo.info_data.mcast_snooping": 0,
    });
    expect(link).to.deep.include({
      index: 40,
      up: true,
      altnames: ["first.name", "second.name"],
      addrGenMode: "none",
    });
    expect(link.bridge).to.include({
      ageingTimeMs: 60_000,
      forwardDelayMs: 5000,
      priority: 100,
      stp: false,
      groupForwardMask: 16_384,
      multicastSnooping: false,
    });
  });

  it("gives a link-local address to none that is to have none", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge", "ipv6");
    await netns.links.add({ kind: "bridge", name: "br0", up: true, addrGenMode: "none" });
    await netns.links.add({
      kind: "veth",
      name: "a",
      master: "br0",
      up: true,
      peer: { name: "b" },
    });
    await netns.links.set("b", { up: true });

    const [seen] = await ip(netns, "-6", "address", "show", "dev", "br0");

    expect(seen).to.equal(undefined);
  });

  it("answers with the link, even to many at once", async function () {
    await using netns = await newNetns(this, "link:bridge");
    const names = Array.from({ length: 200 }, (_, at) => `br${at}`);

    const links = await Promise.all(names.map((name) => netns.links.add({ kind: "bridge", name })));

    expect(links.map(({ name }) => name)).to.deep.equal(names);
    expect(new Set(links.map(({ index }) => index))).to.have.lengthOf(200);
  });

  it("says which name is taken, in the kernel's own words", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    const { index } = await netns.links.add({ kind: "bridge", name: "br0" });

    const error = await kernelRefusal(netns.links.add({ kind: "bridge", name: "br0" }));

    expect(error).to.include({ code: "ERR_CNM_KERNEL", errno: -17, syscall: "RTM_NEWLINK" });
    expect(error.message).to.match(/br0/);
    expect(error.context).to.include({ link: "br0", namespace: netns.path });
    expect(await ipLink(netns, "br0")).to.include({ ifindex: index });
  });

  it("says that the name is taken by an altname", async function () {
    await using netns = await newNetns(this, "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0", altnames: ["br1"] });

    const error = await kernelRefusal(netns.links.add({ kind: "bridge", name: "br1" }));

    expect(error.errnoName).to.equal("EEXIST");
  });

  it("says that the index is taken", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");

    const error = await kernelRefusal(netns.links.add({ kind: "bridge", name: "br0", index: 1 }));

    expect(error.errnoName).to.be.oneOf(["EBUSY", "EEXIST"]);
    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
  });

  it("leaves no link where an altname is taken", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    await netns.links.addAltname("lo", "taken");

    const error = await kernelRefusal(
      netns.links.add({ kind: "bridge", name: "br0", up: true, altnames: ["free", "taken"] }),
    );

    expect(error).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWLINKPROP" });
    expect(error.message).to.include("br0");
    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
  });

  it("leaves no link where the MTU is too small for it to be", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");

    const error = await kernelRefusal(netns.links.add({ kind: "bridge", name: "br0", mtu: 1 }));

    expect(error).to.include({ errnoName: "EINVAL", syscall: "RTM_NEWLINK" });
    expect(error.extack).to.match(/mtu/i);
    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
  });

  for (const [what, spec, about] of [
    ["an unknown option", { nam: "x" }, /did you mean name\?/],
    ["an unknown kind", { kind: "bridgee" }, /did you mean bridge\?/],
    ["a name that is too long", { name: "n".repeat(16) }, /15 bytes/],
    ["a name with a slash", { name: "a/b" }, /name/],
    ["a negative MTU", { mtu: -1 }, /mtu/],
    ["a group address", { address: "01:00:5e:00:00:01" }, /address/],
    ["a veth's option", { peer: { name: "x" } }, /peer: unknown option/],
  ] as const) {
    it(`refuses ${what} before the kernel is asked`, async function () {
      await using netns = await newNetns(this);
      const whole = { kind: "bridge", name: "br0", ...spec } as { kind: "bridge"; name: string };

      const error = await cnmRefusal(netns.links.add(whole));

      expect(error.message).to.match(about);
      expect(error.message).to.match(/^add link/);
    });
  }

  it("refuses a vxlan without a VNI, which the kernel would give VNI 0", async function () {
    await using netns = await newNetns(this);

    const error = await cnmRefusal(netns.links.add({ kind: "vxlan", name: "vx0", port: 4789 }));

    expect(error.code).to.equal("ERR_CNM_INVALID_OPTION");
    expect(error.message).to.equal("add link: id: is needed, unless external is set");
  });
});
