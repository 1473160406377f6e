// Two controllers in one process are two hosts: each works on a network namespace of its own.
// Run: npm run example two-hosts
// Prints: left has br-demo, right has br-demo, and neither knows the other's
import { Controller } from "vethwork";
import { Namespace } from "vethwork/netlink";

await using left = await Namespace.create();
await using right = await Namespace.create();

for (const [name, host] of [
  ["left", left],
  ["right", right],
] as const) {
  await using cnm = await Controller.open({ host, instance: name });
  await using network = await cnm.createNetwork("demo", {
    bridge: "br-demo",
    subnets: ["10.90.0.0/24"],
  });
  const links = await host.links.list({ kind: "bridge" });
  console.log(`${name} has ${links.map((link) => link.name).join()} of network ${network.name}`);
}
