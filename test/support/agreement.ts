import type { Controller, Namespace, Network, Sandbox } from "#lib/index.js";
import { expect } from "chai";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ip, ipAddresses, type Seen } from "./other-eyes.js";

/** That the kernel has, as ip(8) sees it, what the controller says, and nothing else. */
export async function expectAgreement(
  cnm: Controller,
  host: Namespace,
  runDirectory: string,
): Promise<void> {
  expect(await cnm.check(), "what the controller finds").to.deep.equal([]);
  const links = await ip(host, "link", "show");
  const expected = new Map<string, string>();
  for (const network of cnm.networks()) {
    if (network.driver === "null") {
      expectNoInterfaces(network);
      continue;
    }
    const { bridge } = network.inspect().state as { bridge: string };
    expected.set(bridge, network.id);
    const addresses = network.subnets.map(({ subnet, gateway }) =>
      gateway === undefined ? "" : `${gateway}/${subnet.replace(/^.*\//, "")}`,
    );
    expect(await ipAddresses(host, bridge)).to.have.members(addresses.filter(Boolean));
    for (const endpoint of network.endpoints()) {
      const { hostIfname, sandbox } = endpoint;
      if (hostIfname === undefined || sandbox === undefined) continue;
      expected.set(hostIfname, endpoint.id);
      const port = links.find((link) => link["ifname"] === hostIfname);
      expect(port, `${hostIfname} of ${endpoint.name}`).to.include({ master: bridge });
      const inside = await ipAddresses(sandbox.namespace, endpoint.ifname ?? "");
      const beside = endpoint.inspect().linkLocalAddresses.filter((one) => !one.includes(":"));
      expect(inside, `addresses of ${endpoint.name}`).to.have.members([
        ...endpoint.addresses,
        ...beside.map((one) => `${one}/16`),
      ]);
    }
  }
  for (const sandbox of cnm.sandboxes()) await expectDefaultRoutes(sandbox);
  const names = links.map((link) => String(link["ifname"])).filter((name) => name !== "lo");
  expect(names, "links of the host").to.have.members([...expected.keys()]);
  for (const link of links) expectMark(link, expected.get(String(link["ifname"])));
  const own = join(runDirectory, cnm.id);
  const ids = cnm.sandboxes().map(({ id }) => id);
  expect(namesIn(join(own, "netns")), "pins").to.have.members(ids);
  for (const id of namesIn(join(own, "sandboxes"))) expect(ids).to.include(id);
}

/** Of a sandbox whose interfaces are all ours. */
async function expectDefaultRoutes(sandbox: Sandbox): Promise<void> {
  if (sandbox.inspect().adopted || sandbox.endpoints().length === 0) return;
  for (const [flag, family] of [
    ["-4", "inet"],
    ["-6", "inet6"],
  ] as const) {
    const routes = await ip(sandbox.namespace, flag, "route", "show", "default");
    const holders = sandbox
      .endpoints()
      .filter((one) => one.inspect().defaultRoutes.includes(family));
    const what = `default routes of ${sandbox.name}, ${family}`;
    expect(
      routes.map(({ dev }) => dev),
      what,
    ).to.deep.equal(holders.map(({ ifname }) => ifname));
  }
}

function expectNoInterfaces(network: Network): void {
  for (const { name, ifname, index, addresses } of network.endpoints()) {
    expect({ ifname, index, addresses }, name).to.deep.equal({
      ifname: undefined,
      index: undefined,
      addresses: [],
    });
  }
}

function expectMark(link: Seen, id: string | undefined): void {
  if (id === undefined) return;
  const altnames = (link["altnames"] ?? []) as readonly string[];
  expect(altnames.some((name) => name.endsWith(`.${id}`))).to.equal(true);
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
