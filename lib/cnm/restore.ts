import type { DriverState } from "../drivers/contract.js";
import { CnmError } from "../errors.js";
import type { Kind } from "../store/contract.js";
import { Namespace } from "../kernel/namespace.js";
import type { Core } from "./core.js";
import { restoreNetwork } from "./create-network.js";
import { restoreSandbox } from "./create-sandbox.js";
import type { Endpoint } from "./endpoint.js";
import { joiningOf } from "./endpoint-record.js";
import { regainGateways } from "./gateway.js";
import { specOf } from "./network-record.js";
import {
  forget,
  keep,
  type EndpointRecord,
  type JoinedRecord,
  type NetworkRecord,
  type Records,
  type SandboxRecord,
} from "./records.js";
import type { Sandbox } from "./sandbox.js";

/**
 * Makes objects of what the store has, and ends what an earlier process was in the middle of: what
 * was being made or taken down is taken down. Whether the rest is in the kernel as the store has it is
 * looked at afterwards (survey.ts). @internal
 */
export async function restore(core: Core): Promise<void> {
  const networks = await list(core, "network");
  const sandboxes = await list(core, "sandbox");
  const endpoints = await list(core, "endpoint");
  assertKnown(core, networks);
  // First what is half there: it may have what the rest is to get.
  for (const record of networks) if (record.made === null) await endNetwork(core, record);
  const there = await Promise.all(sandboxes.map((record) => restoreOrEnd(core, record)));
  // In the order of their making, whichever was open first.
  for (const sandbox of there) if (sandbox !== undefined) core.sandboxes.add(sandbox);
  for (const record of networks) if (record.made !== null) await restoreNetwork(core, record);
  const joined: (readonly [Endpoint, JoinedRecord])[] = [];
  for (const record of endpoints) {
    const endpoint = await restoreEndpoint(core, record);
    if (endpoint !== undefined && record.joined !== null) joined.push([endpoint, record.joined]);
  }
  for (const [endpoint, record] of joined.sort(([, a], [, b]) => a.order - b.order)) {
    await restoreJoined(core, endpoint, record);
  }
  for (const { joined: record } of endpoints) if (record !== null) await regain(core, record);
  const leases = await list(core, "lease");
  for (const network of core.networks.values()) {
    await network.membership.restoreLeases(leases.filter((lease) => lease.network === network.id));
  }
  for (const sandbox of core.sandboxes.values()) sandbox.updateFiles();
}

/**
 * Before anything is touched: what a driver or an IPAM that is not here has made cannot be looked
 * after, and to go on without it would hand out its subnets again.
 *
 * @throws {CnmError} `ERR_CNM_CONFLICT`.
 */
function assertKnown(core: Core, networks: readonly NetworkRecord[]): void {
  for (const { name, driver, ipam } of networks) {
    if (!core.hasDriver(driver)) throw unknown("driver", driver, name);
    if (!core.hasIpam(ipam)) throw unknown("ipam", ipam, name);
  }
}

function unknown(kind: "driver" | "ipam", missing: string, network: string): CnmError {
  const what = kind === "driver" ? "driver" : "IPAM";
  return new CnmError(
    "ERR_CNM_CONFLICT",
    `open controller: ${kind}s: the network ${network} is of the ${what} ${missing}, which is not among them; open with it, nothing was touched`,
    { field: `${kind}s`, network, [kind]: missing },
  );
}

async function list<K extends Exclude<Kind, "controller" | "lease">>(
  core: Core,
  kind: K,
): Promise<readonly Records[K][]>;
async function list(core: Core, kind: "lease"): Promise<readonly Records["lease"][]>;
async function list(core: Core, kind: Kind): Promise<readonly unknown[]> {
  const records = (await core.store.list(kind)) as unknown as readonly { order?: number }[];
  return [...records].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
}

async function endNetwork(core: Core, record: NetworkRecord): Promise<void> {
  const driver = core.driver(record.driver);
  await driver.deleteNetwork(core.host, specOf(record), undefined);
  await core.store.write([forget("network", record.id)]);
}

async function restoreOrEnd(core: Core, record: SandboxRecord): Promise<Sandbox | undefined> {
  const sandbox = record.made === null ? undefined : await restoreSandbox(core, record);
  if (sandbox !== undefined) return sandbox;
  const { source, adopted } = record;
  if (!adopted && source !== null && "path" in source && record.made === null) {
    await Namespace.unpin(source.path);
  }
  core.directory.removeSandbox(record.id);
  await core.store.write([forget("sandbox", record.id)]);
  return undefined;
}

async function restoreEndpoint(core: Core, record: EndpointRecord): Promise<Endpoint | undefined> {
  core.order.seen(record.order);
  const network = core.networks.values().find(({ id }) => id === record.network);
  if (network !== undefined && record.passing === undefined)
    return network.membership.restore(record);
  await network?.driven.detach(record.id, record.joined?.attached?.state);
  await core.store.write([forget("endpoint", record.id)]); // what is left of it is an orphan
  return undefined;
}

/** What one that has been taken down was taking from those that are there. */
async function regain(core: Core, { sandbox: id, takesOver = [], attached }: JoinedRecord) {
  if (attached !== null || takesOver.length === 0) return;
  const sandbox = core.sandboxes.values().find((one) => one.id === id);
  if (sandbox !== undefined) await regainGateways(sandbox, takesOver);
}

async function restoreJoined(core: Core, endpoint: Endpoint, record: JoinedRecord): Promise<void> {
  core.order.seen(record.order);
  const sandbox = core.sandboxes.values().find(({ id }) => id === record.sandbox);
  if (record.attached === null || sandbox === undefined) {
    const state: DriverState | undefined = record.attached?.state;
    await endpoint.network.driven.detach(endpoint.id, state);
    await core.store.write([keep("endpoint", endpoint.id, endpoint.record())]);
    return;
  }
  endpoint.restore(joiningOf(record, record.attached, sandbox));
}
