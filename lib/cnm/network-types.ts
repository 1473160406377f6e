import type { DriverState } from "../drivers/contract.js";
import type { Allocation } from "../ipam/contract.js";

/** A subnet of a network. */
export interface Subnet {
  /** `"10.90.0.0/24"` */
  readonly subnet: string;
  /** `"10.90.0.1"`; `undefined` where the network has none. */
  readonly gateway: string | undefined;
}

/** A network as plain JSON. */
export interface NetworkInspection {
  readonly version: 1;
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly ipam: string;
  readonly subnets: readonly {
    readonly subnet: string;
    readonly gateway: string | null;
    readonly auxiliaryAddresses: Readonly<Record<string, string>>;
    readonly allocation: Allocation;
  }[];
  readonly internal: boolean;
  readonly mtu: number | null;
  readonly labels: Readonly<Record<string, string>>;
  /** ISO 8601; `null` where it was made by a version that did not say. */
  readonly created: string | null;
  /** The options that a config-only network holds; `null` for all others. */
  readonly config: DriverState;
  readonly configFrom: { readonly id: string; readonly name: string } | null;
  readonly endpoints: readonly {
    readonly id: string;
    readonly name: string;
    readonly addresses: readonly string[];
    readonly sandbox: string | null;
  }[];
  /** The driver's own options, as it has checked them. */
  readonly options: DriverState;
  /** What the driver made: for the bridge driver, `{ bridge, index, adopted }`; `null` for nothing. */
  readonly state: DriverState;
}

/** What {@link Network.update} changes; what is left out stays as it is. */
export interface NetworkChanges {
  /** In the place of all that it has. */
  readonly labels?: Readonly<Record<string, string>>;
}
