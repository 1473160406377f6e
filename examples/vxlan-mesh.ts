// Three hosts and a container on each, joined by VXLAN; who is where is told, not learned.
// Run: npm run example vxlan-mesh
// Prints: 10.90.0.1 to 10.90.0.2 by way of 192.0.2.2: 1 packets transmitted, 1 received, and so on
import { Controller } from "vethwork";
import { answerOf, pingCommand } from "./support/programs.js";

await using cnm = await Controller.open(); // takes all sandboxes down: wire, hosts, containers
const { namespace: wire } = await cnm.createSandbox("wire"); // between the hosts
await wire.links.add({ kind: "bridge", name: "br0", up: true });

const members = await Promise.all([1, 2, 3].map(makeHost));

for (const { container, address } of members) {
  const others = members.filter((other) => other.address !== address);
  const { fdb, neighbours } = container.namespace;
  await fdb.addMany(others.map(({ mac, host }) => ({ link: "eth0", mac, dst: host })));
  await neighbours.addMany(
    others.map((other) => ({ link: "eth0", address: other.address, lladdr: other.mac })),
  );
}

for (const from of members) {
  for (const to of members.filter((other) => other !== from)) {
    const answer = await answerOf(from.container, ...pingCommand(to.address, 4));
    const count = /\d+ packets transmitted, \d+ received/.exec(answer)?.[0] ?? answer.trim();
    console.log(`${from.address} to ${to.address} by way of ${to.host}: ${count}`);
  }
}

async function makeHost(number: number) {
  const [host, address] = [`192.0.2.${number}`, `10.90.0.${number}`];
  const mac = `02:00:00:00:00:0${number}`;
  const { namespace: outside } = await cnm.createSandbox(`host${number}`);
  const container = await cnm.createSandbox(`container${number}`);

  const peer = { name: "eth0", namespace: outside };
  await wire.links.add({ kind: "veth", name: `port${number}`, master: "br0", up: true, peer });
  await outside.links.set("eth0", { up: true });
  await outside.addresses.add({ link: "eth0", address: `${host}/24` });

  await outside.links.add({
    kind: "vxlan",
    name: "eth0",
    namespace: container.namespace, // made there; its packets leave by the host
    address: mac,
    id: 90,
    port: 4789,
    local: host,
    learning: false,
    addrGenMode: "none",
    up: true,
  });
  await container.namespace.addresses.add({ link: "eth0", address: `${address}/24` });
  return { container, address, mac, host };
}
