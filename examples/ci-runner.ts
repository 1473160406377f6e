// Twelve jobs of a CI runner, each in a sandbox of its own that was ready before the job came: taking
// one out of the warm pool asks nothing of the kernel. Then all are taken down in one go.
// Run: npm run example ci-runner
// Prints: 12 jobs, 12 addresses, 0 sandboxes left
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { Controller, type Endpoint } from "vethwork";
import { Namespace } from "vethwork/netlink";

await using host = await Namespace.create(); // leave it out to work on this machine's network
await using cnm = await Controller.open({ host });
const network = await cnm.createNetwork("ci", { subnets: ["10.90.0.0/24"] });
await using pool = await cnm.createWarmPool(network, { size: 8 });

const names = Array.from({ length: 12 }, (_, at) => `job-${at}`);
const jobs = await Promise.all(names.map(run));

const addresses = new Set(jobs.map(({ output }) => output));
await cnm.detachMany(jobs.flatMap(({ endpoint }) => endpoint.sandbox ?? []));
console.log(
  `${jobs.length} jobs, ${addresses.size} addresses, ${cnm.sandboxes().length} sandboxes left`,
);
const { taken, missed } = pool.inspect();
console.log(`${taken} taken, ${missed} of them made on the spot`);

/** What a job sees of the network: its own address, in /etc/hosts. */
async function run(name: string): Promise<{ endpoint: Endpoint; output: string }> {
  const endpoint = await pool.take(name);
  const job = endpoint.sandbox?.spawn("grep", [name, "/etc/hosts"]);
  if (job === undefined) throw new Error(`${name} is in no sandbox`);
  const [output] = await Promise.all([text(job.stdout), once(job, "close")]);
  const own = output.split("\n").find((line) => line.includes(`${name} `)) ?? "";
  return { endpoint, output: own.split("\t")[0] ?? "" };
}
