import { Job } from "#lib/netlink.js";
import { expect } from "chai";
import { newNetns } from "../support/netns.js";
import { ip, ipLink, ipLinkNames } from "../support/other-eyes.js";
import { kernelRefusal } from "../support/rejection.js";

describe("Links.add in another namespace", function () {
  it("makes the link there, under its final name, and answers with it", async function () {
    await using here = await newNetns(this, "program:ip", "link:veth", "link:macvlan");
    await using there = await newNetns(this);
    await here.links.add({ kind: "veth", name: "below", up: true, peer: { name: "beside" } });

    const link = await here.links.add({
      kind: "macvlan",
      name: "eth0",
      link: "below",
      namespace: there,
      mode: "bridge",
      mtu: 1400,
      address: "02:00:00:00:00:05",
      up: true,
      addrGenMode: "none",
      alias: "web",
      altnames: ["web.eth0"],
    });

    const [seen] = await ip(there, "link", "show", "dev", "eth0");
    expect(seen).to.include({
      ifindex: link.index,
      mtu: 1400,
      address: "02:00:00:00:00:05",
      ifalias: "web",
      inet6_addr_gen_mode: "none",
    });
    expect(seen?.["altnames"]).to.deep.equal(["web.eth0"]);
    expect(seen?.["flags"]).to.include("UP");
    expect(link).to.include({ name: "eth0", up: true, alias: "web" });
    expect(link.macvlan?.mode).to.equal("bridge");
    expect(await ipLinkNames(here)).to.deep.equal(["lo", "beside", "below"]);
  });

  it("leaves the socket of a vxlan where it was made", async function () {
    await using here = await newNetns(this, "program:ip", "link:vxlan", "link:bridge");
    await using there = await newNetns(this);
    await there.links.add({ kind: "bridge", name: "br0" });

    const link = await here.links.add({
      kind: "vxlan",
      name: "vx0",
      id: 5,
      port: 4789,
      namespace: there,
      master: "br0",
      bridgePort: { isolated: true },
    });

    expect(link.linkNetnsid).to.be.a("number");
    expect(link.bridgePort?.isolated).to.equal(true);
    expect(await ipLink(there, "vx0")).to.include({ master: "br0" });
  });

  it("is what it is without, where the namespace is its own", async function () {
    await using netns = await newNetns(this, "link:bridge");

    const link = await netns.links.add({ kind: "bridge", name: "br0", namespace: netns });

    expect(await netns.links.get("br0")).to.deep.include({ index: link.index });
  });

  it("says that the name is taken there", async function () {
    await using here = await newNetns(this, "program:ip", "link:bridge");
    await using there = await newNetns(this);
    await there.links.add({ kind: "bridge", name: "br0" });

    const error = await kernelRefusal(
      here.links.add({ kind: "bridge", name: "br0", namespace: there }),
    );

    expect(error).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWLINK" });
    expect(await ipLinkNames(there)).to.deep.equal(["lo", "br0"]);
  });

  it("leaves none there when a later step fails", async function () {
    await using here = await newNetns(this, "program:ip", "link:bridge");
    await using there = await newNetns(this);

    const error = await kernelRefusal(
      here.links.add({ kind: "bridge", name: "br0", namespace: there, altnames: ["lo"] }),
    );

    expect(error).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWLINKPROP" });
    expect(await ipLinkNames(there)).to.deep.equal(["lo"]);
  });

  it("works in a job, with a namespace that the job makes", async function () {
    await using here = await newNetns(this, "program:ip", "link:veth", "link:macvlan");
    await here.links.add({ kind: "veth", name: "below", up: true, peer: { name: "beside" } });
    const job = new Job();
    await using there = job.createNamespace({ path: `${here.path ?? ""}-there` });

    const made = job.addLink(here, {
      kind: "macvlan",
      name: "eth0",
      link: "below",
      namespace: there,
      mode: "bridge",
      altnames: ["web.eth0"],
    });
    job.setLink(there, made.index, { up: true });
    job.addAddress(there, { link: made.index, address: "10.0.0.2/24" });
    const result = await job.run();

    expect(result.link(made)).to.include({ name: "eth0", kind: "macvlan" });
    const [seen] = await ip(there, "address", "show", "dev", "eth0");
    expect(seen).to.include({ ifindex: result.link(made).index });
    expect(seen?.["altnames"]).to.deep.equal(["web.eth0"]);
    expect(seen).to.have.nested.include({ "addr_info[0].local": "10.0.0.2" });
  });

  it("is undone by a job that fails later", async function () {
    await using here = await newNetns(this, "program:ip", "link:bridge");
    await using there = await newNetns(this);
    const job = new Job();
    job.addLink(here, { kind: "bridge", name: "br0", namespace: there });
    job.addLink(here, { kind: "bridge", name: "br1" });
    job.deleteLink(here, "nothing");

    const error = await kernelRefusal(job.run());

    expect(error.errnoName).to.equal("ENODEV");
    expect(await ipLinkNames(there)).to.deep.equal(["lo"]);
    expect(await ipLinkNames(here)).to.deep.equal(["lo"]);
  });

  it("is not begun by a job that fails before", async function () {
    await using here = await newNetns(this, "program:ip", "link:bridge");
    await using there = await newNetns(this);
    const job = new Job();
    job.setLink(here, 77, { up: true });
    job.addLink(here, { kind: "bridge", name: "br0", namespace: there });

    const error = await kernelRefusal(job.run());

    expect(error).to.include({ errnoName: "ENODEV", syscall: "RTM_SETLINK" });
    expect(await ipLinkNames(there)).to.deep.equal(["lo"]);
  });
});
