import { expect } from "chai";
import type { Context } from "mocha";
import type { Namespace } from "#lib/netlink.js";
import { newNetns } from "../support/netns.js";
import { ip, ipAddresses } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";

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

describe("Addresses", function () {
  it("adds addresses of both families, by name and by index", async function () {
    await using netns = await withLink(this);
    const { index } = await netns.links.get("br0");

    await netns.addresses.add({ link: "br0", address: "10.0.0.1/24" });
    await netns.addresses.add({ link: index, address: "fd00::1/64", noDad: true });

    expect(await ipAddresses(netns, "br0")).to.deep.equal(["10.0.0.1/24", "fd00::1/64"]);
  });

  it("sets broadcast, scope, metric and peer as ip(8) shows them", async function () {
    await using netns = await withLink(this);

    await netns.addresses.add({
      link: "br0",
      address: "10.0.0.1/24",
      broadcast: "10.0.0.255",
      scope: "site",
      metric: 77,
    });
    await netns.addresses.add({ link: "br0", address: "10.1.0.1/32", peer: "10.1.0.2" });

    const [plain, pointed] = await details(netns);
    expect(plain).to.include({ broadcast: "10.0.0.255", scope: "site", metric: 77 });
    expect(pointed).to.include({ local: "10.1.0.1", address: "10.1.0.2", prefixlen: 32 });
  });

  it("adds an IPv6 address that works at once, or one that is tried first", async function () {
    await using netns = await withLink(this);
    await netns.links.add({
      kind: "veth",
      name: "a",
      master: "br0",
      up: true,
      peer: { name: "b" },
    });
    await netns.links.set("b", { up: true });

    await netns.addresses.add({ link: "br0", address: "fd00::1/64", noDad: true });
    await netns.addresses.add({ link: "br0", address: "fd00::2/64" });

    const list = await netns.addresses.list({ link: "br0", family: "inet6" });
    const flags = new Map(list.map((one) => [one.address, one.flags]));
    expect(flags.get("fd00::1/64")).to.include("nodad").and.not.include("tentative");
    expect(flags.get("fd00::2/64")).to.not.include("nodad");
  });

  it("adds no route for the prefix where none is wanted", async function () {
    await using netns = await withLink(this);

    await netns.addresses.add({ link: "br0", address: "10.0.0.1/24", noPrefixRoute: true });
    await netns.addresses.add({ link: "br0", address: "10.1.0.1/24" });

    const routes = await ip(netns, "route", "show");
    expect(routes.map((route) => route["dst"])).to.deep.equal(["10.1.0.0/24"]);
  });

  it("lists what ip(8) lists, all of it and by link and family", async function () {
    await using netns = await withLink(this);
    await netns.addresses.add({ link: "br0", address: "10.0.0.1/24" });
    await netns.addresses.add({ link: "br0", address: "fd00::1/64", noDad: true });
    const texts = (list: readonly { address: string }[]) => list.map(({ address }) => address);

    const all = await netns.addresses.list();
    const ofLink = await netns.addresses.list({ link: "br0" });
    const four = await netns.addresses.list({ family: "inet" });

    expect(texts(all)).to.have.members(["127.0.0.1/8", "::1/128", "10.0.0.1/24", "fd00::1/64"]);
    expect(texts(ofLink)).to.deep.equal(["10.0.0.1/24", "fd00::1/64"]);
    expect(texts(four)).to.deep.equal(["127.0.0.1/8", "10.0.0.1/24"]);
    expect(ofLink[0]).to.deep.include({ family: "inet", scope: "global", peer: undefined });
    expect(ofLink[0]?.flags).to.deep.equal(["permanent"]);
  });

  it("shows a point-to-point address with the other end's", async function () {
    await using netns = await withLink(this);
    await netns.addresses.add({ link: "br0", address: "10.1.0.1/32", peer: "10.1.0.2" });
    await netns.addresses.add({ link: "br0", address: "fd00::1/128", peer: "fd00::2" });

    const list = await netns.addresses.list({ link: "br0" });

    expect(list.map(({ address, peer }) => [address, peer])).to.deep.equal([
      ["10.1.0.1/32", "10.1.0.2"],
      ["fd00::1/128", "fd00::2"],
    ]);
  });

  for (const address of ["10.0.0.1/24", "fd00::1/64"]) {
    it(`removes ${address} again`, async function () {
      await using netns = await withLink(this);
      await netns.addresses.add({ link: "br0", address });

      await netns.addresses.delete({ link: "br0", address });

      expect(await ipAddresses(netns, "br0")).to.deep.equal([]);
    });

    it(`says that ${address} is there already`, async function () {
      await using netns = await withLink(this);
      await netns.addresses.add({ link: "br0", address });

      const error = await kernelRefusal(netns.addresses.add({ link: "br0", address }));

      expect(error).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWADDR" });
      expect(error.message).to.include(`add address ${address} to link br0`);
      expect(error.context).to.include({ address, namespace: netns.path });
      expect(await ipAddresses(netns, "br0")).to.deep.equal([address]);
    });

    it(`says that ${address} is not there`, async function () {
      await using netns = await withLink(this);

      const error = await kernelRefusal(netns.addresses.delete({ link: "br0", address }));

      expect(error).to.include({ errnoName: "EADDRNOTAVAIL", syscall: "RTM_DELADDR" });
      expect(error.message).to.include(`delete address ${address} of link br0`);
    });
  }

  for (const link of ["eth7", 77]) {
    it(`says that link ${link} is not there`, async function () {
      await using netns = await withLink(this);

      const error = await kernelRefusal(netns.addresses.add({ link, address: "10.0.0.1/24" }));

      expect(error.errnoName).to.equal("ENODEV");
      expect(error.message).to.include(String(link));
    });
  }

  it("says that IPv6 is switched off", async function () {
    await using netns = await withLink(this);
    await netns.sysctl.set("net.ipv6.conf.br0.disable_ipv6", 1);

    const error = await kernelRefusal(netns.addresses.add({ link: "br0", address: "fd00::1/64" }));

    expect(error).to.include({ errnoName: "EACCES" });
    expect(error.message).to.include("disable_ipv6");
  });

  for (const [text, code] of [
    ["10.0.0.1/33", "ERR_CNM_INVALID_ADDRESS"],
    ["10.0.0.256/24", "ERR_CNM_INVALID_ADDRESS"],
    ["fd00::1%eth0/64", "ERR_CNM_INVALID_ADDRESS"],
    ["", "ERR_CNM_INVALID_ADDRESS"],
  ] as const) {
    it(`refuses "${text}" before the kernel is asked`, async function () {
      await using netns = await newNetns(this);

      const error = await cnmRefusal(netns.addresses.add({ link: "lo", address: text }));

      expect(error.code).to.equal(code);
      expect(error.context["field"]).to.equal("address");
    });
  }
});
