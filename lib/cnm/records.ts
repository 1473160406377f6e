import type { DriverState } from "../drivers/contract.js";
import type { Allocation } from "../ipam/contract.js";
import type { Family } from "../net/ip.js";
import type { Change, Json, Kind } from "../store/contract.js";
import type { DnsOptions } from "./resolv-conf.js";
import type { HeldOptions } from "./config-only.js";
import type { EndpointSettings } from "./endpoint-settings.js";

// What the store keeps of each object: plain JSON, written before the kernel hears of it and again
// when it is done. One file, so that it is plain what the next process finds.

/** What this controller is. There is one, with the id `"self"`. @internal */
export interface ControllerRecord {
  readonly id: string;
  readonly instance: string;
}

/** @internal */
export interface NetworkRecord {
  readonly id: string;
  readonly name: string;
  readonly order: number;
  readonly driver: string;
  readonly ipam: string;
  readonly subnets: readonly SubnetRecord[];
  readonly internal: boolean;
  readonly mtu: number | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: DriverState;
  /** ISO 8601; left out by older versions. */
  readonly created?: string;
  /** What a config-only network holds; others have none. */
  readonly held?: HeldOptions;
  /** The id of the config-only network that its options come from. */
  readonly configFrom?: string;
  /** `null` while it is being made or taken down: whoever finds it so takes it down. */
  readonly made: { readonly state: DriverState } | null;
}

/** @internal */
export interface SubnetRecord {
  readonly subnet: string;
  readonly gateway: string | null;
  readonly range: string | null;
  /** Absent in what was written before there were any. */
  readonly auxiliaryAddresses?: Readonly<Record<string, string>>;
  readonly allocation?: Allocation;
}

/** @internal */
export interface SandboxRecord {
  readonly id: string;
  readonly name: string;
  readonly order: number;
  readonly hostname: string;
  /** What its files are to say; absent where nothing was asked for. */
  readonly files?: {
    readonly domainname: string | null;
    readonly extraHosts: Readonly<Record<string, string>>;
    readonly dns: DnsOptions;
  };
  /** Where its namespace is found again; `null` where it cannot be: adopted by descriptor. */
  readonly source: SourceRecord | null;
  readonly adopted: boolean;
  readonly found: {
    readonly ifnames: readonly string[];
    readonly defaultRoutes: readonly ("inet" | "inet6")[];
  };
  /** `null` while it is being made or taken down: whoever finds it so takes it down. */
  readonly made: { readonly cookie: string; readonly bootId: string } | null;
}

/** A process is known by its start too: its number is used again. Source: proc(5), starttime. @internal */
export type SourceRecord =
  { readonly path: string } | { readonly pid: number; readonly started: string };

/** @internal */
export interface EndpointRecord {
  readonly id: string;
  readonly name: string;
  readonly order: number;
  readonly network: string;
  readonly addresses: readonly string[];
  readonly mac: string;
  readonly hostIfname: string | null;
  /** Left out where it has none. */
  readonly settings?: EndpointSettings;
  readonly joined: JoinedRecord | null;
  /** `true` while it is made and joined, or taken down, with others: whoever finds it so takes it down. */
  readonly passing?: true;
}

/** @internal */
export interface JoinedRecord {
  readonly sandbox: string;
  /** `null` where the driver makes no interface. */
  readonly ifname: string | null;
  readonly order: number;
  /** Families whose default route is taken from another endpoint; of what is being made alone. */
  readonly takesOver?: readonly Family[];
  /** `null` while it is being made or taken down: whoever finds it so takes it down. */
  readonly attached: {
    readonly index: number | null;
    readonly mtu: number | null;
    readonly hostIfname: string | null;
    readonly state: DriverState;
    readonly defaultGateways: readonly string[];
  } | null;
}

/** Which addresses an endpoint of this name had last. @internal */
export interface LeaseRecord {
  readonly id: string;
  readonly network: string;
  readonly endpoint: string;
  readonly addresses: readonly string[];
}

/** @internal */
export interface Records {
  readonly controller: ControllerRecord;
  readonly endpoint: EndpointRecord;
  readonly lease: LeaseRecord;
  readonly network: NetworkRecord;
  readonly sandbox: SandboxRecord;
}

/** A change of the store, typed by its kind. @internal */
export function keep<K extends Kind>(kind: K, id: string, record: Records[K]): Change {
  return { kind, id, value: record as unknown as Json };
}

/** @internal */
export function forget(kind: Kind, id: string): Change {
  return { kind, id, value: undefined };
}
