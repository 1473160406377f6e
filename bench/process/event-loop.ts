// How long the event loop is held up while 1,000 endpoints are attached at once through Controller.
// A program of its own, in namespaces of its own; prints one line of JSON.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Controller, type Network } from "vethwork";

const count = 1000; // a bridge has at most 1,023 ports

async function attach(controller: Controller, network: Network, at: number): Promise<void> {
  const sandbox = await controller.createSandbox(`s${at}`);
  const endpoint = await network.createEndpoint(`e${at}`);
  await endpoint.join(sandbox);
}

async function delayDuring(work: () => Promise<unknown>): Promise<{ p99: number; max: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  delay.disable();
  return { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
}

await using controller = await Controller.open();
const network = await controller.createNetwork("bench", { subnets: ["10.1.0.0/16"] });
const idle = await delayDuring(() => sleep(1000));
const start = performance.now();
const busy = await delayDuring(() =>
  Promise.all(Array.from({ length: count }, (_, at) => attach(controller, network, at))),
);
const seconds = (performance.now() - start) / 1000;
console.log(
  JSON.stringify({
    endpoints: count,
    seconds,
    idleP99Ms: idle.p99,
    p99Ms: busy.p99,
    maxMs: busy.max,
  }),
);
