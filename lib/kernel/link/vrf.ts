import { integer } from "../../util/schemas.js";
import { numberOf, type Given } from "./fields.js";
import type { LinkKind } from "./kind.js";
import type { LinkOptions } from "./types.js";

/** A routing domain: its ports look up routes in this table. */
export interface VrfSpec extends LinkOptions {
  readonly kind: "vrf";
  readonly table: number;
}
/** Source: IFLA_VRF_TABLE. */
export interface Vrf {
  readonly table: number;
}

/** @internal */
export const vrf = {
  kind: "vrf",
  entries: { table: integer(1, 0xffff_ffff) },
  encode: ({ table }) => ({ table }),
  decode: (data: Given) => ({ vrf: { table: numberOf(data["table"]) ?? 0 } }),
} satisfies LinkKind<"vrf">;
