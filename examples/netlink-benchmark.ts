// How long this machine takes to make and delete a veth pair, in a namespace of its own.
// Run: npm run example netlink-benchmark
// Prints: veth create and veth delete, each with its p50 and p99 in µs
import { Namespace } from "vethwork/netlink";

const rounds = 100;
await using netns = await Namespace.create(); // the machine's own is not touched

async function timed(samples: number[], work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  samples.push((performance.now() - start) * 1000);
}

const create: number[] = [];
const remove: number[] = [];
for (let round = -10; round < rounds; round++) {
  const warm = round >= 0; // the first ten compile code and fill caches
  await timed(warm ? create : [], () =>
    netns.links.add({ kind: "veth", name: "v0", peer: { name: "v1" } }),
  );
  await timed(warm ? remove : [], () => netns.links.delete("v0"));
}

for (const [what, samples] of Object.entries({ "veth create": create, "veth delete": remove })) {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (rounds - 1))] ?? 0).toFixed(0);
  console.log(`${what}  p50 ${at(0.5)} µs  p99 ${at(0.99)} µs`);
}
