import { expect } from "chai";
import { newNetns } from "../support/netns.js";
import { ip, ipAddresses, ipLink, ipLinkNames, pings } from "../support/other-eyes.js";
import { kernelRefusal } from "../support/rejection.js";

describe("Links.add: veth", function () {
  it("makes the other end in the other namespace, under its final name", async function () {
    await using here = await newNetns(this, "program:ip", "link:veth", "link:bridge");
    await using there = await newNetns(this);
    await here.links.add({ kind: "bridge", name: "br0", up: true });

    const link = await here.links.add({
      kind: "veth",
      name: "veth0",
      master: "br0",
      mtu: 1450,
      txQueues: 1,
      rxQueues: 1,
      up: true,
      peer: {
        name: "eth0",
        address: "02:00:00:00:00:02",
        mtu: 1440,
        txQueues: 1,
        rxQueues: 1,
        namespace: there,
      },
    });

    const [near] = await ip(here, "link", "show", "dev", "veth0");
    const [far] = await ip(there, "link", "show", "dev", "eth0");
    expect(near).to.include({ ifindex: link.index, mtu: 1450, master: "br0", num_tx_queues: 1 });
    expect(near).to.have.nested.include({ "linkinfo.info_kind": "veth" });
    expect(far).to.include({
      ifindex: link.link,
      mtu: 1440,
      address: "02:00:00:00:00:02",
      num_rx_queues: 1,
    });
    expect(far?.["flags"]).to.not.include("UP");
    expect(link.linkNetnsid).to.be.a("number");
  });

  it("makes both ends here where no namespace is said", async function () {
    await using netns = await newNetns(this, "program:ip", "link:veth");

    const link = await netns.links.add({ kind: "veth", name: "a", peer: { name: "b" } });

    const far = await ipLink(netns, "b");
    expect(far).to.include({ ifindex: link.link, link: "a" });
    expect(link.linkNetnsid).to.equal(undefined);
  });

  it("makes the other end here where its namespace is this one", async function () {
    await using netns = await newNetns(this, "program:ip", "link:veth");

    await netns.links.add({ kind: "veth", name: "a", peer: { name: "b", namespace: netns } });

    expect((await ipLinkNames(netns)).slice().sort()).to.deep.equal(["a", "b", "lo"]);
  });

  it("carries packets of both families", async function () {
    await using here = await newNetns(this, "program:ip", "program:ping", "link:veth", "ipv6");
    await using there = await newNetns(this);
    await here.links.add({
      kind: "veth",
      name: "a",
      up: true,
      peer: { name: "b", namespace: there },
    });
    await there.links.set("b", { up: true });
    await Promise.all([
      here.addresses.add({ link: "a", address: "10.0.0.1/24" }),
      here.addresses.add({ link: "a", address: "fd00::1/64", noDad: true }),
      there.addresses.add({ link: "b", address: "10.0.0.2/24" }),
      there.addresses.add({ link: "b", address: "fd00::2/64", noDad: true }),
    ]);

    expect(await ipAddresses(there, "b")).to.deep.equal(["10.0.0.2/24", "fd00::2/64"]);
    expect(await pings(here, "10.0.0.2")).to.equal(true);
    expect(await pings(there, "fd00::1")).to.equal(true);
    expect(await pings(here, "10.0.0.3")).to.equal(false);
  });

  it("leaves nothing on either side where the far name is taken", async function () {
    await using here = await newNetns(this, "program:ip", "link:veth");
    await using there = await newNetns(this, "link:bridge");
    await there.links.add({ kind: "bridge", name: "eth0" });

    const error = await kernelRefusal(
      here.links.add({ kind: "veth", name: "a", peer: { name: "eth0", namespace: there } }),
    );

    expect(error).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWLINK" });
    expect(await ipLinkNames(here)).to.deep.equal(["lo"]);
    expect(await ipLinkNames(there)).to.deep.equal(["lo", "eth0"]);
  });

  it("leaves nothing where the near name is taken", async function () {
    await using here = await newNetns(this, "program:ip", "link:veth", "link:bridge");
    await using there = await newNetns(this);
    await here.links.add({ kind: "bridge", name: "a" });

    const error = await kernelRefusal(
      here.links.add({ kind: "veth", name: "a", peer: { name: "eth0", namespace: there } }),
    );

    expect(error.errnoName).to.equal("EEXIST");
    expect(error.message).to.include("add veth a");
    expect(await ipLinkNames(there)).to.deep.equal(["lo"]);
  });

  for (const master of ["br9", 99]) {
    it(`leaves nothing where master ${master} is not there`, async function () {
      await using here = await newNetns(this, "program:ip", "link:veth");
      await using there = await newNetns(this);

      const error = await kernelRefusal(
        here.links.add({
          kind: "veth",
          name: "a",
          master,
          peer: { name: "eth0", namespace: there },
        }),
      );

      expect(error.errnoName).to.be.oneOf(["ENODEV", "EINVAL"]);
      expect(error.message).to.include("add veth a");
      expect(await ipLinkNames(here)).to.deep.equal(["lo"]);
      expect(await ipLinkNames(there)).to.deep.equal(["lo"]);
    });
  }

  it("leaves nothing where the master is no bridge", async function () {
    await using netns = await newNetns(this, "program:ip", "link:veth");

    const error = await kernelRefusal(
      netns.links.add({ kind: "veth", name: "a", master: "lo", peer: { name: "b" } }),
    );

    expect(error).to.include({ syscall: "RTM_NEWLINK" });
    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
  });

  it("leaves nothing on either side where a step after the pair fails", async function () {
    await using here = await newNetns(this, "program:ip", "link:veth");
    await using there = await newNetns(this);
    await here.links.addAltname("lo", "taken");

    const error = await kernelRefusal(
      here.links.add({
        kind: "veth",
        name: "a",
        up: true,
        altnames: ["taken"],
        peer: { name: "eth0", namespace: there },
      }),
    );

    expect(error.errnoName).to.equal("EEXIST");
    expect(await ipLinkNames(here)).to.deep.equal(["lo"]);
    expect(await ipLinkNames(there)).to.deep.equal(["lo"]);
  });
});
