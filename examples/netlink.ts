// The kernel layer alone: a namespace, a veth pair into it, an address, in one job.
// Run: npm run example netlink
// Prints: eth0 up 10.0.0.2/24, then the kernel's own words for a mistake
import { Job, KernelError, Namespace } from "vethwork/netlink";

await using host = await Namespace.create(); // stands for the host: the machine's own stays as it is
const job = new Job();
await using inside = job.createNamespace();
const pair = job.addLink(host, {
  kind: "veth",
  name: "veth1",
  up: true,
  peer: { name: "eth0", namespace: inside },
});
job.setLink(inside, pair.peer, { up: true });
job.addAddress(inside, { link: pair.peer, address: "10.0.0.2/24" });
await job.run(); // one hop to a native worker

const eth0 = await inside.links.get("eth0");
const [address] = await inside.addresses.list({ link: "eth0" });
console.log(`${eth0.name} ${eth0.up ? "up" : "down"} ${address?.address ?? ""}`);

try {
  await inside.routes.add({ destination: "default", gateway: "192.0.2.1" });
} catch (error) {
  if (error instanceof KernelError) console.log(`${error.errnoName}: ${error.extack ?? ""}`);
}
