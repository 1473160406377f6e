import { Job, type Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { newNetns } from "../support/netns.js";
import { output } from "../support/run.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";

/** A bridge br0, index 10, that knows VLANs and has a port p0, index 11. */
async function bridged(context: Context): Promise<Namespace> {
  const netns = await newNetns(context, "program:bridge", "link:veth", "bridge-vlan");
  await netns.links.add({ kind: "bridge", name: "br0", index: 10, vlanFiltering: true });
  await netns.links.add({
    kind: "veth",
    name: "p0",
    index: 11,
    master: "br0",
    peer: { name: "p1" },
  });
  return netns;
}

/** `bridge -j vlan show dev`: ranges are `vlan` and `vlanEnd`, and some have `flags` without any. */
async function shown(netns: Namespace, dev: string): Promise<unknown> {
  const args = ["-j", "-compressvlans", "vlan", "show", "dev", dev];
  const text = await output("nsenter", [`--net=${netns.path ?? ""}`, "--", "bridge", ...args]);
  const [first] = JSON.parse(text, (key, value: unknown) =>
    key === "flags" && Array.isArray(value) && value.length === 0 ? undefined : value,
  ) as readonly { readonly vlans: unknown }[];
  return first?.vlans;
}

const untagged = { flags: ["PVID", "Egress Untagged"] };

describe("BridgeVlans", function () {
  it("adds VLANs and ranges to a port, as bridge(8) shows", async function () {
    await using netns = await bridged(this);

    await netns.bridgeVlans.add({ link: "p0", vid: 7, pvid: true, untagged: true });
    await netns.bridgeVlans.add({ link: "p0", vid: 100, to: 199 });
    await netns.bridgeVlans.add({ link: 11, vid: 300, to: 310, untagged: true });

    expect(await shown(netns, "p0")).to.deep.equal([
      { vlan: 1, flags: ["Egress Untagged"] },
      { vlan: 7, ...untagged },
      { vlan: 100, vlanEnd: 199 },
      { vlan: 300, vlanEnd: 310, flags: ["Egress Untagged"] },
    ]);
  });

  it("lists what bridge(8) has added", async function () {
    await using netns = await bridged(this);
    for (const args of ["dev p0 vid 7 pvid untagged", "dev p0 vid 100-199", "dev br0 vid 9 self"]) {
      await output("nsenter", [
        ...[`--net=${netns.path ?? ""}`, "--", "bridge", "vlan", "add"],
        ...args.split(" "),
      ]);
    }

    const port = await netns.bridgeVlans.list({ link: "p0" });
    const all = await netns.bridgeVlans.list();

    const state = "forwarding";
    expect(port).to.deep.equal([
      { link: 11, vid: 1, to: 1, pvid: false, untagged: true, state },
      { link: 11, vid: 7, to: 7, pvid: true, untagged: true, state },
      { link: 11, vid: 100, to: 199, pvid: false, untagged: false, state },
    ]);
    expect(all.filter(({ link }) => link === 10).map(({ vid }) => vid)).to.deep.equal([1, 9]);
  });

  it("deletes a part of a range", async function () {
    await using netns = await bridged(this);
    await netns.bridgeVlans.add({ link: "p0", vid: 100, to: 199 });

    await netns.bridgeVlans.delete({ link: "p0", vid: 110, to: 189 });
    await netns.bridgeVlans.delete({ link: "p0", vid: 1 });

    expect(await shown(netns, "p0")).to.deep.equal([
      { vlan: 100, vlanEnd: 109 },
      { vlan: 190, vlanEnd: 199 },
    ]);
  });

  it("is of the bridge itself where that is said", async function () {
    await using netns = await bridged(this);

    await netns.bridgeVlans.add({ link: "br0", vid: 5, self: true });

    expect(await shown(netns, "br0")).to.deep.equal([{ vlan: 1, ...untagged }, { vlan: 5 }]);
    await netns.bridgeVlans.delete({ link: "br0", vid: 5, self: true });
    expect(await shown(netns, "br0")).to.deep.equal([{ vlan: 1, ...untagged }]);
  });

  it("is a step of a job", async function () {
    await using netns = await bridged(this);
    const job = new Job();
    const { index } = job.addLink(netns, {
      kind: "veth",
      name: "q0",
      master: "br0",
      peer: { name: "q1" },
    });

    job.addBridgeVlan(netns, { link: index, vid: 20, pvid: true });
    job.addBridgeVlan(netns, { link: index, vid: 30, to: 39 });
    job.deleteBridgeVlan(netns, { link: index, vid: 31, to: 38 });
    await job.run();

    expect(await shown(netns, "q0")).to.deep.equal([
      { vlan: 1, flags: ["Egress Untagged"] },
      { vlan: 20, flags: ["PVID"] },
      { vlan: 30 },
      { vlan: 39 },
    ]);
  });

  it("says that a link is no port", async function () {
    await using netns = await newNetns(this, "link:bridge");

    const error = await kernelRefusal(netns.bridgeVlans.add({ link: "lo", vid: 5 }));

    expect(error).to.include({ errnoName: "ENOTSUP", syscall: "RTM_SETLINK" });
    expect(error.message).to.include("add VLAN 5 of link lo");
  });

  for (const [what, spec, about] of [
    ["VLAN 0", { vid: 0 }, /vid: must be a whole number from 1 to 4094/],
    ["VLAN 4095", { vid: 4095 }, /vid/],
    ["a range that runs backwards", { vid: 10, to: 9 }, /to: must not be less than vid/],
  ] as const) {
    it(`refuses ${what} before the kernel is asked`, async function () {
      await using netns = await newNetns(this);

      const error = await cnmRefusal(netns.bridgeVlans.add({ link: "lo", ...spec }));

      expect(error.message).to.match(about);
    });
  }
});
