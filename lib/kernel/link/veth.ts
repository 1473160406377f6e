import { optional, options } from "../../util/options.js";
import { custom, ifname, integer, mac } from "../../util/schemas.js";
import { isNamespace } from "../registry.js";
import type { LinkKind } from "./kind.js";

const peer = options({
  name: ifname(),
  address: optional(mac()),
  mtu: optional(integer(68, 65535)),
  txQueues: optional(integer(1, 4096)),
  rxQueues: optional(integer(1, 4096)),
  namespace: optional(custom(isNamespace, "Namespace")),
});

/**
 * The pair, both ends in one message. The other end's IFF_UP would fail with ENOTCONN here:
 * veth_open() wants a peer, and gets one only when both are registered. @internal
 */
export const veth = {
  kind: "veth",
  entries: { peer },
  encode: ({ peer }, scope) => ({
    peer: {
      header: {},
      attributes: {
        ifname: peer.name,
        address: peer.address,
        mtu: peer.mtu,
        num_tx_queues: peer.txQueues,
        num_rx_queues: peer.rxQueues,
        net_ns_fd: peer.namespace && scope.namespace(peer.namespace),
      },
    },
  }),
  decode: () => ({}),
} satisfies LinkKind<"veth">;
