import type { LinkKind } from "./kind.js";
import { encodePeer, type VethPeer } from "./pair.js";
import { peer } from "./schemas.js";
import type { LinkOptions } from "./types.js";

export interface VethSpec extends LinkOptions {
  readonly kind: "veth";
  readonly peer: VethPeer;
}

/** The pair, both ends in one message. @internal */
export const veth = {
  kind: "veth",
  entries: { peer },
  encode: (spec, scope) => ({ peer: encodePeer(spec.peer, scope) }),
  decode: () => ({}),
} satisfies LinkKind<"veth">;
