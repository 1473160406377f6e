// Goes once through all of the container network model: what strace is to look at.
import { Controller } from "#lib/index.js";

const cnm = await Controller.open();
const network = await cnm.createNetwork("net", { ipv6: true });
const [a, b] = [await cnm.createSandbox("a"), await cnm.createSandbox("b")];
const [first, second] = [await network.createEndpoint("a"), await network.createEndpoint("b")];
await Promise.all([first.join(a), second.join(b)]);
if (a.hostsPath === b.hostsPath) throw new Error("the sandboxes share a file");
await first.leave();
await first.delete();
await a.delete();
await cnm.close();
process.stdout.write("done\n");
