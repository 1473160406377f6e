import type { Driver, DriverState, NetworkSpec } from "../drivers/contract.js";
import type { Allocation, Ipam } from "../ipam/contract.js";
import type { HeldOptions } from "./config-only.js";
import type { NetworkId } from "./ids.js";
import type { Network } from "./network.js";
import type { NetworkRecord } from "./records.js";

// What a network is, and how it stands in the store: there and back.

/** What a subnet has that drivers do not need to know. @internal */
export interface SubnetExtras {
  readonly range: string | null;
  readonly auxiliaryAddresses: Readonly<Record<string, string>>;
  readonly allocation: Allocation | undefined;
}

/** What a network is, fixed at its birth. @internal */
export interface NetworkMade {
  readonly spec: NetworkSpec & { readonly id: NetworkId };
  readonly order: number;
  readonly driver: Driver;
  readonly ipam: Ipam;
  /** Of each subnet. */
  readonly extras: readonly SubnetExtras[];
  readonly labels: Readonly<Record<string, string>>;
  readonly created: Date | undefined;
  /** What a config-only network holds. */
  readonly held: HeldOptions | undefined;
  /** The config-only network that its options come from. */
  readonly config: Network | undefined;
  readonly state: DriverState;
}

/** @internal */
export function recordOf(
  made: NetworkMade,
  labels: Readonly<Record<string, string>>,
  state: DriverState,
): NetworkRecord {
  const { spec, driver, ipam, order, extras, created, held, config } = made;
  return {
    id: spec.id,
    name: spec.name,
    order,
    driver: driver.name,
    ipam: ipam.name,
    subnets: spec.subnets.map(({ subnet, gateway }, at) => ({
      subnet,
      gateway: gateway ?? null,
      range: extras[at]?.range ?? null,
      auxiliaryAddresses: extras[at]?.auxiliaryAddresses ?? {},
      ...allocationOf(extras[at]),
    })),
    internal: spec.internal,
    mtu: spec.mtu ?? null,
    labels,
    options: spec.options,
    ...(created !== undefined && { created: created.toISOString() }),
    ...(held !== undefined && { held }),
    ...(config !== undefined && { configFrom: config.id }),
    made: { state },
  };
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

function allocationOf(extras: SubnetExtras | undefined): { allocation?: Allocation } {
  return extras?.allocation === undefined ? {} : { allocation: extras.allocation };
}
