import type { InterfaceStatistics } from "#lib/index.js";
import { expect } from "chai";
import { newHost } from "../support/cnm.js";
import { ipLink, pings, runIn, type Where } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";

/** As `ip -s` shows them inside. */
async function counted(where: Where, link: string): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await runIn(where, "ip", "-j", "-s", "link", "show", "dev", link);
  const [seen] = JSON.parse(stdout) as readonly {
    readonly stats64: Readonly<Record<"rx" | "tx", Readonly<Record<string, number>>>>;
  }[];
  const { rx = {}, tx = {} } = seen?.stats64 ?? {};
  return {
    rxBytes: rx["bytes"] ?? -1,
    txBytes: tx["bytes"] ?? -1,
    rxPackets: rx["packets"] ?? -1,
    txPackets: tx["packets"] ?? -1,
  };
}

/** What ours says lies between what ip(8) said before and says after: bridges talk unasked. */
async function expectSame<T extends InterfaceStatistics>(
  where: Where,
  link: string,
  ours: () => Promise<T | undefined>,
): Promise<T> {
  const before = await counted(where, link);
  const all = await ours();
  const after = await counted(where, link);
  if (all === undefined) throw new Error(`there are none of ${link}`);
  for (const key of ["rxBytes", "txBytes", "rxPackets", "txPackets"] as const) {
    expect(all[key], key).to.be.within(before[key] ?? -1, after[key] ?? -1);
  }
  return all;
}

describe("Endpoint.statistics", function () {
  it("counts what came in and went out, as ip(8) does inside", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const [a, b] = [await world.cnm.createSandbox("a"), await world.cnm.createSandbox("b")];
    const [one, two] = [await world.cnm.attach(a, network), await world.cnm.attach(b, network)];
    expect(await pings(a.namespace, "10.1.0.1")).to.equal(true);
    expect(await pings(a.namespace, "10.1.0.1")).to.equal(true);

    const talks = await expectSame(a.namespace, "eth0", () => one.statistics());
    const listens = await expectSame(b.namespace, "eth0", () => two.statistics());

    expect(talks.txPackets).to.be.at.least(3); // a question of ARP, two of ICMP
    expect(listens.rxPackets, "the question").to.be.greaterThan(listens.txPackets);
    expect(talks).to.include({ rxErrors: 0, txErrors: 0, rxDropped: 0, txDropped: 0 });
  });

  it("are asked inside where somebody has taken the mark off the host's end", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const sandbox = await world.cnm.createSandbox("s");
    const endpoint = await world.cnm.attach(sandbox, network);
    await pings(sandbox.namespace, "10.1.0.1");
    const port = endpoint.hostIfname ?? "";
    const altnames = (await ipLink(world.host, port))?.["altnames"] as readonly string[];
    for (const altname of altnames) await world.host.links.deleteAltname(port, altname);

    const { txPackets } = await expectSame(sandbox.namespace, "eth0", () => endpoint.statistics());
    expect(txPackets).to.be.at.least(2);
  });

  it("is refused where it is joined to no sandbox, or its interface is gone", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    const endpoint = await network.createEndpoint("a");

    const early = await cnmRefusal(endpoint.statistics());
    await endpoint.join(await world.cnm.createSandbox("s"));
    await world.host.links.delete(endpoint.hostIfname ?? "");
    const late = await kernelRefusal(endpoint.statistics());

    expect(early).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.endpoint": "a" });
    expect(early.message).to.match(/^get statistics of endpoint a: it is joined to no sandbox/);
    expect(late).to.include({ errnoName: "ENODEV" });
  });
});

describe("Sandbox.statistics", function () {
  it("lists the interfaces of its endpoints, in the order of joining", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");
    const networks = [
      await world.cnm.createNetwork("one", { subnets: ["10.1.0.0/24"] }),
      await world.cnm.createNetwork("two", { subnets: ["10.2.0.0/24"] }),
    ];
    const endpoints = [];
    for (const network of networks) endpoints.push(await world.cnm.attach(sandbox, network));
    await pings(sandbox.namespace, "10.2.0.1");

    const all = await sandbox.statistics();

    expect(all.map(({ ifname }) => ifname)).to.deep.equal(["eth0", "eth1"]);
    for (const [at, endpoint] of endpoints.entries()) {
      const { id, name, network } = endpoint;
      expect(all[at]).to.deep.include({
        endpoint: { id, name },
        network: { id: network.id, name: network.name },
      });
      await expectSame(sandbox.namespace, `eth${at}`, async () => (await sandbox.statistics())[at]);
    }
    expect(all[1]?.txPackets).to.be.greaterThan(all[0]?.txPackets ?? 0);
    await endpoints[0]?.leave();
    expect((await sandbox.statistics()).map(({ ifname }) => ifname)).to.deep.equal(["eth1"]);
    await sandbox.delete();
    const error = await cnmRefusal(sandbox.statistics());
    expect(error.code).to.equal("ERR_CNM_CLOSED");
  });
});
