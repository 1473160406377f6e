import type { ChangeEvent, EventKind } from "./kind.js";

/** Another namespace was given a number here, or is gone, and its number with it. */
export interface NamespaceIdEvent extends ChangeEvent {
  readonly kind: "namespaceId";
  readonly id: number;
}

/** @internal */
export const namespaceIds: EventKind<number, NamespaceIdEvent> = {
  groups: ["RTNLGRP_NSID"],
  messages: { RTM_NEWNSID: "set", RTM_DELNSID: "deleted" },
  dumps: [{ type: "RTM_GETNSID", flags: ["dump"] }],
  decode: ({ attributes }) => attributes["nsid"] as number,
  key: String,
  event: (id, about) => ({ kind: "namespaceId", ...about, id }),
};
