// Listens to a namespace in which things happen, until it ends as it is told: on the main thread, or
// in a worker thread.
import { Namespace } from "#lib/netlink.js";
import { parentPort, workerData } from "node:worker_threads";

const [, , mainHow = "", mainDelay = "0"] = process.argv;
const { how, delay } = (workerData as { how: string; delay: string } | null) ?? {
  how: mainHow,
  delay: mainDelay,
};

const netns = await Namespace.create();
const monitor = netns.monitor({ links: true, addresses: true, routes: true });
await monitor.ready;
say("listens");

switch (how) {
  case "idle": // nobody waits for an event: nothing to do any more
    break;
  case "waits": // for what never comes
    await monitor.next();
    break;
  default: // reads what it does itself, until the end
    void busy();
    for await (const event of monitor) if (event.kind === "overrun") await monitor.resync();
}

async function busy(): Promise<void> {
  const end = performance.now() + Number(delay) / 1000;
  for (let round = 0; performance.now() < end; round++) {
    await netns.links.add({ kind: "bridge", name: "br0", up: true });
    await netns.links.delete("br0");
    if (how === "reopens") await netns.monitor({ links: true }).close();
  }
  process.exit(7);
}

function say(word: string): void {
  if (parentPort === null) process.stdout.write(`${word}\n`);
  else parentPort.postMessage(word);
}
