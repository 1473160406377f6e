import { neighbourOf, type Neighbour } from "../neighbours.js";
import type { ChangeEvent, EventKind } from "./kind.js";

/** A neighbour was found, confirmed, doubted, lost, or set by somebody. */
export interface NeighbourEvent extends ChangeEvent {
  readonly kind: "neighbour";
  readonly neighbour: Neighbour;
}

const isIp = (family: unknown) => family === "inet" || family === "inet6";

/** @internal */
export const neighbours: EventKind<Neighbour, NeighbourEvent> = {
  groups: ["RTNLGRP_NEIGH"],
  messages: { RTM_NEWNEIGH: "set", RTM_DELNEIGH: "deleted" },
  dumps: [{ type: "RTM_GETNEIGH", flags: ["dump"] }],
  decode: (message) => (isIp(message.header["family"]) ? neighbourOf(message) : undefined),
  key: ({ link, address, flags }) => `${link} ${address} ${flags.includes("proxy")}`,
  event: (neighbour, about) => ({ kind: "neighbour", ...about, neighbour }),
};
