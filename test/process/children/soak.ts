// Attaches and detaches in all ways, so many times, and tells at each mark what the process holds, as
// a line of JSON. Run with --expose-gc and a young generation of fixed size: one that adapts grows.
import { Controller, Namespace, type Network } from "#lib/index.js";
import { readdirSync, readFileSync } from "node:fs";
import { threads } from "../../support/traces.js";
import { until } from "../../support/wait.js";

const [, , path = "", folder = "", cycles = "0", every = "100"] = process.argv;
const host = await Namespace.open({ path });
const cnm = await Controller.open({
  ...{ host, runDirectory: `${folder}/run`, stateDirectory: `${folder}/state` },
});
// Of a subnet that is used up again and again: leases and addresses at rest are as many as ever.
const subnets = ["10.1.0.0/26", "fd00:1::/122"];
const net = await cnm.createNetwork("net", { subnets });
const other = await cnm.createNetwork("other", { subnets: ["10.2.0.0/26"] });
const stays = await cnm.createSandbox("stays");
await cnm.attach(stays, net);

const mostThreads = 5; // four workers, and who holds the instance's name: docs/architecture.md

try {
  for (let cycle = 1; cycle <= Number(cycles); cycle++) {
    await attachAndDetach(cycle);
    if (cycle % Number(every) === 0) await tell(cycle);
  }
} finally {
  await cnm.destroy();
  await host.close();
}

/** Names are new each time, and each way comes up. */
async function attachAndDetach(cycle: number): Promise<void> {
  const name = `c${cycle}`;
  switch (cycle % 5) {
    case 0: {
      const sandbox = await cnm.createSandbox(name);
      const endpoint = await net.createEndpoint(name);
      await endpoint.join(sandbox);
      await endpoint.leave();
      await endpoint.join(sandbox, { ifname: "lan0" });
      await endpoint.delete();
      await sandbox.delete();
      return;
    }
    case 1:
      await cnm.attach({ name }, net);
      await cnm.attach(cnm.sandbox(name), other);
      await cnm.sandbox(name).delete();
      await Promise.all([net, other].map((of) => of.endpoint(name).delete()));
      return;
    case 2:
      await attachSome(name, cycle % 100 === 2 ? 20 : 3, net); // 16 and more leave as a group
      return;
    case 3: {
      const endpoint = await cnm.attach(stays, other, { name });
      await cnm.detachMany([endpoint]);
      return;
    }
    default:
      await refused(name);
  }
}

async function attachSome(name: string, count: number, network: Network): Promise<void> {
  const requests = Array.from({ length: count }, (_, at) => ({
    ...{ sandbox: { name: `${name}-${at}` }, network },
  }));
  const endpoints = await cnm.attachMany(requests);
  await cnm.detachMany(endpoints.flatMap(({ sandbox }) => sandbox ?? []));
}

/** What is refused half-way, and what is aborted, is to leave as little. */
async function refused(name: string): Promise<void> {
  const abort = new AbortController();
  const { signal } = abort;
  const requests = [
    { sandbox: { name: `${name}-a` }, network: net, hostIfname: "same" },
    { sandbox: { name: `${name}-b` }, network: other, hostIfname: "same" },
  ];
  const calls = [
    cnm.attachMany(requests),
    cnm.createNetwork("net"),
    cnm.attach({ name: `${name}-c` }, net, { signal }),
  ];
  abort.abort();
  const ended = await Promise.allSettled(calls);
  if (ended.some(({ status }) => status === "fulfilled")) throw new Error("nothing was to work");
}

/** Before it looks, whatever ends by itself has ended: removals, workers that linger, garbage. */
async function tell(cycle: number): Promise<void> {
  await until("threads asleep in removals have ended", () => threads().length <= mostThreads);
  for (let at = 0; at < 3; at++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { rss, heapUsed } = process.memoryUsage();
  const held = {
    descriptors: readdirSync("/proc/self/fd").length,
    foreignThreads: readdirSync("/proc/self/task").length - threads().length,
    mounts: readFileSync("/proc/self/mountinfo", "utf8").trimEnd().split("\n").length,
    pins: readdirSync(`${folder}/run/${cnm.id}/netns`).length,
    objects: [cnm.sandboxes().length, ...cnm.networks().map((one) => one.endpoints().length)],
    addressesUsed: cnm.metrics().pools.map(({ used }) => used),
  };
  process.stdout.write(`${JSON.stringify({ cycle, rss, heapUsed, held })}\n`);
}
