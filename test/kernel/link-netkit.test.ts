import { expect } from "chai";
import { skipFor } from "../support/needs.js";
import { newNetns } from "../support/netns.js";
import { ip, ipLink } from "../support/other-eyes.js";

// ip(8) of Debian 12 knows the kind and no option of it: the kernel's own words are read by us.
describe("Links.add: netkit", function () {
  it("makes a pair, the other end in the other namespace", async function () {
    await using here = await newNetns(this, "program:ip", "link:netkit");
    await using there = await newNetns(this);

    const link = await here.links.add({
      kind: "netkit",
      name: "nk0",
      mode: "l2",
      address: "02:00:00:00:00:01",
      policy: "blackhole",
      peerPolicy: "forward",
      up: true,
      peer: { name: "eth0", address: "02:00:00:00:00:02", namespace: there },
    });

    const peer = await there.links.get("eth0");
    expect(link.netkit).to.include({
      mode: "l2",
      primary: true,
      policy: "blackhole",
      peerPolicy: "forward",
    });
    expect(peer.netkit).to.include({
      mode: "l2",
      primary: false,
      policy: "forward",
      peerPolicy: "blackhole",
    });
    expect(link.link).to.equal(peer.index);
    const [near] = await ip(here, "link", "show", "dev", "nk0");
    expect(near).to.include({ ifindex: link.index, address: "02:00:00:00:00:01" });
    expect(near).to.have.nested.include({ "linkinfo.info_kind": "netkit" });
    expect(await ipLink(there, "eth0")).to.include({ address: "02:00:00:00:00:02" });
  });

  it("has no addresses where it is not told otherwise, and changes its policy", async function () {
    await using netns = await newNetns(this, "link:netkit");
    const { netkit, linkType } = await netns.links.add({
      kind: "netkit",
      name: "nk0",
      peer: { name: "nk1" },
    });

    await netns.links.set("nk0", { netkit: { policy: "blackhole", peerPolicy: "blackhole" } });

    expect(netkit).to.include({ mode: "l3", policy: "forward" });
    expect(linkType).to.equal("ether");
    const changed = await netns.links.get("nk0");
    expect(changed.netkit).to.include({ policy: "blackhole", peerPolicy: "blackhole" });
  });

  it("keeps mark and priority of packets where that is asked for", async function () {
    await using netns = await newNetns(this, "link:netkit");
    const { netkit } = await netns.links.add({ kind: "netkit", name: "n0", peer: { name: "n1" } });
    if (netkit?.scrub === undefined) skipFor(this, "netkit-scrub", "it is not shown");

    const link = await netns.links.add({
      kind: "netkit",
      name: "nk0",
      scrub: "none",
      peerScrub: "default",
      peer: { name: "nk1" },
    });

    expect(link.netkit).to.include({ scrub: "none", peerScrub: "default" });
  });
});
