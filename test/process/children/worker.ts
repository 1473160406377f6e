// A worker thread that works until it is terminated, or so many rounds.
import { Namespace } from "#lib/netlink.js";
import { parentPort, workerData } from "node:worker_threads";

const { rounds } = workerData as { rounds: number };
const netns = await Namespace.create();
parentPort?.postMessage("busy");
let made = 0;
for (let round = 0; round < rounds; round++) {
  const name = `br${round}`;
  await Promise.all([
    netns.links.add({ kind: "bridge", name }),
    netns.links.list(),
    netns.links.delete(name),
  ]);
  made += 1;
}
const { cookie } = netns.identity;
await netns.delete();
parentPort?.postMessage({ made, cookie });
