import type { Driver, Host } from "../drivers/contract.js";
import type { Ipam } from "../ipam/contract.js";
import type { Busy } from "./busy.js";
import type { CountedStore } from "./counted-store.js";
import type { DriftCounts } from "./drift-counts.js";
import type { Endpoint } from "./endpoint.js";
import type { Events } from "./events.js";
import type { ControllerId } from "./ids.js";
import type { Network } from "./network.js";
import type { Operations } from "./operations.js";
import type { Registry } from "./registry.js";
import type { RunDirectory } from "./run-directory.js";
import type { Sandbox } from "./sandbox.js";

/** What a controller shares with its networks, endpoints and sandboxes. @internal */
export interface Core {
  readonly id: ControllerId;
  readonly host: Host;
  readonly store: CountedStore;
  readonly directory: RunDirectory;
  readonly networks: Registry<Network>;
  readonly sandboxes: Registry<Sandbox>;
  /** Those in which programs may run: whose files are to be in step. */
  readonly withFiles: Set<Sandbox>;
  readonly events: Events;
  readonly busy: Busy;
  readonly operations: Operations;
  readonly drift: DriftCounts;
  readonly order: Order;
  /** @throws {CnmError} `ERR_CNM_INVALID_OPTION`. */
  driver(name: string): Driver;
  /** @throws {CnmError} `ERR_CNM_INVALID_OPTION`. */
  ipam(name: string): Ipam;
  hasDriver(name: string): boolean;
  hasIpam(name: string): boolean;
  /** @throws {CnmError} `ERR_CNM_CLOSED`. */
  assertOpen(operation: string): void;
}

/** Numbers for "in the order of their making", which goes on where an earlier process was. @internal */
export class Order {
  #last = 0;

  next(): number {
    return ++this.#last;
  }

  /** One that an object of an earlier process has. */
  seen(order: number): void {
    this.#last = Math.max(this.#last, order);
  }
}

/** An endpoint that is on a network, and in a sandbox. @internal */
export type JoinedEndpoint = Endpoint & { readonly sandbox: Sandbox };

/** Constructors are not for users: who holds this is one of us. @internal */
export const internal = Symbol("made by a controller only");

/** @internal */
export function assertInternal(token: symbol, instead: string): void {
  if (token !== internal) throw new TypeError(`use ${instead}`);
}
