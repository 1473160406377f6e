import type { Attached } from "../drivers/contract.js";
import type { Family } from "../net/ip.js";
import { Undo } from "../util/undo.js";
import type { Core } from "./core.js";
import type { Endpoint } from "./endpoint.js";
import {
  electGateways,
  giveBackGateways,
  lossesOf,
  moveGateways,
  passOnGateways,
  wonBy,
} from "./gateway.js";
import type { Naming } from "./naming.js";
import { keep } from "./records.js";
import type { Sandbox } from "./sandbox.js";

// One endpoint comes to a sandbox, or leaves it. Both are for who has the sandbox's lock.

/** Where an endpoint is, or is to be. @internal */
export interface Place {
  readonly sandbox: Sandbox;
  /** `undefined` where the driver makes no interface. */
  readonly ifname: string | undefined;
  /** Of joining: who comes first inherits the default route. */
  readonly order: number;
  readonly defaultGateways: readonly string[];
  /** Families whose default route was another endpoint's when it came. */
  readonly takesOver: readonly Family[];
}

/** Where an endpoint is, and what the driver made of it there. @internal */
export interface Joining extends Place {
  readonly attached: Attached;
}

/** @internal */
export async function join(
  core: Core,
  endpoint: Endpoint,
  sandbox: Sandbox,
  naming: Naming,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { id, network } = endpoint;
  const { store, busy } = core;
  endpoint.assertAlive("join");
  sandbox.assertAlive("join", "sandbox");
  const free = sandbox.ifnameFor(naming);
  const ifname = network.driven.makesInterfaces ? free : undefined;
  const elected = electGateways(sandbox, [endpoint]);
  const order = core.order.next();
  const place: Place = { sandbox, ifname, order, ...wonBy(endpoint, elected) };
  using _ = busy.enter(id);
  await using undo = new Undo();
  await store.write([keep("endpoint", id, endpoint.intentAt(place))]);
  undo.defer(() => store.write([keep("endpoint", id, endpoint.recordAt(undefined))]));
  signal?.throwIfAborted();
  undo.defer(() => giveBackGateways(elected));
  const attached = await endpoint.attachAs(place);
  undo.defer(() => network.driven.detach(id, attached.state));
  signal?.throwIfAborted();
  const joined: Joining = { ...place, attached };
  await store.write([keep("endpoint", id, endpoint.recordAt(joined)), ...lossesOf(elected)]);
  undo.commit();
  endpoint.hasJoined(joined);
  moveGateways(elected);
  network.updateFiles();
}

/** @internal */
export async function leave(core: Core, endpoint: Endpoint): Promise<void> {
  const { id, network, joining } = endpoint;
  if (joining === undefined) return; // the join that it waited for has failed
  const { sandbox, attached, defaultGateways } = joining;
  using _ = core.busy.enter(id);
  await network.driven.detach(id, attached.state);
  endpoint.isNowhere();
  await core.store.write([keep("endpoint", id, endpoint.recordAt(undefined))]);
  network.updateFiles();
  sandbox.updateFiles();
  endpoint.tell("left", sandbox);
  await passOnGateways(sandbox, endpoint, defaultGateways);
}
