// What requests cost the JavaScript thread: its time, how long they hold up the event loop beside a
// loop that is as busy with nothing, and what memory is left behind. A program of its own, in
// namespaces of its own; prints one line of JSON.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { Namespace } from "vethwork/netlink";

const [perTick, count, more] = [100, 100_000, 900_000];

await using netns = await Namespace.create();
const { index } = await netns.links.add({ kind: "bridge", name: "br0" });

async function request(total: number): Promise<void> {
  for (let at = 0; at < total; at += perTick) {
    const set = () => netns.links.set(index, { mtu: 1400 });
    await Promise.all(Array.from({ length: perTick }, set));
    await turn();
  }
}

async function idle(ms: number, ticks: number): Promise<void> {
  for (let at = 0; at < ticks; at++) {
    const until = performance.now() + ms;
    while (performance.now() < until) continue;
    await turn();
  }
}

interface Taken {
  readonly p999Ms: number;
  readonly maxMs: number;
  readonly activeMs: number;
}

async function taken(work: () => Promise<void>): Promise<Taken> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const before = performance.eventLoopUtilization();
  delay.enable();
  await work();
  delay.disable();
  const { active } = performance.eventLoopUtilization(before);
  return { p999Ms: delay.percentile(99.9) / 1e6, maxMs: delay.max / 1e6, activeMs: active };
}

async function residentMb(): Promise<number> {
  for (let pass = 0; pass < 2; pass++) {
    globalThis.gc?.();
    await turn();
  }
  return process.memoryUsage().rss / 1e6;
}

await request(count);
const before = await residentMb();
const busy = await taken(() => request(count));
const ticks = count / perTick;
const bare = await taken(() => idle(busy.activeMs / ticks, ticks));
await request(more);
const growthMb = (await residentMb()) - before;
console.log(
  JSON.stringify({
    requests: count,
    threadUs: (busy.activeMs * 1000) / count,
    p999Ms: busy.p999Ms,
    maxMs: busy.maxMs,
    bareP999Ms: bare.p999Ms,
    bareMaxMs: bare.maxMs,
    growthMb,
  }),
);
