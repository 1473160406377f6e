import { expect } from "chai";
import { newNetns } from "../support/netns.js";
import { runIn } from "../support/other-eyes.js";

describe("Links.get: tun", function () {
  it("shows a tap that ip(8) has made", async function () {
    await using netns = await newNetns(this, "program:ip", "tun");
    for (const words of ["tap0 mode tap user 0 multi_queue vnet_hdr", "tun0 mode tun pi"]) {
      const { stderr } = await runIn(netns, "ip", "tuntap", "add", ...words.split(" "));
      expect(stderr).to.equal("");
    }

    const tap = await netns.links.get("tap0");
    const tun = await netns.links.get("tun0");

    expect(tap.kind).to.equal("tun");
    expect(tap.tun).to.deep.equal({
      type: "tap",
      owner: 0,
      packetInformation: false,
      vnetHeader: true,
      persist: true,
      multiQueue: true,
      queues: 0,
      disabledQueues: 0,
    });
    expect(tun.linkType).to.equal("none");
    expect(tun.tun).to.include({ type: "tun", packetInformation: true, multiQueue: false });
  });
});
