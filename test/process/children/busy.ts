// Keeps many kinds of jobs in flight, and ends by process.exit() after so many microseconds.
import { Job, Namespace } from "#lib/netlink.js";

const [, , delayUs = "0", how = "exit"] = process.argv;
const started = performance.now();

async function attachAndDetach(host: Namespace, at: number): Promise<void> {
  for (let round = 0; ; round++) {
    const job = new Job();
    const inside = job.createNamespace();
    const pair = job.addLink(host, {
      kind: "veth",
      name: `v${at}-${round}`,
      addrGenMode: "none",
      peer: { name: "eth0", namespace: inside },
    });
    job.setLink(inside, pair.peer, { up: true });
    await job.run();
    await Promise.all([
      inside.links.list(),
      inside.routes.list(),
      inside.addresses.add({ link: "eth0", address: "10.0.0.2/24" }),
      inside.openSocket({ type: "udp", address: "127.0.0.1" }),
      inside.sysctl.set("net.ipv4.ip_forward", 1),
    ]);
    await Promise.all([host.links.delete(`v${at}-${round}`), inside.delete()]);
  }
}

function watch(): void {
  if ((performance.now() - started) * 1000 < Number(delayUs)) {
    setImmediate(watch);
    return;
  }
  if (how === "throw") throw new Error("on purpose");
  process.exit(7);
}

const host = await Namespace.create();
for (let at = 0; at < 4; at++) void attachAndDetach(host, at);
process.stdout.write("busy\n");
watch();
