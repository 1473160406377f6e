import type { Driver, DriverState, NetworkSpec } from "../drivers/contract.js";
import type { BridgeNetworkOptions } from "../drivers/index.js";
import { CnmError, within } from "../errors.js";
import type { Ipam, Pool, PoolRequest } from "../ipam/contract.js";
import type { Family } from "../net/ip.js";
import { check } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { anything, record, string } from "../util/schemas.js";
import { Undo } from "../util/undo.js";
import { makesNothing, withConfig, type HeldOptions } from "./config-only.js";
import type { Core } from "./core.js";
import { operate } from "./failure.js";
import { familyOf } from "./gateway.js";
import { routesOfHost } from "./host-routes.js";
import { newId, type NetworkId } from "./ids.js";
import { Network } from "./network.js";
import { nameSchema, networkEntries } from "./options.js";
import { forget, keep, type NetworkRecord } from "./records.js";

/** A subnet that a network is to have. */
export interface SubnetOptions {
  /** `"10.90.0.0/24"`; `"0.0.0.0/24"` or `"::/64"` for any free one of that size. */
  readonly subnet: string;
  /** `null`: none. Default: the first address; /32 and /128 have none. */
  readonly gateway?: string | null;
  /** Within the subnet: where addresses that nobody asked for come from. */
  readonly range?: string;
}

/** What a network of any driver may be given. */
export interface CommonNetworkOptions {
  /** Makes nothing, and holds these options for networks that are made from it. Default: false. */
  readonly configOnly?: boolean;
  /** The config-only network that all options come from but `driver` and `internal`. */
  readonly configFrom?: string;
  readonly subnets?: readonly (string | SubnetOptions)[];
  /** Takes an IPv4 subnet from the pools where `subnets` has none. Default: true without `subnets`. */
  readonly ipv4?: boolean;
  /** Takes an IPv6 subnet (ULA) from the pools where `subnets` has none. Default: false. */
  readonly ipv6?: boolean;
  /** Reaches nothing outside: its sandboxes get no default route. Default: false. */
  readonly internal?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Bytes of IP packet, for the bridge and both ends of every pair: 68 to 65535, with IPv6 at least
   * 1280. Default: the uplink's where that is less than 1500, else 1500; or what an adopted bridge
   * has, which is left as it is.
   */
  readonly mtu?: number;
  /** Who chooses subnets and addresses. Default: `"default"`. */
  readonly ipam?: "default";
  /** Looked at between steps; the step under way finishes, then all is undone. */
  readonly signal?: AbortSignal;
}

/** How {@link Controller.createNetwork} is to make it: one member a driver. */
export type NetworkOptions = CommonNetworkOptions & {
  /** Default: `"bridge"`. */
  readonly driver?: "bridge";
} & BridgeNetworkOptions;

interface Checked {
  readonly name: string;
  readonly driver: Driver;
  readonly ipam: Ipam;
  readonly requests: readonly Omit<PoolRequest, "avoid">[];
  /** Where each request came from: `subnets.0`. */
  readonly fields: readonly string[];
  readonly internal: boolean;
  readonly mtu: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: DriverState;
  readonly held: HeldOptions | undefined;
  readonly config: Network | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @internal */
export async function createNetwork(
  core: Core,
  name: string,
  given: NetworkOptions,
): Promise<Network> {
  const checked = checkNetwork(core, name, given);
  const operation = `create network ${checked.name}`;
  core.assertOpen(operation);
  checked.signal?.throwIfAborted();
  core.networks.reserve(checked.name, operation);
  try {
    checked.config?.lendTo(checked.name);
    return await operate(operation, () => make(core, checked), { network: checked.name });
  } catch (error) {
    core.networks.release(checked.name);
    checked.config?.takeBackFrom(checked.name);
    throw error;
  }
}

async function make(core: Core, checked: Checked): Promise<Network> {
  const { name, driver, ipam, internal: isInternal, mtu, labels, options, signal } = checked;
  const { held, config } = checked;
  const { store, host } = core;
  const id = newId() as NetworkId;
  using _ = core.busy.enter(id);
  await using undo = new Undo();
  const avoid =
    checked.requests.length === 0 ? [] : await routesOfHost(core, driver.ownLinks(options));
  const subnets: Pool[] = [];
  for (const [at, request] of checked.requests.entries()) {
    const pool = await requestPool(core, ipam, id, { ...request, avoid }, checked.fields[at]);
    undo.defer(() => ipam.releasePool(id, pool.subnet));
    subnets.push(pool);
  }
  const ranges = checked.requests.map(({ range }) => range ?? null);
  const rest = { subnets, internal: isInternal, mtu, options };
  const spec: NetworkSpec & { id: NetworkId } = { id, name, ...rest };
  const order = core.order.next();
  const created = new Date();
  const born = { spec, order, driver, ipam, ranges, labels, created, held, config };
  const network = (state: DriverState): Network => Network.make(core, { ...born, state });
  // Intent before act: what is about to exist is in the store before the kernel hears of it.
  await store.write([keep("network", id, { ...network(null).record(), made: null })]);
  undo.defer(() => store.write([forget("network", id)]));
  signal?.throwIfAborted();
  const state = await driver.createNetwork(host, spec);
  undo.defer(() => driver.deleteNetwork(host, spec, state));
  signal?.throwIfAborted();
  const made = network(state);
  await store.write([keep("network", id, made.record())]);
  signal?.throwIfAborted();
  undo.commit();
  core.networks.add(made);
  core.events.tell(() => ({ kind: "network", change: "created", network: { id, name } }));
  return made;
}

/** One that an earlier process has made. What there is of it in the kernel is not looked at. @internal */
export async function restoreNetwork(core: Core, record: NetworkRecord): Promise<Network> {
  const { name, order, labels, held, created } = record;
  const id = record.id as NetworkId;
  const known = core.driver(record.driver);
  const driver = held === undefined ? known : makesNothing(known);
  const config = core.networks.values().find((one) => one.id === record.configFrom);
  const ipam = core.ipam(record.ipam);
  for (const { subnet, gateway, range } of record.subnets) {
    const family = familyOf(subnet);
    const wanted = { family, subnet, gateway, ...(range !== null && { range }), avoid: [] };
    await ipam.requestPool(id, wanted);
  }
  const made = Network.make(core, {
    spec: specOf(record),
    order,
    driver,
    ipam,
    ranges: record.subnets.map(({ range }) => range),
    labels,
    created: created === undefined ? undefined : new Date(created),
    held,
    config,
    state: record.made?.state ?? null,
  });
  config?.lendTo(name);
  core.order.seen(order);
  core.networks.reserve(name, `open controller: network ${name}`);
  core.networks.add(made);
  return made;
}

/** @internal */
export function specOf(record: NetworkRecord): NetworkSpec & { readonly id: NetworkId } {
  const { id, name, internal: isInternal, mtu, options } = record;
  return {
    id: id as NetworkId,
    name,
    subnets: record.subnets.map(({ subnet, gateway }) => ({
      subnet,
      gateway: gateway ?? undefined,
    })),
    internal: isInternal,
    mtu: mtu ?? undefined,
    options,
  };
}

async function requestPool(
  { networks }: Core,
  ipam: Ipam,
  id: string,
  request: PoolRequest,
  field: string | undefined,
): Promise<Pool> {
  try {
    return await ipam.requestPool(id, request);
  } catch (error) {
    throw withNames(networks, field === undefined ? error : within(field, error, "subnet"));
  }
}

// An IPAM knows networks by id; people know them by name.
function withNames(networks: Core["networks"], error: unknown): unknown {
  if (!(error instanceof CnmError) || error.code !== "ERR_CNM_SUBNET_OVERLAP") return error;
  const named = networks
    .values()
    .reduce((text, { id, name }) => text.replaceAll(id, `${name} (id ${id})`), error.message);
  return new CnmError(error.code, named, error.context, { cause: error.cause });
}

const commonKeys = new Set(Object.keys(networkEntries));

// The schema of a driver's networks: what all have, and the driver's own options, which it checks
// itself. Made once a driver.
const schemas = new WeakMap<Driver, ReturnType<typeof schemaFor>>();

function schemaFor(driver: Driver) {
  const own = Object.fromEntries(driver.optionNames.map((key) => [key, optional(anything())]));
  return options({ ...own, ...networkEntries });
}

function checkNetwork(core: Core, name: string, given: NetworkOptions): Checked {
  const checkedName = check(nameSchema, name, "create network", "name");
  // The driver says what may be in it.
  const { options: copy, config } = withConfig(core, check(anyOptions, given, "create network"));
  const driver = core.driver(
    check(driverName, copy["driver"] ?? "bridge", "create network", "driver"),
  );
  const schema = schemas.get(driver) ?? schemaFor(driver);
  schemas.set(driver, schema);
  const checked = check(schema, copy, "create network");
  const own = Object.entries(checked).filter(([key]) => !commonKeys.has(key));
  const { subnets = [], ipv4 = subnets.length === 0, ipv6 = false, configOnly = false } = checked;
  const requests = subnets.map(toRequest);
  const all = completed(requests, { inet: ipv4, inet6: ipv6 }, checked);
  checkMtu(checked.mtu, all.requests);
  return {
    name: checkedName,
    driver: configOnly ? makesNothing(driver) : driver,
    ipam: core.ipam(checked.ipam ?? "default"),
    ...(configOnly ? { requests: [], fields: [] } : all),
    internal: checked.internal ?? false,
    mtu: checked.mtu,
    labels: checked.labels ?? {},
    options: driver.checkOptions(Object.fromEntries(own)),
    held: configOnly ? heldOf({ driver: driver.name, ...checked }) : undefined,
    config,
    signal: checked.signal,
  };
}

// Labels are the network's own, which may be changed; the rest is checked, and plain JSON.
const notHeld: readonly string[] = ["configOnly", "labels", "signal"];

function heldOf(checked: Readonly<Record<string, unknown>>): HeldOptions {
  const held = Object.entries(checked).filter(([key]) => !notHeld.includes(key));
  return Object.fromEntries(held) as HeldOptions;
}

const anyOptions = record(anything());
const driverName = string();

function toRequest(one: string | SubnetOptions): Omit<PoolRequest, "avoid"> {
  const options = typeof one === "string" ? { subnet: one } : one;
  return { family: familyOf(options.subnet), ...options };
}

/** Adds a subnet of any size for a family that is wanted and has none. */
function completed(
  requests: readonly Omit<PoolRequest, "avoid">[],
  wanted: Readonly<Record<Family, boolean>>,
  given: Pick<NetworkOptions, "ipv4" | "ipv6">,
): Pick<Checked, "requests" | "fields"> {
  const all = [...requests];
  const fields = requests.map((_, at) => `subnets.${at}`);
  for (const [family, field] of [
    ["inet", "ipv4"],
    ["inet6", "ipv6"],
  ] as const) {
    const has = requests.some((request) => request.family === family);
    if (wanted[family] && !has) {
      all.push({ family });
      fields.push(field);
    }
    if (has && given[field] === false) {
      throw new CnmError(
        "ERR_CNM_INVALID_OPTION",
        `create network: ${field}: is false, and subnets has one of that family`,
        { field },
      );
    }
  }
  if (all.length > 0) {
    const order = all.map((_, at) => at).sort((a, b) => rank(all[a]) - rank(all[b]));
    return {
      requests: order.flatMap((at) => all[at] ?? []),
      fields: order.flatMap((at) => fields[at] ?? []),
    };
  }
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    "create network: subnets: a network needs a subnet; leave out ipv4: false, or give subnets",
    { field: "subnets" },
  );
}

const leastMtuOf6 = 1280; // RFC 8200, section 5: below it the kernel takes IPv6 off the link

function checkMtu(mtu: number | undefined, requests: Checked["requests"]): void {
  const has6 = requests.some(({ family }) => family === "inet6");
  if (mtu === undefined || mtu >= leastMtuOf6 || !has6) return;
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `create network: mtu: must be at least ${leastMtuOf6} on a network with IPv6, not ${mtu}`,
    { field: "mtu" },
  );
}

// IPv4 first, else as they were given.
function rank(request: { readonly family: Family } | undefined): number {
  return request?.family === "inet6" ? 1 : 0;
}
