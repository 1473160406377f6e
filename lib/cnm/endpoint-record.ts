import { noSettings, type EndpointSettings } from "./endpoint-settings.js";
import type { EndpointId } from "./ids.js";
import type { Joining, Place } from "./joining.js";
import type { Network } from "./network.js";
import type { EndpointRecord, JoinedRecord } from "./records.js";
import type { Sandbox } from "./sandbox.js";

// What an endpoint is, and how it stands in the store: there and back.

/** What an endpoint is, fixed at its birth. @internal */
export interface EndpointMade {
  readonly id: EndpointId;
  readonly name: string;
  readonly order: number;
  readonly network: Network;
  readonly addresses: readonly string[];
  readonly mac: string;
  readonly hostIfname: string | undefined;
  readonly settings: EndpointSettings;
}

/** @internal */
export function recordOf(made: EndpointMade, joined: JoinedRecord | null): EndpointRecord {
  const { id, name, order, network, addresses, mac, hostIfname, settings } = made;
  return {
    id,
    name,
    order,
    network: network.id,
    addresses,
    mac,
    hostIfname: hostIfname ?? null,
    ...(settings !== noSettings && { settings }),
    joined,
  };
}

/** @internal */
export function madeOf(record: EndpointRecord, network: Network): EndpointMade {
  const { id, name, order, addresses, mac, hostIfname, settings } = record;
  return {
    id: id as EndpointId,
    name,
    order,
    network,
    addresses,
    mac,
    hostIfname: hostIfname ?? undefined,
    settings: settings === undefined ? noSettings : { ...noSettings, ...settings },
  };
}

/** Before the kernel hears of it. @internal */
export function intentOf({ sandbox, ifname, order, takesOver }: Place): JoinedRecord {
  const taking = takesOver.length === 0 ? {} : { takesOver };
  return { sandbox: sandbox.id, ifname: ifname ?? null, order, attached: null, ...taking };
}

/** @internal */
export function joinedRecordOf(joining: Joining): JoinedRecord {
  const { sandbox, ifname, order, attached, defaultGateways } = joining;
  const { index = null, mtu = null, hostIfname = null, state } = attached;
  return {
    sandbox: sandbox.id,
    ifname: ifname ?? null,
    order,
    attached: { index, mtu, hostIfname, state, defaultGateways },
  };
}

/** @internal */
export function joiningOf(
  { ifname, order }: JoinedRecord,
  attached: NonNullable<JoinedRecord["attached"]>,
  sandbox: Sandbox,
): Joining {
  const { index, mtu, hostIfname, state, defaultGateways } = attached;
  return {
    sandbox,
    takesOver: [],
    ifname: ifname ?? undefined,
    order,
    attached: {
      index: index ?? undefined,
      mtu: mtu ?? undefined,
      hostIfname: hostIfname ?? undefined,
      state,
    },
    defaultGateways,
  };
}
