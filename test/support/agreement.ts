import type { Controller, Namespace, Network } from "#lib/index.js";
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
      expect(inside, `addresses of ${endpoint.name}`).to.have.members([...endpoint.addresses]);
    }
  }
  const names = links.map((link) => String(link["ifname"])).filter((name) => name !== "lo");
  expect(names, "links of the host").to.have.members([...expected.keys()]);
  for (const link of links) expectMark(link, expected.get(String(link["ifname"])));
  const own = join(runDirectory, cnm.id);
  const ids = cnm.sandboxes().map(({ id }) => id);
  expect(namesIn(join(own, "netns")), "pins").to.have.members(ids);
  for (const id of namesIn(join(own, "sandboxes"))) expect(ids).to.include(id);
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
