// Removes pairs whose far ends are in other namespaces, and asks those for things meanwhile. To be started in
// a namespace of its own in which a0 and a1 are, each an end of a pair. The first socket that a process has
// in a namespace has the same port id in each: the one that removes here is made to be the first, and counts
// its messages as the one over there does.
import { Namespace } from "#lib/netlink.js";
import { setTimeout as sleep } from "node:timers/promises";

/** Until whoever sent a removal is back. */
const removedMs = 150;

const home = await Namespace.own();
await home.links.delete("a0"); // its socket is closed again
await sleep(removedMs);
await home.links.delete("a1"); // and the one of this stays open, for the next
await sleep(removedMs);
const found: unknown[] = [];
for (let round = 1; round <= 4; round++) {
  await using far = await Namespace.create();
  await home.links.add({ kind: "veth", name: "va", peer: { name: "vb", namespace: far } });
  for (let more = 0; more < round; more++) await far.links.list();
  await home.links.delete("va"); // the kernel tells of vb in its own namespace
  const names = (await far.links.list()).map(({ name }) => name);
  found.push([...names, (await far.links.add({ kind: "bridge", name: "br0" })).name]);
  await sleep(removedMs);
}
process.stdout.write(JSON.stringify(found));
