import type { LinkKind } from "./kind.js";
import type { LinkOptions } from "./types.js";

/** A link that swallows what it is given. */
export interface DummySpec extends LinkOptions {
  readonly kind: "dummy";
}
/** Where packets of other links are redirected to, so that they can be shaped as they come in. */
export interface IfbSpec extends LinkOptions {
  readonly kind: "ifb";
}
/** The link alone; keys and peers are set by generic netlink. */
export interface WireguardSpec extends LinkOptions {
  readonly kind: "wireguard";
}

/** @internal */
export const dummy = plain("dummy") satisfies LinkKind<"dummy">;
/** @internal */
export const ifb = plain("ifb") satisfies LinkKind<"ifb">;
/** @internal */
export const wireguard = plain("wireguard") satisfies LinkKind<"wireguard">;

// A kind without IFLA_INFO_DATA.
function plain<const K extends string>(kind: K) {
  return { kind, entries: {}, encode: () => undefined, decode: () => ({}) };
}
