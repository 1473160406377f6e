import { addressListMessage, decodeAddress } from "../address/messages.js";
import type { Address } from "../address/types.js";
import type { ChangeEvent, EventKind } from "./kind.js";

/** An address was added, changed (no longer tentative, deprecated, ...) or removed. */
export interface AddressEvent extends ChangeEvent {
  readonly kind: "address";
  readonly address: Address;
}

/** @internal */
export const addresses: EventKind<Address, AddressEvent> = {
  groups: ["RTNLGRP_IPV4_IFADDR", "RTNLGRP_IPV6_IFADDR"],
  messages: { RTM_NEWADDR: "set", RTM_DELADDR: "deleted" },
  dumps: [addressListMessage()],
  decode: decodeAddress,
  key: ({ link, address, peer }) => `${link} ${address} ${peer ?? ""}`,
  event: (address, about) => ({ kind: "address", ...about, address }),
};
