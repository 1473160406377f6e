import { decodeLink, withoutClocks } from "../link/decode.js";
import { linkListMessage } from "../link/messages.js";
import type { Link } from "../link/types.js";
import type { ChangeEvent, EventKind } from "./kind.js";

/** A link was made, changed (up, carrier, master, name, ...) or removed. */
export interface LinkEvent extends ChangeEvent {
  readonly kind: "link";
  /** As it is now; of a deleted one, as it was. */
  readonly link: Link;
}

/** @internal */
export const links: EventKind<Link, LinkEvent> = {
  groups: ["RTNLGRP_LINK"],
  messages: { RTM_NEWLINK: "set", RTM_DELLINK: "deleted" },
  dumps: [linkListMessage()],
  // Of AF_BRIDGE they are about a port's place in its bridge; drivers of wireless send fragments.
  decode: (message) =>
    message.header["family"] === "unspec" && "mtu" in message.attributes
      ? decodeLink(message)
      : undefined,
  key: ({ index }) => String(index),
  comparable: withoutClocks,
  event: (link, about) => ({ kind: "link", ...about, link }),
};
