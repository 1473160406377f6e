import type { AddressSpec, Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { newNetns } from "../support/netns.js";
import { ip, runIn } from "../support/other-eyes.js";
import { rejection } from "../support/rejection.js";

async function withLink(context: Context): Promise<Namespace> {
  const netns = await newNetns(context, "program:ip", "link:bridge", "ipv6");
  await netns.links.add({ kind: "bridge", name: "br0", up: true, addrGenMode: "none" });
  return netns;
}

type Info = Readonly<Record<string, unknown>>;

async function details(netns: Namespace): Promise<readonly Info[]> {
  const [seen] = await ip(netns, "address", "show", "dev", "br0");
  return (seen?.["addr_info"] ?? []) as readonly Info[];
}

describe("Addresses: what an address may have", function () {
  it("has a label, and lifetimes", async function () {
    await using netns = await withLink(this);

    await netns.addresses.add({
      link: "br0",
      address: "10.0.0.1/24",
      label: "br0:web",
      validLifetimeS: 10_000,
      preferredLifetimeS: 5000,
    });

    const [seen] = await details(netns);
    expect(seen).to.include({ label: "br0:web", dynamic: true });
    expect(seen?.["valid_life_time"]).to.be.within(9000, 10_000);
    expect(seen?.["preferred_life_time"]).to.be.within(4000, 5000);
    const [address] = await netns.addresses.list({ link: "br0" });
    expect(address?.label).to.equal("br0:web");
    expect(address?.validLifetimeS).to.be.within(9000, 10_000);
    expect(address?.preferredLifetimeS).to.be.within(4000, 5000);
  });

  it("lasts for ever where nothing is said, and may be deprecated from the start", async function () {
    await using netns = await withLink(this);

    await netns.addresses.add({ link: "br0", address: "fd00::1/64", noDad: true });
    await netns.addresses.add({
      link: "br0",
      address: "fd00::2/64",
      noDad: true,
      preferredLifetimeS: 0,
    });

    const addresses = await netns.addresses.list({ link: "br0" });
    const times = addresses.map((one) => [one.validLifetimeS, one.preferredLifetimeS]);
    expect(times).to.have.deep.members([
      ["forever", "forever"],
      ["forever", 0],
    ]);
    const seen = await details(netns);
    expect(seen.find((one) => one["local"] === "fd00::2")).to.include({ deprecated: true });
  });

  it("has all flags that ip(8) shows", async function () {
    await using netns = await withLink(this);

    await netns.addresses.add({
      link: "br0",
      address: "fd00::1/64",
      noDad: true,
      home: true,
      mngTmpAddr: true,
      noPrefixRoute: true,
    });
    await netns.addresses.add({ link: "br0", address: "232.1.1.1/32", autoJoin: true });

    const seen = await details(netns);
    expect(seen.find((one) => one["local"] === "fd00::1")).to.include({
      nodad: true,
      home: true,
      mngtmpaddr: true,
      noprefixroute: true,
    });
    expect(seen.find((one) => one["local"] === "232.1.1.1")).to.include({ autojoin: true });
    const [six] = await netns.addresses.list({ family: "inet6", link: "br0" });
    expect(six?.flags).to.include.members(["nodad", "home", "mngtmpaddr", "noprefixroute"]);
  });

  it("is optimistic where the link is", async function () {
    await using netns = await withLink(this);
    await netns.sysctl.set("net/ipv6/conf/br0/optimistic_dad", 1);

    await netns.addresses.add({ link: "br0", address: "fd00::1/64", optimistic: true });

    const [seen] = await details(netns);
    expect(seen).to.include({ local: "fd00::1" });
  });

  it("says who made it", async function () {
    await using netns = await withLink(this);

    await netns.addresses.add({ link: "br0", address: "10.0.0.1/24", protocol: 77, metric: 9 });

    const [address] = await netns.addresses.list({ link: "br0" });
    expect(address?.protocol).to.be.oneOf([77, undefined]); // since Linux 5.18
    expect(address?.metric).to.equal(9);
  });

  it("is deleted with its other end", async function () {
    await using netns = await withLink(this);
    const spec = { link: "br0", address: "10.0.0.1/32", peer: "10.0.0.9" };
    await netns.addresses.add(spec);

    await netns.addresses.delete(spec);

    expect(await details(netns)).to.deep.equal([]);
  });

  it("is replaced, whether it is there or not", async function () {
    await using netns = await withLink(this);
    const spec = { link: "br0", address: "fd00::1/64", noDad: true };

    await netns.addresses.replace({ ...spec, validLifetimeS: 1000 });
    await netns.addresses.replace(spec);

    const addresses = await netns.addresses.list({ link: "br0" });
    expect(addresses.map((one) => one.validLifetimeS)).to.deep.equal(["forever"]);
  });

  it("comes with many others", async function () {
    await using netns = await withLink(this);
    const many = Array.from({ length: 200 }, (_, at) => ({
      link: "br0",
      address: `10.0.${at}.1/24`,
    }));
    await netns.addresses.add(many[7] as AddressSpec);

    const error = await rejection(netns.addresses.addMany(many));

    expect((error as AggregateError).errors).to.have.lengthOf(1);
    expect(error.message).to.include("add addresses: 10.0.7.1/24 to link br0");
    expect(await details(netns)).to.have.lengthOf(200);
  });

  it("is read as ip(8) writes it", async function () {
    await using netns = await withLink(this);
    const words = "address add 10.0.0.1/24 dev br0 label br0:x valid_lft 9000 preferred_lft 8000";

    await runIn(netns, "ip", ...words.split(" "));

    const [address] = await netns.addresses.list({ link: "br0" });
    expect(address).to.include({ address: "10.0.0.1/24", label: "br0:x" });
    expect(address?.validLifetimeS).to.be.within(8000, 9000);
  });

  for (const [what, spec, code] of [
    ["a preference beyond the end", { preferredLifetimeS: 9, validLifetimeS: 8 }, "OPTION"],
    ["a preference for ever", { preferredLifetimeS: "forever", validLifetimeS: 8 }, "OPTION"],
    ["no life at all", { validLifetimeS: 0 }, "OPTION"],
    ["a life of words", { validLifetimeS: "long" }, "OPTION"],
    ["a label of 16 bytes", { label: "l".repeat(16) }, "OPTION"],
    ["an end of the other family", { peer: "fd00::1" }, "ADDRESS"],
    ["protocol 256", { protocol: 256 }, "OPTION"],
  ] as const) {
    it(`refuses ${what} before the kernel is asked`, async function () {
      await using netns = await newNetns(this);

      const error = await rejection(
        netns.addresses.add({ link: "lo", address: "10.0.0.1/24", ...(spec as object) }),
      );

      expect(error).to.include({ code: `ERR_CNM_INVALID_${code}` });
    });
  }
});
