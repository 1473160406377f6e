// Runs jobs until SIGTERM has been handled five times in JavaScript; says how it went.
import { Namespace } from "#lib/netlink.js";

let caught = 0;
process.on("SIGTERM", () => (caught += 1));

const netns = await Namespace.create();
let jobs = 0;
while (caught < 5) {
  const before = caught;
  process.kill(process.pid, "SIGTERM");
  do {
    await Promise.all([
      netns.links.add({ kind: "bridge", name: "br0" }),
      netns.links.delete("br0"),
      netns.links.list(),
    ]);
    jobs += 3;
  } while (caught === before);
}
await netns.delete();
process.stdout.write(JSON.stringify({ caught, worked: jobs >= 15 }));
