import type { Namespace } from "../namespace.js";
import type { Scope } from "../scope.js";
import type { Data } from "./fields.js";

/** The pair's other end: made where it will live, never moved. It comes down; set it up there. */
export interface VethPeer {
  /** Its name in `namespace`, at most 15 bytes. */
  readonly name: string;
  readonly address?: string;
  readonly mtu?: number;
  readonly txQueues?: number;
  readonly rxQueues?: number;
  /** Where it is to live; the namespace that makes the pair where it is left out. */
  readonly namespace?: Namespace;
}

/**
 * VETH_INFO_PEER: a message in a message. Its IFF_UP would fail with ENOTCONN: veth_open() wants a
 * peer, and gets one only when both are registered. @internal
 */
export function encodePeer(peer: VethPeer, scope: Scope): Data {
  return {
    header: {},
    attributes: {
      ifname: peer.name,
      address: peer.address,
      mtu: peer.mtu,
      num_tx_queues: peer.txQueues,
      num_rx_queues: peer.rxQueues,
      net_ns_fd: peer.namespace && scope.namespace(peer.namespace),
    },
  };
}
