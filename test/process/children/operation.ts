// Opens a controller on a state, brings it to where an operation begins, and does that one between
// the marks that test/native/preload/faults.cc looks for. It ends without closing, as if killed.
// Prints, as JSON, what the operation threw, and what the controller finds wrong afterwards.
import { Controller, Namespace, type Network, type Sandbox } from "#lib/index.js";
import { existsSync } from "node:fs";

const [, , name = "", hostPath = "", folder = ""] = process.argv;
const host = await Namespace.open({ path: hostPath });
const cnm = await Controller.open({
  host,
  runDirectory: `${folder}/run`,
  stateDirectory: `${folder}/state`,
});

// What is there before, and is to be there afterwards, whatever becomes of the operation.
const net = await cnm.createNetwork("net", { subnets: ["10.1.0.0/24", "fd00:1::/64"] });
const stays = await cnm.createSandbox("stays");
const endpoint = await net.createEndpoint("stays");
await endpoint.join(stays);

type Operation = (net: Network, prepared: Sandbox) => Promise<() => Promise<unknown>>;

const joined = async (sandbox: Sandbox) => {
  const one = await net.createEndpoint("goes");
  await one.join(sandbox);
  return one;
};

const newcomers = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ sandbox: { name: `s${at}` }, network: net }));

const attaching = (sandbox: Sandbox, count: number) =>
  Promise.resolve(() => cnm.attachMany([{ sandbox, network: net }, ...newcomers(count - 1)]));

const detaching = async (sandbox: Sandbox, count: number) => {
  const one = await joined(sandbox);
  const others = await cnm.attachMany(newcomers(count - 1));
  return () => cnm.detachMany([one, ...others.flatMap((of) => of.sandbox ?? [])]);
};

const operations: Readonly<Record<string, Operation>> = {
  createNetwork: () =>
    Promise.resolve(() => cnm.createNetwork("more", { subnets: ["10.2.0.0/24", "fd00:2::/64"] })),
  createSandbox: () => Promise.resolve(() => cnm.createSandbox("more")),
  createEndpoint: () => Promise.resolve(() => net.createEndpoint("more")),
  join: async (_, sandbox) => {
    const one = await net.createEndpoint("more");
    return () => one.join(sandbox);
  },
  takeOver: async () => {
    const other = await cnm.createNetwork("other", { subnets: ["10.2.0.0/24", "fd00:2::/64"] });
    const one = await other.createEndpoint("more", {
      gatewayPriority: 1,
      routes: [{ destination: "192.168.7.0/24", gateway: "10.2.0.9" }],
      sysctls: { "net.ipv4.conf.IFNAME.forwarding": 1 },
    });
    return () => one.join(stays);
  },
  attachOver: async () => {
    const other = await cnm.createNetwork("other", { subnets: ["10.2.0.0/24", "fd00:2::/64"] });
    return () => cnm.attach(stays, other, { name: "more", gatewayPriority: 1 });
  },
  attachNull: async (_, sandbox) => {
    const none = await cnm.createNetwork("none", { driver: "null" });
    return () => cnm.attach(sandbox, none);
  },
  attachWithoutSubnets: async (_, sandbox) => {
    const wire = await cnm.createNetwork("wire", { ipam: "null" });
    return () => cnm.attach(sandbox, wire, { addresses: ["10.7.0.1/24", "fd00:7::1/64"] });
  },
  leave: async (_, sandbox) => {
    const one = await joined(sandbox);
    return () => one.leave();
  },
  deleteEndpoint: async (_, sandbox) => {
    const one = await joined(sandbox);
    return () => one.delete();
  },
  deleteSandbox: async (_, sandbox) => {
    await joined(sandbox);
    return () => sandbox.delete();
  },
  deleteNetwork: async () => {
    const gone = await cnm.createNetwork("gone", { subnets: ["10.2.0.0/24"] });
    return () => gone.delete();
  },
  updateNetwork: () => Promise.resolve(() => net.update({ labels: { a: "b" } })),
  attachMany: (_, sandbox) => attaching(sandbox, 20),
  attachFew: (_, sandbox) => attaching(sandbox, 3),
  detachMany: (_, sandbox) => detaching(sandbox, 20), // so many that they leave as a group
  detachFew: (_, sandbox) => detaching(sandbox, 2),
  createWarmPool: () => Promise.resolve(() => cnm.createWarmPool(net, { size: 3 })),
  take: async () => {
    const pool = await cnm.createWarmPool(net, { size: 2, refillAt: 0 });
    return () => pool.take("more");
  },
  closeWarmPool: async () => {
    const pool = await cnm.createWarmPool(net, { size: 2 });
    return () => pool.close();
  },
  destroy: async (_, sandbox) => {
    await joined(sandbox);
    return () => cnm.destroy();
  },
};

const prepare = operations[name];
if (prepare === undefined) throw new Error(`there is no operation ${name}`);
const operation = await prepare(net, await cnm.createSandbox("prepared"));

existsSync("/faults/begin");
const error = await operation().then(
  () => undefined,
  (thrown: unknown) => thrown,
);
existsSync("/faults/end");

const ended = name === "destroy" && error === undefined;
const findings = ended ? [] : await cnm.check().catch(() => "closed");
process.stdout.write(JSON.stringify({ error: plain(error), findings }));
process.exit(0);

function plain(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { code, errnoName } = thrown as { code?: unknown; errnoName?: unknown };
  const errors = thrown instanceof AggregateError ? thrown.errors.map(plain) : undefined;
  return { name: thrown.name, message: thrown.message, code, errnoName, errors };
}
