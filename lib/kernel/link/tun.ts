import { bit, decodeFields, whole, word, type Given } from "./fields.js";
import type { ShownKind } from "./kind.js";

/** A tun or tap as the kernel shows it; made by ioctl(2), not here. Source: IFLA_TUN_*. */
export interface Tun {
  readonly type?: "tun" | "tap";
  /** User and group that may open it; left out where anybody may. */
  readonly owner?: number;
  readonly group?: number;
  readonly packetInformation?: boolean;
  readonly vnetHeader?: boolean;
  /** Stays when the program that made it ends. */
  readonly persist?: boolean;
  readonly multiQueue?: boolean;
  readonly queues?: number;
  readonly disabledQueues?: number;
}

const shown = {
  type: word("type", "tun", "tap"),
  owner: whole("owner", 0, 0xffff_ffff),
  group: whole("group", 0, 0xffff_ffff),
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
