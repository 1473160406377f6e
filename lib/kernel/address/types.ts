import type { Family } from "../../net/ip.js";
import type { LinkTarget } from "../link/types.js";

export type AddressScope = "global" | "site" | "link" | "host";

/** What `addresses.add` takes. */
export interface AddressSpec {
  readonly link: LinkTarget;
  /** With the length of the subnet's prefix: `"10.0.0.2/16"`, `"fd00::2/64"`. */
  readonly address: string;
  /** The other end of a point-to-point link. */
  readonly peer?: string;
  readonly broadcast?: string;
  readonly scope?: AddressScope;
  /** IPv6: no duplicate address detection, so that the address works at once. */
  readonly noDad?: boolean;
  /** Adds no route for the prefix. */
  readonly noPrefixRoute?: boolean;
  /** Of the prefix's route. */
  readonly metric?: number;
  /** IPv4: the link's name, or that, a colon and more. */
  readonly label?: string;
  /** IPv6: usable while duplicates are looked for. */
  readonly optimistic?: boolean;
  /** IPv6: the home address of mobile IPv6. */
  readonly home?: boolean;
  /** IPv6: temporary addresses (RFC 8981) are made of its prefix. */
  readonly mngTmpAddr?: boolean;
  /** A multicast address, whose group the link joins. */
  readonly autoJoin?: boolean;
  /** Gone after so many seconds. Default: `"forever"`. */
  readonly validLifetimeS?: Lifetime;
  /** Deprecated after so many seconds, 0 at once; not after it is gone. Default: `"forever"`. */
  readonly preferredLifetimeS?: Lifetime;
  /** Who made it. Since Linux 5.18. */
  readonly protocol?: AddressProtocol;
}

/** Seconds, below 2^32 - 1. */
export type Lifetime = number | "forever";

/** By name where the kernel has one. Source: IFA_PROTO. */
export type AddressProtocol = "unspec" | "kernel_lo" | "kernel_ra" | "kernel_ll" | number;

/** Which address `addresses.delete` is to remove. */
export interface AddressTarget {
  readonly link: LinkTarget;
  readonly address: string;
  /** Needed where it has one. */
  readonly peer?: string;
}

/** An address as the kernel shows it. */
export interface Address {
  readonly family: Family;
  /** Index of its link. */
  readonly link: number;
  /** With its prefix length: `"10.0.0.2/16"`. */
  readonly address: string;
  readonly peer: string | undefined;
  readonly broadcast: string | undefined;
  readonly label: string | undefined;
  readonly scope: string;
  /** `"permanent"`, `"tentative"`, `"nodad"` ... Source: IFA_F_*. */
  readonly flags: readonly string[];
  /** Of the prefix's route, where it is not 0. */
  readonly metric: number | undefined;
  /** What is left, in seconds. */
  readonly validLifetimeS: Lifetime;
  readonly preferredLifetimeS: Lifetime;
  readonly protocol: AddressProtocol | undefined;
}

export interface AddressFilter {
  readonly link?: string | number;
  readonly family?: Family;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}
