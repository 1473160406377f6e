import { expect } from "chai";
import { Namespace, type LinkEvent } from "#lib/netlink.js";
import { ipDoes, upTo, words } from "../support/monitored.js";
import { newNetns } from "../support/netns.js";
import { cnmRefusal, rejection } from "../support/rejection.js";
import { threads } from "../support/traces.js";
import { until } from "../support/wait.js";

const over = { done: true, value: undefined };

const monitorThreads = () => threads().filter((thread) => thread.includes("vw-monitor"));

// That a test leaves no thread and no socket, the hook of all tests looks after.
describe("Monitor: its end", function () {
  it("comes with the end of the loop", async function () {
    await using netns = await newNetns(this, "link:bridge");
    const monitor = netns.monitor({ links: true });
    await netns.links.add({ kind: "bridge", name: "br0" });

    for await (const event of monitor) {
      expect(words(event)).to.equal("new link br0");
      break;
    }

    expect(await monitor.next()).to.deep.equal(over);
  });

  it("comes by close(), also while somebody waits", async function () {
    await using netns = await newNetns(this);
    const monitor = netns.monitor({ links: true });
    await monitor.ready;
    const waiting = [monitor.next(), monitor.next()];

    await monitor.close();

    expect(await Promise.all(waiting)).to.deep.equal([over, over]);
    await monitor.close();
  });

  it("comes by close() before it listens", async function () {
    await using netns = await newNetns(this);
    const monitor = netns.monitor({ links: true });

    await monitor.close();

    expect(await monitor.next()).to.deep.equal(over);
  });

  for (const verb of ["close", "delete"] as const) {
    it(`comes when the namespace is gone by ${verb}()`, async function () {
      await using netns = await newNetns(this);
      await using other = await Namespace.open({ path: netns.path ?? "" });
      const monitor = other.monitor({ links: true });
      await monitor.ready;
      const waiting = monitor.next();

      await other[verb]();

      expect(await waiting).to.deep.equal(over);
      const refused = await cnmRefusal(monitor.resync());
      expect(refused.code).to.equal("ERR_CNM_CLOSED");
    });
  }

  it("comes when the namespace is deleted before it listens", async function () {
    const netns = await newNetns(this);
    const monitor = netns.monitor({ links: true });

    await netns.delete();

    expect(await monitor.next()).to.deep.equal(over);
  });

  it("comes by a signal: the one who waits is told its reason, once", async function () {
    await using netns = await newNetns(this);
    const controller = new AbortController();
    const monitor = netns.monitor({ links: true, signal: controller.signal });
    await monitor.ready;
    const waiting = rejection(monitor.next());

    controller.abort(new Error("enough"));

    expect((await waiting).message).to.equal("enough");
    expect(await monitor.next()).to.deep.equal(over);
  });

  it("is its beginning where the signal has been aborted before", async function () {
    await using netns = await newNetns(this);

    expect(() => netns.monitor({ links: true, signal: AbortSignal.abort() })).to.throw(
      DOMException,
      "aborted",
    );
  });

  it("takes the thread with it when it is the last one's", async function () {
    await using netns = await newNetns(this);
    await using one = netns.monitor({ links: true });
    const other = netns.monitor({ links: true });
    await Promise.all([one.ready, other.ready]);
    await until("the thread has its name", () => monitorThreads().length === 1);

    await other.close();
    await one.close();

    await until("the thread has ended", () => monitorThreads().length === 0);
  });

  it("can be followed by another beginning, many times", async function () {
    await using netns = await newNetns(this, "link:bridge");

    for (let round = 0; round < 50; round++) {
      await using monitor = netns.monitor({ links: true });
      if (round % 2 === 0) await monitor.ready;
    }
    await using monitor = netns.monitor({ links: true });
    await netns.links.add({ kind: "bridge", name: "br0" });

    expect((await upTo(monitor, () => true)).map(words)).to.deep.equal(["new link br0"]);
  });

  it("is refused in a namespace that is closed", async function () {
    const netns = await newNetns(this);
    await netns.delete();

    expect(() => netns.monitor({ links: true })).to.throw(/monitor: the namespace .* is deleted/);
  });
});

describe("Monitor: what the kernel had no room for", function () {
  /** More than a queue of 2 KiB holds. */
  const renames = Array.from({ length: 40 }, (_, at) => 1400 - at);

  it("is an event, after all that it had kept", async function () {
    await using netns = await newNetns(this, "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0" });
    await using monitor = netns.monitor({ links: true, queueBytes: 2048 });
    await monitor.ready;

    for (const mtu of renames) await netns.links.set("br0", { mtu });

    const seen = await upTo(monitor, (event) => event.kind === "overrun");
    const kept = seen.flatMap((event) => (event.kind === "link" ? [event.link.mtu] : []));
    expect(kept.length).to.be.lessThan(renames.length);
    expect(kept).to.deep.equal(renames.slice(0, kept.length));
  });

  it("is found out by resync()", async function () {
    await using netns = await newNetns(this, "link:bridge", "program:ip");
    await netns.links.add({ kind: "bridge", name: "br0" });
    await netns.links.add({ kind: "bridge", name: "br1" });
    await using monitor = netns.monitor({ links: true, queueBytes: 2048 });
    await monitor.ready;
    for (const mtu of renames) await netns.links.set("br0", { mtu });
    await netns.links.delete("br1");
    await netns.links.add({ kind: "bridge", name: "br2" });
    await upTo(monitor, (event) => event.kind === "overrun");

    await monitor.resync();
    await ipDoes(netns, "link set br0 up");

    const isUp = (event: { kind: string }) => event.kind === "link" && (event as LinkEvent).link.up;
    const seen = await upTo(monitor, isUp);
    expect(seen.slice(0, 3).map(words).sort()).to.deep.equal([
      "changed link br0",
      "deleted link br1",
      "new link br2",
    ]);
    const br0 = seen.find((event) => words(event) === "changed link br0") as LinkEvent;
    expect(br0.link.mtu).to.equal(renames.at(-1));
  });

  it("wakes who waits, when resync() finds something", async function () {
    await using netns = await newNetns(this, "link:bridge", "program:ip");
    await netns.links.add({ kind: "bridge", name: "br0", up: true, addrGenMode: "none" });
    await netns.addresses.add({ link: "br0", address: "10.0.0.1/24" });
    await netns.routes.add({ destination: "192.0.2.0/24", gateway: "10.0.0.2" });
    await using monitor = netns.monitor({ routes: true });
    await monitor.ready;
    const waiting = monitor.next();

    await ipDoes(netns, "link set br0 down"); // says nothing of IPv4 routes
    await monitor.resync();

    const first = words((await waiting).value as never);
    const rest = await upTo(monitor, (event) => /192\.0\.2\.0/.test(words(event)));
    expect([first, ...rest.map(words)]).to.include("deleted route 192.0.2.0/24");
  });

  it("is nothing, and resync() finds nothing", async function () {
    await using netns = await newNetns(this, "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0", up: true });
    await using monitor = netns.monitor({ links: true, addresses: true, routes: true });
    await monitor.resync();
    await monitor.resync();

    await netns.links.add({ kind: "bridge", name: "br1" });

    const seen = (await upTo(monitor, (event) => words(event) === "new link br1")).map(words);
    // br0 may still have been finding its IPv6 address
    expect(seen.filter((one) => !/fe80|ff00|changed/.test(one))).to.deep.equal(["new link br1"]);
  });
});
