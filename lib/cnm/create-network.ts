import type { Driver, DriverState, NetworkSpec } from "../drivers/contract.js";
import type { BridgeNetworkOptions } from "../drivers/index.js";
import { CnmError, within } from "../errors.js";
import type { Allocation, Ipam, Pool, PoolRequest } from "../ipam/contract.js";
import { check } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { anything, record, string } from "../util/schemas.js";
import { Undo } from "../util/undo.js";
import { makesNothing, withConfig, type HeldOptions } from "./config-only.js";
import type { Core } from "./core.js";
import { checkState } from "./driver-limits.js";
import { checkPool } from "./extensions.js";
import { operate } from "./failure.js";
import { familyOf } from "./gateway.js";
import { routesOfHost } from "./host-routes.js";
import { newId, type NetworkId } from "./ids.js";
import { Network } from "./network.js";
import { specOf } from "./network-record.js";
import { traced } from "./operations.js";
import { nameSchema, networkEntries } from "./options.js";
import { forget, keep, type NetworkRecord } from "./records.js";
import { ipamOf, subnetRequests, type SubnetRequest } from "./subnet-requests.js";

/** A subnet that a network is to have. */
export interface SubnetOptions {
  /** `"10.90.0.0/24"`; `"0.0.0.0/24"` or `"::/64"` for any free one of that size. */
  readonly subnet: string;
  /** `null`: none. Default: the first address; /32 and /128 have none. */
  readonly gateway?: string | null;
  /** Within the subnet: where addresses that nobody asked for come from. */
  readonly range?: string;
  /**
   * Addresses within the subnet that somebody else has, a router or a printer, by a name of your
   * choice: `{ router: "10.90.0.254" }`. No endpoint gets them.
   */
  readonly auxiliaryAddresses?: Readonly<Record<string, string>>;
  /** In which order addresses go out that nobody asked for by name. Default: `"serial"`. */
  readonly allocation?: Allocation;
}

/** What a network of any driver may be given. */
export interface CommonNetworkOptions {
  /** Makes nothing, and holds these options for networks that are made from it. Default: false. */
  readonly configOnly?: boolean;
  /** The config-only network that all options come from but `driver` and `internal`. */
  readonly configFrom?: string;
  /** Of drivers and IPAMs whose networks have any. Default: what `ipv4` and `ipv6` say. */
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
  /**
   * Who chooses subnets and addresses: `"default"`, one of `ControllerOptions.ipams`, or `"null"` where
   * that is somebody else's matter: no subnets then, and endpoints have the addresses that they are
   * given. Default: `"default"`; `"null"` for drivers whose networks have no subnets.
   */
  readonly ipam?: "default" | "null" | (string & {});
  /** Looked at between steps; the step under way finishes, then all is undone. */
  readonly signal?: AbortSignal;
}

/**
 * The options of `createNetwork` that are a driver's own, by the driver's name. Yours go in by
 * `declare module "vethwork" { interface DriverNetworkOptions { mine: { readonly speed?: number } } }`.
 */
export interface DriverNetworkOptions {
  readonly bridge: BridgeNetworkOptions;
  readonly host: object;
  readonly null: object;
}

type OptionsOf<Name extends keyof DriverNetworkOptions> = {
  [K in Name]: { readonly driver: K } & DriverNetworkOptions[K];
}[Name];

/** How {@link Controller.createNetwork} is to make it: one member a driver. */
export type NetworkOptions = CommonNetworkOptions &
  (
    | ({
        /** Default: `"bridge"`. */
        readonly driver?: "bridge";
      } & BridgeNetworkOptions)
    | OptionsOf<Exclude<keyof DriverNetworkOptions, "bridge">>
  );

interface Checked {
  readonly name: string;
  readonly driver: Driver;
  readonly ipam: Ipam;
  readonly requests: readonly SubnetRequest[];
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

// Its driver knows by their marks those links alone that it has made.
function assertUnshared(core: Core, driver: Driver, links: readonly string[]): void {
  const { exclusiveOption: field, name } = driver;
  if (field === undefined) return;
  for (const network of core.networks.values()) {
    if (network.driver !== name) continue;
    const shared = network.driven.ownLinks.find((link) => links.includes(link));
    if (shared === undefined) continue;
    throw new CnmError(
      "ERR_CNM_CONFLICT",
      `${field}: the link ${shared} is network ${network.name}'s; choose another name`,
      { field, link: shared, owner: network.name },
    );
  }
}

async function make(core: Core, checked: Checked): Promise<Network> {
  const { name, driver, ipam, internal: isInternal, mtu, labels, options, signal } = checked;
  const { held, config } = checked;
  const { store, host } = core;
  const id = newId() as NetworkId;
  const { operations } = core;
  operations.about(() => [traced("network", { id, name })]);
  const ownLinks = driver.ownLinks(options);
  assertUnshared(core, driver, ownLinks);
  using _ = core.busy.enter(id);
  await using undo = new Undo();
  const avoid =
    checked.requests.length === 0
      ? []
      : await operations.step("host", () => routesOfHost(core, ownLinks));
  const subnets: Pool[] = [];
  for (const request of checked.requests) {
    const given = await operations.step("ipam", () =>
      requestPool(core, ipam, id, { ...request.pool, avoid }, request.field),
    );
    undo.defer(() => ipam.releasePool(id, given.subnet));
    const pool = checkPool(ipam, given);
    await setAside(ipam, id, pool.subnet, request);
    subnets.push(pool);
  }
  const extras = checked.requests.map(({ pool, auxiliaryAddresses }) => ({
    range: pool.range ?? null,
    auxiliaryAddresses,
    allocation: pool.allocation,
  }));
  const rest = { subnets, internal: isInternal, mtu, options };
  const spec: NetworkSpec & { id: NetworkId } = { id, name, ...rest };
  const order = core.order.next();
  const created = new Date();
  const born = { spec, order, driver, ipam, extras, labels, created, held, config };
  const network = (state: DriverState): Network => Network.make(core, { ...born, state });
  // Intent before act: what is about to exist is in the store before the kernel hears of it.
  await store.write([keep("network", id, { ...network(null).record(), made: null })]);
  undo.defer(() => store.write([forget("network", id)]));
  signal?.throwIfAborted();
  const returned = await operations.step("driver", () => driver.createNetwork(host, spec));
  undo.defer(() => driver.deleteNetwork(host, spec, returned));
  const state = checkState(driver, returned);
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
  for (const { subnet, gateway, range, allocation, auxiliaryAddresses = {} } of record.subnets) {
    const family = familyOf(subnet);
    const wanted = {
      family,
      subnet,
      gateway,
      ...(range !== null && { range }),
      ...(allocation !== undefined && { allocation }),
      avoid: [],
    };
    await ipam.requestPool(id, wanted);
    await setAside(ipam, id, subnet, { auxiliaryAddresses, field: subnet });
  }
  const made = Network.make(core, {
    spec: specOf(record),
    order,
    driver,
    ipam,
    extras: record.subnets.map(({ range, auxiliaryAddresses = {}, allocation }) => ({
      range,
      auxiliaryAddresses,
      allocation,
    })),
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

async function requestPool(
  { networks }: Core,
  ipam: Ipam,
  id: string,
  request: PoolRequest,
  field: string,
): Promise<Pool> {
  try {
    return await ipam.requestPool(id, request);
  } catch (error) {
    throw withNames(networks, within(field, error, "subnet"));
  }
}

/** Takes what endpoints are not to get; it goes back with the pool. */
async function setAside(
  ipam: Ipam,
  id: string,
  subnet: string,
  { auxiliaryAddresses, field }: Pick<SubnetRequest, "auxiliaryAddresses" | "field">,
): Promise<void> {
  for (const [name, address] of Object.entries(auxiliaryAddresses)) {
    try {
      await ipam.requestAddress(id, subnet, { address, owner: `auxiliary address ${name}` });
    } catch (error) {
      throw within(`${field}.auxiliaryAddresses.${name}`, error, "address");
    }
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
  const ipam = ipamOf(core, driver, checked.ipam);
  const requests = subnetRequests(checked, driver, ipam);
  const { configOnly = false } = checked;
  return {
    name: checkedName,
    driver: configOnly ? makesNothing(driver) : driver,
    ipam,
    requests: configOnly ? [] : requests,
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
