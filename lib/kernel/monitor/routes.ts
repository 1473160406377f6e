import { decodeRoute, routeListMessage } from "../route/messages.js";
import type { Route } from "../route/types.js";
import type { ChangeEvent, EventKind } from "./kind.js";

/**
 * A route was added, replaced or removed. The kernel says nothing of IPv4 routes that go because
 * their link goes down or away; `resync()` after such a link event finds them.
 */
export interface RouteEvent extends ChangeEvent {
  readonly kind: "route";
  readonly route: Route;
}

const base = ({ family, table, destination, metric, type }: Route) =>
  `${family} ${table} ${destination} ${metric ?? 0} ${type} `;

/** @internal */
export const routes: EventKind<Route, RouteEvent> = {
  groups: ["RTNLGRP_IPV4_ROUTE", "RTNLGRP_IPV6_ROUTE"],
  messages: { RTM_NEWROUTE: "set", RTM_DELROUTE: "deleted" },
  dumps: [routeListMessage()],
  decode: decodeRoute,
  key: (route) => `${base(route)}${route.gateway ?? ""} ${route.link ?? ""}`,
  replaces: base,
  event: (route, about) => ({ kind: "route", ...about, route }),
};
