import { bridge } from "./bridge.js";
import type { LinkKind } from "./kind.js";
import type { LinkSpec } from "./types.js";
import { veth } from "./veth.js";

/** The kinds of link that can be made, one line each, in alphabetical order. @internal */
export const linkKinds = {
  bridge,
  veth,
} satisfies { readonly [K in LinkSpec["kind"]]: LinkKind<K> };
