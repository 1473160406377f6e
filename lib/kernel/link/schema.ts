import type { Type } from "../../util/check.js";
import { optional, options, variant } from "../../util/options.js";
import {
  boolean,
  checked,
  ifname,
  integer,
  list,
  mac,
  nullable,
  oneOf,
  string,
} from "../../util/schemas.js";
import { linkKinds } from "./index.js";
import { portEntries } from "./bridge-port.js";
import { tunEntries } from "./tun.js";
import { altname, index, namespace, queues, target } from "./schemas.js";
import type { LinkChanges, LinkSpec } from "./types.js";

export { altname as altnameSchema, target } from "./schemas.js";

const u32 = integer(0, 0xffff_ffff);

const alias = checked(string(), (text) => {
  if (Buffer.byteLength(text) > 255) return "must have at most 255 bytes (IFALIASZ)";
  return text.includes("\0") ? "must not contain zero bytes" : undefined;
});

const settingsWithoutAddress = {
  mtu: optional(integer(0, 0x7fff_ffff)),
  group: optional(u32),
  up: optional(boolean()),
  txQueueLength: optional(u32),
  addrGenMode: optional(oneOf("eui64", "none", "stable_secret", "random")),
  alias: optional(alias),
  arp: optional(boolean()),
  multicast: optional(boolean()),
  allMulticast: optional(boolean()),
  promiscuous: optional(boolean()),
  gsoMaxSize: optional(u32),
  gsoMaxSegments: optional(u32),
  groMaxSize: optional(u32),
  gsoIpv4MaxSize: optional(u32),
  groIpv4MaxSize: optional(u32),
  bridgePort: optional(options(portEntries)),
};
const settings = { ...settingsWithoutAddress, address: optional(mac()) };

const place = {
  name: ifname(),
  index: optional(index),
  namespace: optional(namespace),
  master: optional(target),
  altnames: optional(list(altname)),
};
const common = { ...settings, ...place, txQueues: optional(queues), rxQueues: optional(queues) };

/** @internal */
export const linkSpec: Type<LinkSpec> = variant("kind", {
  bridge: { ...common, ...linkKinds.bridge.entries },
  dummy: { ...common, ...linkKinds.dummy.entries },
  ifb: { ...common, ...linkKinds.ifb.entries },
  ipvlan: { ...common, ...linkKinds.ipvlan.entries },
  macvlan: { ...common, ...linkKinds.macvlan.entries },
  macvtap: { ...common, ...linkKinds.macvtap.entries },
  netkit: { ...common, ...linkKinds.netkit.entries },
  // Their queues are opened one by one, and no number of them is set.
  tap: { ...settings, ...place, ...tunEntries },
  tun: { ...settingsWithoutAddress, ...place, ...tunEntries },
  veth: { ...common, ...linkKinds.veth.entries },
  vlan: { ...common, ...linkKinds.vlan.entries },
  vrf: { ...common, ...linkKinds.vrf.entries },
  vxlan: { ...common, ...linkKinds.vxlan.entries },
  wireguard: { ...common, ...linkKinds.wireguard.entries },
});

/** @internal */
export const linkChanges: Type<LinkChanges> = options({
  ...settings,
  name: optional(ifname()),
  master: optional(nullable(target)),
  bridge: optional(options(linkKinds.bridge.changes)),
  ipvlan: optional(options(linkKinds.ipvlan.changes)),
  macvlan: optional(options(linkKinds.macvlan.changes)),
  macvtap: optional(options(linkKinds.macvtap.changes)),
  netkit: optional(options(linkKinds.netkit.changes)),
  vlan: optional(options(linkKinds.vlan.changes)),
  vxlan: optional(options(linkKinds.vxlan.changes)),
});
