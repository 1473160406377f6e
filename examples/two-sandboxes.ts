// Two sandboxes on one bridge; the second pings the first, by name.
// Run: npm run example two-sandboxes
// Prints: 1 packets transmitted, 1 received
import { Controller } from "vethwork";
import { answerOf, pingCommand } from "./support/programs.js";

await using cnm = await Controller.open(); // state in memory: nothing outlives this script
await using network = await cnm.createNetwork("demo", { subnets: ["10.90.0.0/24"] });
await using alice = await cnm.createSandbox("alice");
await using bob = await cnm.createSandbox("bob");
await using a = await network.createEndpoint("a");
await using b = await network.createEndpoint("b");
await a.join(alice);
await b.join(bob);

console.log(await answerOf(bob, ...pingCommand("a", 4)));
