// What happens to the links of a namespace, while it happens.
// Run: npm run example link-monitor
// Prints, among others: new br0, down / changed br0, up / deleted br0
import { Namespace } from "vethwork/netlink";

await using netns = await Namespace.create();
await using monitor = netns.monitor({ links: true }); // listens from here on
const done = doSomething(netns);

for await (const event of monitor) {
  switch (event.kind) {
    case "link":
      console.log(`${event.change} ${event.link.name}, ${event.link.up ? "up" : "down"}`);
      break;
    case "overrun": // we were too slow, and the kernel's queue was full
      await monitor.resync(); // what was missed comes as events
      break;
    default:
      event satisfies never;
  }
  if (event.kind === "link" && event.change === "deleted") break; // ends the monitor
}
await done;

async function doSomething(netns: Namespace): Promise<void> {
  await netns.links.add({ kind: "bridge", name: "br0" });
  await netns.links.set("br0", { up: true });
  await netns.links.delete("br0");
}
