import * as v from "valibot";
import { ifname, integer, mac, options } from "../../util/schemas.js";
import type { LinkKind } from "./kind.js";
import { isNamespace } from "../registry.js";

const peer = options({
  name: ifname(),
  address: v.optional(mac()),
  mtu: v.optional(integer(68, 65535)),
  txQueues: v.optional(integer(1, 4096)),
  rxQueues: v.optional(integer(1, 4096)),
  namespace: v.optional(v.custom<object>(isNamespace, "must be a Namespace")),
});

/**
 * The pair, both ends in one message. The other end's IFF_UP would fail with ENOTCONN here:
 * veth_open() wants a peer, and gets one only when both are registered. @internal
 */
export const veth: LinkKind<"veth"> = {
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
};
