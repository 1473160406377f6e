import { expect } from "chai";
import { acquainted, burstTo, headers } from "../support/flows.js";

// What real packets do: they are counted, nothing is timed.

describe("traffic control of real packets", function () {
  it("a token bucket lets its burst through, keeps its limit and drops the rest", async function () {
    await using pair = await acquainted(this);
    const { client } = pair;
    await client.qdiscs.add({
      kind: "tbf",
      link: "to0",
      rateBitsPerSecond: 8, // a byte per second: nothing is refilled meanwhile
      burstBytes: 3000,
      limitBytes: 3000,
    });

    await burstTo(pair, 9, 10, 1000);

    const [{ statistics } = {}] = await client.qdiscs.list({ link: "to0" });
    expect(statistics).to.deep.include({
      packets: 2,
      bytes: 2 * (1000 + headers),
      queueLength: 2,
      backlogBytes: 2 * (1000 + headers),
      drops: 6,
    });
  });

  it("classes get the packets that their filters match", async function () {
    await using pair = await acquainted(this);
    const { client } = pair;
    const htb = { kind: "htb", link: "to0", parent: "1:" } as const;
    await client.qdiscs.add({ kind: "htb", link: "to0", handle: "1:", defaultClass: "1:30" });
    for (const classid of ["1:10", "1:30"]) {
      await client.trafficClasses.add({ ...htb, classid, rateBitsPerSecond: 800_000_000 });
    }
    await client.trafficFilters.add({
      kind: "u32",
      link: "to0",
      parent: "1:",
      classid: "1:10",
      match: { destination: "10.7.0.0/24", ipProtocol: "udp", destinationPort: 9 },
    });

    await burstTo(pair, 9, 3, 100);
    await burstTo(pair, 10, 4, 200);

    const classes = await client.trafficClasses.list("to0");
    const counted = Object.fromEntries(
      classes.map(({ classid, statistics }) => [classid, statistics.bytes]),
    );
    expect(counted).to.deep.equal({ "1:10": 3 * (100 + headers), "1:30": 4 * (200 + headers) });
  });

  it("what comes in is mirrored to another link", async function () {
    await using pair = await acquainted(this);
    const { server } = pair;
    await server.links.add({
      kind: "veth",
      name: "tap0",
      up: true,
      addrGenMode: "none",
      peer: { name: "tap1" },
    });
    await server.links.set("tap1", { up: true, addrGenMode: "none" });
    await server.qdiscs.add({ kind: "clsact", link: "eth0" });
    await server.trafficFilters.add({
      kind: "u32",
      link: "eth0",
      parent: "ingress",
      match: { ipProtocol: "udp", destinationPort: 9 },
      actions: [{ kind: "mirred", action: "mirror", link: "tap0" }],
    });

    await burstTo(pair, 9, 5, 100);
    await burstTo(pair, 10, 5, 100);

    const [filter] = await server.trafficFilters.list({ link: "eth0", parent: "ingress" });
    expect(filter?.actions[0]?.statistics).to.include({ packets: 5 });
    const tapped = await server.links.get("tap1");
    expect(tapped.statistics).to.include({ rxPackets: 5, rxBytes: 5 * (100 + headers) });
  });
});
