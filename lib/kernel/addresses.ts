import type { Decoded, Message, Plain } from "../native.js";
import { formatIp, type Family } from "../net/ip.js";
import { parseInterface } from "../net/cidr.js";
import { check, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import {
  address as bareAddress,
  boolean,
  integer,
  oneOf,
  parsed,
  signal as abortSignal,
} from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { target } from "./link/schema.js";
import type { LinkTarget } from "./link/types.js";
import { describeTarget, plainTarget, type Scope } from "./scope.js";

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
}

/** Which address `addresses.delete` is to remove. */
export interface AddressTarget {
  readonly link: LinkTarget;
  readonly address: string;
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
}

export interface AddressFilter {
  readonly link?: string | number;
  readonly family?: Family;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** An address of an interface, canonical; a bare address gets the full prefix. @internal */
export const interfaceAddress = parsed((text) => {
  const { ip, prefix } = parseInterface(text);
  return ip.family === "inet" ? text : `${formatIp(ip)}/${prefix}`; // IPv4 has one form only
});

const spec: Type<AddressSpec> = options({
  link: target,
  address: interfaceAddress,
  peer: optional(bareAddress()),
  broadcast: optional(bareAddress()),
  scope: optional(oneOf("global", "site", "link", "host")),
  noDad: optional(boolean()),
  noPrefixRoute: optional(boolean()),
  metric: optional(integer(0, 0xffff_ffff)),
});

const addressTarget: Type<AddressTarget> = options({ link: target, address: interfaceAddress });

const filterSchema = options({
  link: optional(target),
  family: optional(oneOf("inet", "inet6")),
  signal: optional(abortSignal()),
});

/** @internal */
export function checkAddress(value: AddressSpec): AddressSpec {
  return check(spec, value, "add address");
}

/** @internal */
export function addressAddMessage(checked: AddressSpec, scope: Scope): Message {
  const flags = [
    ...(checked.noDad === true ? ["nodad"] : []),
    ...(checked.noPrefixRoute === true ? ["noprefixroute"] : []),
  ];
  return {
    type: "RTM_NEWADDR",
    flags: ["create", "excl"],
    ...addressBody(checked, scope, {
      scope: checked.scope,
      peer: checked.peer,
      broadcast: checked.broadcast,
      flags: flags.length > 0 ? flags : undefined,
      rt_priority: checked.metric,
    }),
  };
}

interface MoreAddress {
  readonly scope?: AddressScope | undefined;
  readonly peer?: string | undefined;
  readonly broadcast?: string | undefined;
  readonly flags?: readonly string[] | undefined;
  readonly rt_priority?: number | undefined;
}

function addressBody(at: AddressTarget, scope: Scope, more: MoreAddress) {
  const { peer, scope: reach, ...attributes } = more;
  const [local = "", prefix] = at.address.split("/"); // checked, and canonical by now
  return {
    header: {
      family: local.includes(":") ? "inet6" : "inet",
      prefixlen: Number(prefix),
      scope: reach,
      index: scope.target(at.link, "link"),
    },
    // ifa_local is ours, ifa_address the other end's; they are the same where there is none
    attributes: { local, address: peer ?? local, ...attributes },
  } as const;
}

/** The addresses of one namespace: `ip address`. */
export class Addresses {
  readonly #channel: Channel;
  readonly #scope: Scope;

  /** @internal */
  constructor(channel: Channel, scope: Scope) {
    this.#channel = channel;
    this.#scope = scope;
  }

  /** @throws {KernelError} with `syscall` `"RTM_NEWADDR"`: EEXIST, ENODEV ... */
  async add(spec: AddressSpec): Promise<void> {
    const checked = checkAddress(spec);
    const operation = `add address ${checked.address} to link ${describeTarget(checked.link)}`;
    await this.#ask(operation, addressAddMessage(checked, this.#scope), checked.address);
  }

  /** @throws {KernelError} EADDRNOTAVAIL where the link has no such address. */
  async delete(which: AddressTarget): Promise<void> {
    const checked = check(addressTarget, which, "delete address");
    const operation = `delete address ${checked.address} of link ${describeTarget(checked.link)}`;
    const message = { type: "RTM_DELADDR", ...addressBody(checked, this.#scope, {}) };
    await this.#ask(operation, message, checked.address);
  }

  /** All addresses, or those that pass the filter; the kernel filters. */
  async list(filter: AddressFilter = {}): Promise<readonly Address[]> {
    const { link, family, signal } = check(filterSchema, filter, "list addresses");
    this.#channel.assertOpen("list addresses");
    try {
      const index = link === undefined ? undefined : plainTarget(link, "link");
      const parts = await this.#channel.dump(addressListMessage(family, index), signal);
      return parts.map(decodeAddress);
    } catch (error) {
      throw kernelFailure("list addresses", error, { namespace: this.#channel.name });
    }
  }

  async #ask(operation: string, message: Message, address: string): Promise<void> {
    this.#channel.assertOpen(operation);
    try {
      await this.#channel.request(message);
    } catch (error) {
      throw kernelFailure(operation, error, { address, namespace: this.#channel.name });
    }
  }
}

/** @internal */
export function addressListMessage(family?: Family, index?: Plain): Message {
  return { type: "RTM_GETADDR", flags: ["dump"], header: { family: family ?? "unspec", index } };
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
  };
}
