import type { Decoded, Message, MessageFlag, Plain } from "../../native.js";
import type { Family } from "../../net/ip.js";
import type { Scope } from "../scope.js";
import { infinite, secondsOf } from "./schema.js";
import type {
  Address,
  AddressProtocol,
  AddressScope,
  AddressSpec,
  AddressTarget,
  Lifetime,
} from "./types.js";

/** @internal */
export function addressAddMessage(
  checked: AddressSpec,
  scope: Scope,
  flags: readonly MessageFlag[] = addFlags,
): Message {
  const { validLifetimeS: valid, preferredLifetimeS: preferred } = checked;
  const forEver = valid === undefined && preferred === undefined;
  return {
    type: "RTM_NEWADDR",
    flags,
    ...addressBody(checked, scope, {
      scope: checked.scope,
      broadcast: checked.broadcast,
      label: checked.label,
      flags: marksOf(checked),
      rt_priority: checked.metric,
      proto: checked.protocol,
      cacheinfo: forEver
        ? undefined
        : { preferredS: secondsOf(preferred ?? valid), validS: secondsOf(valid) },
    }),
  };
}

/** @internal */
export const addFlags = ["create", "excl"] as const;
/** @internal */
export const replaceFlags = ["create", "replace"] as const;

function marksOf(address: AddressSpec): readonly string[] | undefined {
  const marks: string[] = [];
  if (address.noDad === true) marks.push("nodad");
  if (address.optimistic === true) marks.push("optimistic");
  if (address.home === true) marks.push("home");
  if (address.mngTmpAddr === true) marks.push("mngtmpaddr");
  if (address.noPrefixRoute === true) marks.push("noprefixroute");
  if (address.autoJoin === true) marks.push("autojoin");
  return marks.length > 0 ? marks : undefined;
}

interface MoreAddress {
  readonly scope?: AddressScope | undefined;
  readonly broadcast?: string | undefined;
  readonly label?: string | undefined;
  readonly flags?: readonly string[] | undefined;
  readonly rt_priority?: number | undefined;
  readonly proto?: AddressProtocol | undefined;
  readonly cacheinfo?: { readonly preferredS: number; readonly validS: number } | undefined;
}

/** @internal */
export function addressBody(at: AddressTarget, scope: Scope, more: MoreAddress) {
  const { scope: reach, ...attributes } = more;
  const [local = "", prefix] = at.address.split("/"); // checked, and canonical by now
  return {
    header: {
      family: local.includes(":") ? "inet6" : "inet",
      prefixlen: Number(prefix),
      scope: reach,
      index: scope.target(at.link, "link"),
    },
    // ifa_local is ours, ifa_address the other end's; they are the same where there is none
    attributes: { local, address: at.peer ?? local, ...attributes },
  } as const;
}

/** @internal */
export function addressListMessage(family?: Family, index?: Plain): Message {
  return { type: "RTM_GETADDR", flags: ["dump"], header: { family: family ?? "unspec", index } };
}

function lifetimeOf(seconds: number | undefined): Lifetime {
  return seconds === undefined || seconds === infinite ? "forever" : seconds;
}

/** @internal */
export function decodeAddress({ header, attributes }: Decoded): Address {
  const { family, index, prefixlen, scope } = header as {
    family: Family;
    index: number;
    prefixlen: number;
    scope: string;
  };
  const a = attributes as {
    address?: string;
    local?: string;
    broadcast?: string;
    label?: string;
    flags?: readonly string[];
    rt_priority?: number;
    proto?: AddressProtocol;
    cacheinfo?: { preferredS: number; validS: number };
  };
  const own = a.local ?? a.address ?? ""; // IPv6 says IFA_LOCAL only where there is a peer
  return {
    family,
    link: index,
    address: `${own}/${prefixlen}`,
    peer: a.address === own ? undefined : a.address,
    broadcast: a.broadcast,
    label: a.label,
    scope,
    flags: a.flags ?? [],
    metric: a.rt_priority,
    validLifetimeS: lifetimeOf(a.cacheinfo?.validS),
    preferredLifetimeS: lifetimeOf(a.cacheinfo?.preferredS),
    protocol: a.proto,
  };
}
