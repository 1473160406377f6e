import { expect } from "chai";
import type { LinkEvent, MonitorEvent } from "#lib/netlink.js";
import { ipDoes, upTo, words } from "../support/monitored.js";
import { newNetns } from "../support/netns.js";
import { runIn } from "../support/other-eyes.js";
import { cnmRefusal } from "../support/rejection.js";

describe("Namespace.monitor", function () {
  it("tells what ip(8) does to links", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    await using monitor = netns.monitor({ links: true });
    await monitor.ready;

    await ipDoes(netns, "link add br0 type bridge", "link set br0 up", "link del br0");

    const seen = await upTo(monitor, (event) => words(event) === "deleted link br0");
    expect(seen[0]).to.have.property("kind", "link");
    expect(seen.map(words).slice(0, 2)).to.deep.equal(["new link br0", "changed link br0"]);
    const ups = seen.flatMap((event) => (event.kind === "link" ? [event.link.up] : []));
    expect(ups[0]).to.equal(false);
    expect(ups).to.include(true);
    expect(seen).to.satisfy((all: readonly MonitorEvent[]) =>
      all.every((event) => event.kind === "link" && event.nsid === undefined),
    );
  });

  it("tells what is done to addresses and routes, of both families", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge", "ipv6");
    await netns.links.add({ kind: "bridge", name: "br0", up: true, addrGenMode: "none" });
    await using monitor = netns.monitor({ addresses: true, routes: true });
    await monitor.ready;

    await ipDoes(
      netns,
      "addr add 10.0.0.1/24 dev br0",
      "addr add fd00::1/64 dev br0 nodad",
      "route add 192.0.2.0/24 via 10.0.0.2",
      "route replace 192.0.2.0/24 via 10.0.0.3",
      "route del 192.0.2.0/24",
      "addr del 10.0.0.1/24 dev br0",
      "addr del fd00::1/64 dev br0",
    );

    const seen = (
      await upTo(monitor, (event) => words(event) === "deleted address fd00::1/64")
    ).map(words);
    const expected = [
      ...["new address 10.0.0.1/24", "new route 10.0.0.0/24", "new address fd00::1/64"],
      ...["new route 192.0.2.0/24", "changed route 192.0.2.0/24", "deleted route 192.0.2.0/24"],
      ...["deleted address 10.0.0.1/24", "deleted address fd00::1/64"],
    ];
    expect(seen).to.include.members(expected);
    const positions = expected.map((one) => seen.indexOf(one));
    expect(positions, seen.join("\n")).to.deep.equal([...positions].sort((a, b) => a - b));
  });

  it("shows an object as the lists show it", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    await using monitor = netns.monitor({ addresses: true });
    await monitor.ready;

    await ipDoes(netns, "link add br0 type bridge", "addr add 10.0.0.1/24 dev br0");

    const { value } = await monitor.next();
    const [address] = await netns.addresses.list({ link: "br0" });
    expect(value).to.deep.equal({ kind: "address", change: "new", nsid: undefined, address });
  });

  it("begins with what is there, where that is asked for", async function () {
    await using netns = await newNetns(this, "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0" });
    await using monitor = netns.monitor({ links: true, existing: true });

    const seen = await upTo(monitor, (event) => words(event) === "new link br0");

    expect(seen.map(words)).to.deep.equal(["new link lo", "new link br0"]);
  });

  it("tells changed from new for what was there before", async function () {
    await using netns = await newNetns(this, "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0" });
    await using monitor = netns.monitor({ links: true });

    await netns.links.set("br0", { mtu: 1400 });

    const { value } = await monitor.next();
    expect(value).to.include({ kind: "link", change: "changed" });
    expect((value as LinkEvent).link.mtu).to.equal(1400);
  });

  it("hears what was asked for after it was made, without waiting for it", async function () {
    await using netns = await newNetns(this, "link:bridge");
    await using monitor = netns.monitor({ links: true });

    await netns.links.add({ kind: "bridge", name: "br0" });

    expect((await upTo(monitor, () => true)).map(words)).to.deep.equal(["new link br0"]);
  });

  it("hears of other namespaces that have an id in this one", async function () {
    await using netns = await newNetns(this, "link:veth", "program:ip");
    await using inside = await newNetns(this);
    const { linkNetnsid } = await netns.links.add({
      kind: "veth",
      name: "v0",
      peer: { name: "eth0", namespace: inside },
    });
    await using monitor = netns.monitor({ links: true, allNamespaces: true });
    await using deaf = netns.monitor({ links: true });
    await Promise.all([monitor.ready, deaf.ready]);

    await ipDoes(inside, "link set eth0 mtu 1400");
    await ipDoes(netns, "link set v0 mtu 1300");

    const seen = await upTo(monitor, (event) => words(event) === "changed link v0");
    const first = seen[0] as LinkEvent;
    expect(linkNetnsid).to.be.a("number");
    expect([words(first), first.nsid, first.link.mtu]).to.deep.equal([
      "new link eth0", // not seen before
      linkNetnsid,
      1400,
    ]);
    expect((seen.at(-1) as LinkEvent).nsid).to.equal(undefined);
    expect((await upTo(deaf, () => true)).map(words)).to.deep.equal(["changed link v0"]);
  });

  it("serves two at once, each with all events", async function () {
    await using netns = await newNetns(this, "link:bridge");
    await using one = netns.monitor({ links: true });
    await using other = netns.monitor({ links: true });

    await netns.links.add({ kind: "bridge", name: "br0" });

    for (const monitor of [one, other]) {
      expect((await upTo(monitor, () => true)).map(words)).to.deep.equal(["new link br0"]);
    }
  });

  it("answers calls of next() that overlap one after another", async function () {
    await using netns = await newNetns(this, "link:bridge");
    await using monitor = netns.monitor({ links: true });
    const events = Promise.all([monitor.next(), monitor.next()]);

    await netns.links.add({ kind: "bridge", name: "br0" });
    await netns.links.add({ kind: "bridge", name: "br1" });

    const seen = (await events).map(({ value }) => words(value as MonitorEvent));
    expect(seen).to.deep.equal(["new link br0", "new link br1"]);
  });

  it("refuses to listen to nothing", async function () {
    await using netns = await newNetns(this);

    const refused = await cnmRefusal((async () => netns.monitor({}).close())());

    expect(refused).to.include({ code: "ERR_CNM_INVALID_OPTION" });
    expect(refused.message).to.match(/^monitor: nothing to listen to; set at least one of .*links/);
  });
});

describe("Namespace.monitor: flows", function () {
  const original = {
    source: "10.0.0.1",
    destination: "10.0.0.2",
    protocol: "udp",
    sourcePort: 1,
    destinationPort: 2,
  } as const;

  it("tells their beginning, changes and end, as the kernel's flags have it", async function () {
    await using netns = await newNetns(this, "kernel:conntrack");
    await using monitor = netns.monitor({ conntrack: true });
    await monitor.ready;

    await netns.conntrack.add({ original, timeoutS: 60 });
    await netns.conntrack.set({ original }, { mark: 7 });
    await netns.conntrack.delete({ original });

    const seen = await upTo(monitor, (event) => words(event) === "deleted flow to 10.0.0.2");
    const flows = seen.flatMap((event) => (event.kind === "flow" ? [event] : []));
    expect(flows.map(({ change }) => change)).to.deep.equal(["new", "changed", "deleted"]);
    expect(flows[1]?.flow.mark).to.equal(7);
    expect(flows[0]?.flow.original).to.deep.include(original);
  });

  it("come beside links from a socket of their own", async function () {
    await using netns = await newNetns(this, "kernel:conntrack", "link:bridge");
    await using monitor = netns.monitor({ conntrack: true, links: true });

    await netns.conntrack.add({ original, timeoutS: 60 });
    await netns.links.add({ kind: "bridge", name: "br0" });

    const seen = [await monitor.next(), await monitor.next()];
    expect(seen.map(({ value }) => words(value as MonitorEvent)).sort()).to.deep.equal([
      "new flow to 10.0.0.2",
      "new link br0",
    ]);
  });
});

describe("Namespace.monitor: what else there is", function () {
  it("tells of neighbours, and of bridges' forwarding databases apart from them", async function () {
    await using netns = await newNetns(this, "program:ip", "program:bridge", "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0", up: true, addrGenMode: "none" });
    await using both = netns.monitor({ neighbours: true, fdb: true });
    await using one = netns.monitor({ neighbours: true });
    await Promise.all([both.ready, one.ready]);

    await ipDoes(netns, "neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev br0");
    await runIn(netns, "bridge", "fdb", "add", "02:00:00:00:00:08", "dev", "br0", "self", "local");
    await ipDoes(netns, "neigh del 10.0.0.7 dev br0");

    const ended = (event: MonitorEvent) => words(event) === "deleted neighbour 10.0.0.7";
    const seen = (await upTo(both, ended)).map(words);
    expect(seen[0]).to.equal("new neighbour 10.0.0.7");
    expect(seen).to.include("new entry 02:00:00:00:00:08");
    expect((await upTo(one, ended)).map(words).join()).to.not.include("entry");
  });

  it("tells of rules, nexthops and namespace ids", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge", "ipv6");
    await using other = await newNetns(this);
    await netns.links.add({ kind: "bridge", name: "br0", up: true, addrGenMode: "none" });
    await using monitor = netns.monitor({ rules: true, nexthops: true, namespaceIds: true });
    await monitor.ready;

    await ipDoes(netns, "rule add from 10.0.0.0/8 priority 77 table 5");
    await ipDoes(netns, "-6 rule add from fd00::/8 priority 78 table 5");
    await ipDoes(netns, "rule del priority 77");
    await ipDoes(netns, "nexthop add id 9 dev br0", "nexthop del id 9");
    const id = await netns.namespaceIds.assign(other);

    const seen = await upTo(monitor, (event) => event.kind === "namespaceId");
    expect(seen.map(words)).to.deep.equal([
      ...["new rule 77", "new rule 78", "deleted rule 77", "new nexthop 9", "deleted nexthop 9"],
      `new namespace ${id}`,
    ]);
  });

  it("finds nothing by resync() where nothing has changed", async function () {
    await using netns = await newNetns(this, "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0", addrGenMode: "none" });
    await netns.rules.add({ from: "10.0.0.0/8", table: 5, priority: 77 });
    await netns.neighbours.add({ link: "br0", address: "10.0.0.7", lladdr: "02:00:00:00:00:07" });
    const all = { fdb: true, neighbours: true, nexthops: true, rules: true, routes: true } as const;
    await using monitor = netns.monitor({ ...all, addresses: true, links: true });

    await monitor.resync();
    await netns.rules.delete({ from: "10.0.0.0/8", table: 5, priority: 77 });

    expect((await upTo(monitor, () => true)).map(words)).to.deep.equal(["deleted rule 77"]);
  });
});
