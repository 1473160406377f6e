// Hangs the program with that descriptor behind a link by tc: prints what is shown of it, and
// whether packets come through before and behind it.
import { Namespace } from "#lib/netlink.js";
import { pings, runIn } from "../../support/other-eyes.js";

const [, , path = "", programFd = ""] = process.argv;
await using inside = await Namespace.create({ path });
await using outside = await Namespace.create();
await inside.links.add({
  kind: "veth",
  name: "a0",
  up: true,
  peer: { name: "b0", namespace: outside },
});
await outside.links.set("b0", { up: true });
await inside.addresses.add({ link: "a0", address: "10.0.0.1/24" });
await outside.addresses.add({ link: "b0", address: "10.0.0.2/24" });
const before = await pings(inside, "10.0.0.2");

await inside.qdiscs.add({ kind: "clsact", link: "a0" });
const { bpf, kind } = await inside.trafficFilters.add({
  kind: "bpf",
  link: "a0",
  parent: "egress",
  programFd: Number(programFd),
  name: "takes-all",
  directAction: true,
});
const { stdout: shown } = await runIn(inside, "tc", "filter", "show", "dev", "a0", "egress");
const behind = await pings(inside, "10.0.0.2");
process.stdout.write(JSON.stringify({ before, behind, kind, bpf, shown }));
