// Uses all of the kernel layer once: what strace is to look at.
import { Job, Namespace } from "#lib/netlink.js";
import { closeSync } from "node:fs";

const [, , path = ""] = process.argv;
const host = await Namespace.create();
await host.links.add({ kind: "bridge", name: "br0", up: true, addrGenMode: "none" });
const job = new Job();
const inside = job.createNamespace({ path });
const pair = job.addLink(host, {
  kind: "veth",
  name: "veth0",
  master: "br0",
  up: true,
  altnames: ["another.name.of.veth0"],
  peer: { name: "eth0", namespace: inside },
});
job.setLink(inside, pair.peer, { up: true });
job.addAddress(inside, { link: pair.peer, address: "10.0.0.2/24" });
job.addRoute(inside, { destination: "default", gateway: "10.0.0.1" });
await job.run();
await inside.sysctl.set("net.ipv4.ip_forward", 1);
const { fd } = await inside.openSocket({ type: "tcp", address: "127.0.0.1" });
closeSync(fd);
await host.links.list({ master: "br0" });
await host.links.delete("veth0");
await inside.delete();
await host.delete();
process.stdout.write("done\n");
