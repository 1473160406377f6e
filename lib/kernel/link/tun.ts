import { optional } from "../../util/options.js";
import { boolean, integer } from "../../util/schemas.js";
import { bit, decodeFields, whole, word, type Given } from "./fields.js";
import type { ShownKind } from "./kind.js";
import type { LinkOptions } from "./types.js";

/** A tun or tap as the kernel shows it. Source: IFLA_TUN_*. */
export interface Tun {
  readonly type?: "tun" | "tap";
  /** Ids of the user and the group that may open it; left out where anybody may. */
  readonly owner?: number;
  /** Not the link's `group`, which every link has. */
  readonly ownerGroup?: number;
  readonly packetInformation?: boolean;
  readonly vnetHeader?: boolean;
  /** Stays when the program that made it ends. */
  readonly persist?: boolean;
  readonly multiQueue?: boolean;
  readonly queues?: number;
  readonly disabledQueues?: number;
}

/** What goes before each packet, and how many may open it. */
export interface TunFraming {
  /** Four bytes before each packet: flags and EtherType. Default: false. */
  readonly packetInformation?: boolean;
  /** A `struct virtio_net_hdr` before each packet: checksums and segments left to do. Default: false. */
  readonly vnetHeader?: boolean;
  /** Several descriptors at once, each a queue. Default: false. */
  readonly multiQueue?: boolean;
}

interface PersistentOptions extends Omit<LinkOptions, "txQueues" | "rxQueues">, TunFraming {
  /** Id of the user who may open it without CAP_NET_ADMIN. */
  readonly owner?: number;
  /** Id of a group whose members may. */
  readonly ownerGroup?: number;
}

/** A link of a program that reads and writes IP packets: `ip tuntap add mode tun`. It stays. */
export interface TunSpec extends Omit<PersistentOptions, "address"> {
  readonly kind: "tun";
}

/** The same with frames of Ethernet: `ip tuntap add mode tap`. Shown as kind `"tun"`. */
export interface TapSpec extends PersistentOptions {
  readonly kind: "tap";
}

const shown = {
  type: word("type", "tun", "tap"),
  owner: whole("owner", 0, 0xffff_ffff),
  ownerGroup: whole("group", 0, 0xffff_ffff),
  packetInformation: bit("pi"),
  vnetHeader: bit("vnet_hdr"),
  persist: bit("persist"),
  multiQueue: bit("multi_queue"),
  queues: whole("num_queues", 0, 0xffff_ffff),
  disabledQueues: whole("num_disabled_queues", 0, 0xffff_ffff),
};

/** @internal */
export const tun: ShownKind = {
  decode: (data: Given) => ({ tun: decodeFields(shown, data) }),
};

/** @internal */
export const tunFraming = {
  packetInformation: optional(boolean()),
  vnetHeader: optional(boolean()),
  multiQueue: optional(boolean()),
};

const id = integer(0, 0xffff_fffe); // -1 is nobody: uid_valid()

/** @internal Of both kinds, beside the options of every link. */
export const tunEntries = { ...tunFraming, owner: optional(id), ownerGroup: optional(id) };
