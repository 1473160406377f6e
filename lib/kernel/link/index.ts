import { bridge } from "./bridge.js";
import { ipvlan } from "./ipvlan.js";
import type { LinkKind, MessageSpec, ShownKind } from "./kind.js";
import { macvlan, macvtap } from "./macvlan.js";
import { netkit } from "./netkit.js";
import { dummy, ifb, wireguard } from "./plain.js";
import { tun } from "./tun.js";
import { veth } from "./veth.js";
import { vlan } from "./vlan.js";
import { vrf } from "./vrf.js";
import { vxlan } from "./vxlan.js";

/** The kinds of link that a message makes, one line each, in alphabetical order. @internal */
export const linkKinds = {
  bridge,
  dummy,
  ifb,
  ipvlan,
  macvlan,
  macvtap,
  netkit,
  veth,
  vlan,
  vrf,
  vxlan,
  wireguard,
} satisfies { readonly [K in MessageSpec["kind"]]: LinkKind<K> };

/** Those of which more is shown than of every link. @internal */
export const shownKinds: Readonly<Record<string, ShownKind>> = { ...linkKinds, tun };
