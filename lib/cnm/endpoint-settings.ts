import type { Attachment, DriverState } from "../drivers/contract.js";
import { CnmError } from "../errors.js";
import { contains, parseCidr } from "../net/cidr.js";
import { parseIp } from "../net/ip.js";
import { inside, refusal, type Type } from "../util/check.js";
import { optional, options, type Output } from "../util/options.js";
import {
  address,
  checked,
  choice,
  cidr,
  integer,
  list,
  name,
  record,
  string,
} from "../util/schemas.js";
import { familyOf } from "./gateway.js";

// What an endpoint may be given beside names and addresses. Most are given none of it: those share
// one object, and their records have nothing of it.

/** A static route of an endpoint: plain JSON. @internal */
export interface RouteSetting {
  readonly destination: string;
  readonly gateway: string | null;
}

/** Plain JSON; what the store keeps of an endpoint that has any of it. @internal */
export interface EndpointSettings {
  readonly aliases: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly routes: readonly RouteSetting[];
  readonly gatewayPriority: number;
  /** `null`: the network's. */
  readonly mtu: number | null;
  readonly linkLocalAddresses: readonly string[];
  /** What the driver made of its own options; `null` where none were given. */
  readonly driver: DriverState;
}

/** @internal */
export const noSettings: EndpointSettings = Object.freeze({
  aliases: Object.freeze([]),
  sysctls: Object.freeze({}),
  routes: Object.freeze([]),
  gatewayPriority: 0,
  mtu: null,
  linkLocalAddresses: Object.freeze([]),
  driver: null,
});

// ---- What users give

const linkLocal4 = parseCidr("169.254.0.0/16");
const linkLocal6 = parseCidr("fe80::/10");

function isLinkLocal(text: string): boolean {
  const ip = parseIp(text);
  return contains(ip.family === "inet" ? linkLocal4 : linkLocal6, ip);
}

const sysctlText = checked(
  choice("string or number", (value) => {
    if (typeof value === "string") return string();
    return typeof value === "number" ? integer(-(2 ** 31), 2 ** 32 - 1) : undefined;
  }),
  (value) =>
    value === "" || /[\0\n]/.test(String(value)) ? "must be one line, and not empty" : undefined,
);

const sysctlRecord = record(sysctlText);

// Of one interface alone: an endpoint changes nothing of what all interfaces of a sandbox share.
const sysctlKey = /^net\.(?:ipv4|ipv6|mpls)\.\w+\.IFNAME\.\w+$/;

const sysctls: Type<Readonly<Record<string, string>>> = {
  parse(value) {
    const given = Object.entries(sysctlRecord.parse(value));
    const wrong = given.find(([key]) => !sysctlKey.test(key));
    if (wrong === undefined) {
      return Object.fromEntries(given.map(([key, text]) => [key, String(text)]));
    }
    const text = 'must be a sysctl of the interface, such as "net.ipv4.conf.IFNAME.forwarding"';
    throw inside(wrong[0], refusal(text));
  },
};

/** @internal */
export const settingsEntries = {
  aliases: optional(list(name())),
  sysctls: optional(sysctls),
  routes: optional(list(options({ destination: cidr(), gateway: optional(address()) }))),
  gatewayPriority: optional(integer(-(2 ** 31), 2 ** 31 - 1)),
  mtu: optional(integer(68, 65535)),
  linkLocalAddresses: optional(
    list(
      checked(address(), (text) =>
        isLinkLocal(text) ? undefined : "must be of 169.254.0.0/16 or fe80::/10",
      ),
    ),
  ),
};

type Given = Output<typeof settingsEntries>;

/** What the network says of itself to judge settings by. @internal */
export interface JudgedBy {
  readonly name: string;
  readonly subnets: readonly { readonly subnet: string }[];
  /** Those that the endpoint is given. */
  readonly addresses: readonly string[];
  /** Bytes of IP packet that it carries. */
  readonly mtu: number;
}

/**
 * The settings of an endpoint that is to be made.
 *
 * @throws {CnmError} `ERR_CNM_INVALID_OPTION` for what the network does not allow.
 * @internal
 */
export function settingsOf(
  given: Given,
  driver: DriverState,
  judgedBy: () => JudgedBy,
  operation: string,
): EndpointSettings {
  const isGiven = Object.keys(settingsEntries).some((key) => key in given);
  if (!isGiven && driver === null) return noSettings;
  const { aliases = [], routes = [], linkLocalAddresses = [], mtu } = given;
  const settings: EndpointSettings = {
    aliases: [...new Set(aliases)],
    sysctls: given.sysctls ?? {},
    routes: routes.map(({ destination, gateway = null }) => ({ destination, gateway })),
    gatewayPriority: given.gatewayPriority ?? 0,
    mtu: mtu ?? null,
    linkLocalAddresses: [...new Set(linkLocalAddresses)],
    driver,
  };
  const wrong = faultOf(settings, judgedBy());
  if (wrong === undefined) return settings;
  const [field, text] = wrong;
  throw new CnmError("ERR_CNM_INVALID_OPTION", `${operation}: ${field}: ${text}`, {
    field,
    network: judgedBy().name,
  });
}

const leastMtuOf6 = 1280; // RFC 8200, section 5: below it the kernel takes IPv6 off the link

function faultOf(
  { mtu, routes, linkLocalAddresses }: EndpointSettings,
  network: JudgedBy,
): readonly [field: string, text: string] | undefined {
  const subnetTexts = network.subnets.map(({ subnet }) => subnet);
  const all = [...subnetTexts, ...network.addresses, ...linkLocalAddresses];
  if (mtu !== null && mtu > network.mtu) {
    return ["mtu", `must be at most the network's ${network.mtu}, not ${mtu}`];
  }
  if (mtu !== null && mtu < leastMtuOf6 && all.some((one) => familyOf(one) === "inet6")) {
    return ["mtu", `must be at least ${leastMtuOf6} with IPv6, not ${mtu}`];
  }
  for (const [at, { destination, gateway }] of routes.entries()) {
    if (destination.endsWith("/0")) {
      return [`routes.${at}.destination`, "is the default route: see gatewayPriority"];
    }
    if (gateway === null) continue;
    if (familyOf(gateway) !== familyOf(destination)) {
      return [`routes.${at}.gateway`, `${gateway} is not of the family of ${destination}`];
    }
    if (!isLinkLocal(gateway) && !isWithin(gateway, network)) {
      const subnets = subnetTexts.join(", ");
      return [
        `routes.${at}.gateway`,
        `${gateway} is in none of the network's subnets (${subnets})`,
      ];
    }
  }
  return undefined;
}

// A network without subnets does not know what is on it.
function isWithin(gateway: string, { subnets }: JudgedBy): boolean {
  if (subnets.length === 0) return true;
  const ip = parseIp(gateway);
  return subnets.some(({ subnet }) => contains(parseCidr(subnet), ip));
}

/** What few have of an attachment: nothing of it costs those without anything. @internal */
export function extrasOf(
  settings: EndpointSettings,
  addresses: readonly string[],
): Partial<Attachment> {
  if (settings === noSettings) return {};
  const { linkLocalAddresses, mtu, sysctls, routes, driver } = settings;
  return {
    addresses: [...addresses, ...linkLocalAddresses.map(linkLocalCidr)],
    sysctls,
    routes,
    options: driver,
    ...(mtu !== null && { mtu }),
  };
}

// With the prefix length of its kind.
function linkLocalCidr(address: string): string {
  return `${address}/${familyOf(address) === "inet" ? 16 : 64}`;
}
