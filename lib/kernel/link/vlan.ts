import { options } from "../../util/options.js";
import { boolean, integer, list } from "../../util/schemas.js";
import {
  decodeFields,
  encodeFields,
  entriesOf,
  numberOf,
  whole,
  word,
  type Data,
  type Field,
  type Fields,
  type Given,
} from "./fields.js";
import type { Scope } from "../scope.js";
import type { LinkKind } from "./kind.js";
import { parentLink } from "./parent.js";
import { target } from "./schemas.js";
import type { LinkOptions, LinkTarget, VlanProtocol } from "./types.js";

/** A packet's priority in the kernel, and in the VLAN's tag. */
export interface VlanQosMapping {
  readonly from: number;
  readonly to: number;
}

/** What can be changed. Source: IFLA_VLAN_*. */
export interface VlanOptions {
  /** The tag is taken out of what comes in; on unless it is set to `false`. */
  readonly reorderHeader?: boolean;
  readonly gvrp?: boolean;
  readonly mvrp?: boolean;
  /** The link's state does not follow its parent's. */
  readonly looseBinding?: boolean;
  /** The link's state follows the ports of the bridge below that are in this VLAN. */
  readonly bridgeBinding?: boolean;
  /** Tag to kernel. These are added; a map to 0 takes one out. */
  readonly ingressQos?: readonly VlanQosMapping[];
  /** Kernel to tag. */
  readonly egressQos?: readonly VlanQosMapping[];
}
export interface VlanSpec extends LinkOptions, VlanOptions {
  readonly kind: "vlan";
  /** The link below, in the namespace that makes this one. */
  readonly link: LinkTarget;
  readonly id: number;
  /** Default `"802.1Q"`. */
  readonly protocol?: VlanProtocol;
}

/** A VLAN's link as the kernel shows it. */
export interface Vlan extends VlanOptions {
  readonly id: number;
  readonly protocol?: VlanProtocol;
}

const flags = {
  reorderHeader: "reorder_hdr",
  gvrp: "gvrp",
  mvrp: "mvrp",
  looseBinding: "loose_binding",
  bridgeBinding: "bridge_binding",
} as const;

const byte = integer(0, 7);
const priority = integer(0, 0xffff_ffff);

function qos(attribute: string, from: typeof byte, to: typeof byte) {
  return {
    type: list(options({ from, to })),
    encode: (mappings) => ({ [attribute]: { mapping: mappings.map((one) => ({ ...one })) } }),
    decode: (data) =>
      (data[attribute] as { readonly mapping?: readonly VlanQosMapping[] } | undefined)?.mapping,
  } satisfies Field<readonly VlanQosMapping[]>;
}

function flag(name: string): Field<boolean> {
  return {
    type: boolean(),
    encode: () => ({}), // all of them together, below
    decode: (data) =>
      (data["flags"] as { readonly flags: readonly string[] } | undefined)?.flags.includes(name),
  };
}

const changeable = {
  reorderHeader: flag(flags.reorderHeader),
  gvrp: flag(flags.gvrp),
  mvrp: flag(flags.mvrp),
  looseBinding: flag(flags.looseBinding),
  bridgeBinding: flag(flags.bridgeBinding),
  ingressQos: qos("ingress_qos", byte, priority),
  egressQos: qos("egress_qos", priority, byte),
} satisfies Fields<VlanOptions>;

const protocol = word("protocol", "802.1Q", "802.1ad");
const fields = { ...changeable, id: whole("id", 0, 4094), protocol };
const changes = entriesOf(changeable);

const encode = (options: VlanOptions, scope: Scope): Data => ({
  ...encodeFields(fields, options, scope),
  flags: encodeFlags(options),
});

/** @internal */
export const vlan = {
  kind: "vlan",
  entries: { ...entriesOf({ ...changeable, protocol }), id: fields.id.type, link: target },
  changes,
  encode,
  change: encode,
  attributes: parentLink,
  decode: (data: Given) => ({
    vlan: { ...decodeFields(fields, data), id: numberOf(data["id"]) ?? 0 },
  }),
} satisfies LinkKind<"vlan">;

function encodeFlags(options: VlanOptions): Data | undefined {
  const keys = ["reorderHeader", "gvrp", "mvrp", "looseBinding", "bridgeBinding"] as const;
  const given = keys.filter((key) => options[key] !== undefined);
  if (given.length === 0) return undefined;
  return {
    flags: given.filter((key) => options[key] === true).map((key) => flags[key]),
    mask: given.map((key) => flags[key]),
  };
}
