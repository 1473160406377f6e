import { addresses, type AddressEvent } from "./addresses.js";
import { conntrack, type FlowEvent } from "./conntrack.js";
import { fdb, type FdbEvent } from "./fdb.js";
import { links, type LinkEvent } from "./links.js";
import { namespaceIds, type NamespaceIdEvent } from "./namespace-ids.js";
import { neighbours, type NeighbourEvent } from "./neighbours.js";
import { nexthops, type NexthopEvent } from "./nexthops.js";
import { nftElements, type NftElementEvent } from "./nft-elements.js";
import { nftables, type NftEvent } from "./nftables.js";
import { routes, type RouteEvent } from "./routes.js";
import { rules, type RuleEvent } from "./rules.js";
import type { EventKind } from "./kind.js";

/** What each option asks for, in alphabetical order. */
export interface EventsByOption {
  readonly addresses: AddressEvent;
  readonly conntrack: FlowEvent;
  readonly fdb: FdbEvent;
  readonly links: LinkEvent;
  readonly namespaceIds: NamespaceIdEvent;
  readonly neighbours: NeighbourEvent;
  readonly nexthops: NexthopEvent;
  readonly nftables: NftEvent;
  readonly nftElements: NftElementEvent;
  readonly routes: RouteEvent;
  readonly rules: RuleEvent;
}

/** @internal */
export const eventKinds = {
  addresses,
  conntrack,
  fdb,
  links,
  namespaceIds,
  neighbours,
  nexthops,
  nftables,
  nftElements,
  routes,
  rules,
} satisfies { readonly [K in keyof EventsByOption]: EventKind<unknown, EventsByOption[K]> };

/** `"links"` ... */
export type Monitorable = keyof EventsByOption;

/** What the kernel had no room for is lost: see {@link Monitor.resync}. */
export interface OverrunEvent {
  readonly kind: "overrun";
}

/** What a monitor of these kinds yields. */
export type EventsOf<K extends Monitorable> = EventsByOption[K] | OverrunEvent;

/** Whatever any monitor may yield; `kind` tells them apart. */
export type MonitorEvent = EventsOf<Monitorable>;

/** Of any kind: the tables are typed one by one. @internal */
export type AnyEventKind = EventKind<unknown, object>;

/** @internal */
export function kindOf(name: Monitorable): AnyEventKind {
  return eventKinds[name];
}
