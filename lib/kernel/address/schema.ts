import { CnmError } from "../../errors.js";
import { parseInterface } from "../../net/cidr.js";
import { formatIp } from "../../net/ip.js";
import { check, type Type } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import {
  address as bareAddress,
  boolean,
  checked,
  choice,
  integer,
  list,
  oneOf,
  parsed,
  signal,
  string,
} from "../../util/schemas.js";
import { target } from "../link/schema.js";
import type { AddressProtocol, AddressSpec, AddressTarget, Lifetime } from "./types.js";

/** An address of an interface, canonical; a bare address gets the full prefix. @internal */
export const interfaceAddress = parsed((text) => {
  const { ip, prefix } = parseInterface(text);
  return ip.family === "inet" ? text : `${formatIp(ip)}/${prefix}`; // IPv4 has one form only
});

const seconds = integer(0, 0xffff_fffe);
const forever = oneOf("forever");
const lifetime: Type<Lifetime> = choice("string or number", (value) => {
  if (typeof value === "number") return seconds;
  return typeof value === "string" ? forever : undefined;
});
const protocolName = oneOf("unspec", "kernel_lo", "kernel_ra", "kernel_ll");
const protocolNumber = integer(0, 255);
const protocol: Type<AddressProtocol> = choice("string or number", (value) => {
  if (typeof value === "number") return protocolNumber;
  return typeof value === "string" ? protocolName : undefined;
});
const longestLabel = 15;
const label = checked(string(), (text) => {
  if (text === "" || text.includes("\0")) return "must not be empty or hold a NUL";
  if (/\p{Surrogate}/u.test(text)) return "must be well-formed text";
  if (Buffer.byteLength(text) <= longestLabel) return undefined;
  return `must have at most ${longestLabel} bytes (IFNAMSIZ)`;
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
  label: optional(label),
  optimistic: optional(boolean()),
  home: optional(boolean()),
  mngTmpAddr: optional(boolean()),
  autoJoin: optional(boolean()),
  validLifetimeS: optional(lifetime),
  preferredLifetimeS: optional(lifetime),
  protocol: optional(protocol),
});
const specs = list(spec);

/** @internal */
export const addressTarget: Type<AddressTarget> = options({
  link: target,
  address: interfaceAddress,
  peer: optional(bareAddress()),
});

/** @internal */
export const addressFilter = options({
  link: optional(target),
  family: optional(oneOf("inet", "inet6")),
  signal: optional(signal()),
});

/** @internal */
export function checkAddress(value: AddressSpec, operation = "add address"): AddressSpec {
  const checked = check(spec, value, operation);
  checkPeerAndTimes(checked, operation);
  return checked;
}

/** @internal */
export function checkAddresses(values: readonly AddressSpec[], operation: string): AddressSpec[] {
  const all = check(specs, values, operation, "addresses");
  for (const one of all) checkPeerAndTimes(one, operation);
  return all;
}

function checkPeerAndTimes(address: AddressSpec, operation: string): void {
  const { address: own, peer, broadcast, validLifetimeS: valid, preferredLifetimeS } = address;
  if (peer !== undefined) checkFamily("peer", peer, own, operation);
  if (broadcast !== undefined) checkFamily("broadcast", broadcast, own, operation);
  const preferred = preferredLifetimeS ?? valid;
  if (valid !== 0 && secondsOf(preferred) <= secondsOf(valid)) return;
  const field = valid === 0 ? "validLifetimeS" : "preferredLifetimeS";
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `${operation}: ${field}: must be ${valid === 0 ? "at least 1" : "at most validLifetimeS"}`,
    { field },
  );
}

function checkFamily(field: string, text: string, own: string, operation: string): void {
  if (text.includes(":") === own.includes(":")) return;
  throw new CnmError(
    "ERR_CNM_INVALID_ADDRESS",
    `${operation}: ${field}: ${text} is not of the family of ${own}`,
    { field },
  );
}

/** @internal */
export const infinite = 0xffff_ffff; // INFINITY_LIFE_TIME

/** @internal */
export function secondsOf(time: Lifetime | undefined): number {
  return typeof time === "number" ? time : infinite;
}
