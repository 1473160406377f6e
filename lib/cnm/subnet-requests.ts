import type { Driver } from "../drivers/contract.js";
import { CnmError } from "../errors.js";
import type { Ipam, PoolRequest } from "../ipam/contract.js";
import { leastMtuOf6, type Family } from "../net/ip.js";
import type { CommonNetworkOptions, SubnetOptions } from "./create-network.js";
import { familyOf } from "./gateway.js";

/** What a network asks of its IPAM for one subnet. @internal */
export interface SubnetRequest {
  readonly pool: Omit<PoolRequest, "avoid">;
  readonly auxiliaryAddresses: Readonly<Record<string, string>>;
  /** Where it came from: `subnets.0`, `ipv4`. */
  readonly field: string;
}

type Given = Pick<CommonNetworkOptions, "internal" | "ipam" | "ipv4" | "ipv6" | "mtu" | "subnets">;

/** IPv4 first, else as they were given. Nothing is asked of the IPAM yet. @internal */
export function subnetRequests(given: Given, driver: Driver, ipam: Ipam): readonly SubnetRequest[] {
  if (driver.interfaces === "none") refuseForInterfaces(given, driver);
  const none = whoHasNone(driver, ipam);
  if (none !== undefined) return withoutSubnets(given, driver, none);
  const { subnets = [], ipv4 = subnets.length === 0, ipv6 = false } = given;
  const all = completed(subnets.map(toRequest), { inet: ipv4, inet6: ipv6 }, given);
  if (all.length === 0) {
    const text = "a network needs a subnet; leave out ipv4: false, or give subnets";
    throw invalid("subnets", text);
  }
  checkMtu(given.mtu, all);
  return all;
}

/** @throws {CnmError} `ERR_CNM_INVALID_OPTION` where the driver's networks have no subnets. @internal */
export function ipamOf(
  core: { ipam(name: string): Ipam },
  driver: Driver,
  name: string | undefined,
): Ipam {
  if (driver.subnets !== "none") return core.ipam(name ?? "default");
  const ipam = core.ipam(name ?? "null");
  if (ipam.subnets === "none") return ipam;
  throw invalid("ipam", `${hasNone("driver", driver.name)}; leave out ipam`);
}

function whoHasNone(driver: Driver, ipam: Ipam): string | undefined {
  if (driver.subnets === "none") return hasNone("driver", driver.name);
  return ipam.subnets === "none" ? hasNone("IPAM", ipam.name) : undefined;
}

function hasNone(what: "IPAM" | "driver", name: string): string {
  return `networks of the ${what} ${name} have no subnets`;
}

function withoutSubnets(
  { subnets = [], ipv4 = false, ipv6 = false }: Given,
  driver: Driver,
  why: string,
): readonly SubnetRequest[] {
  if (subnets.length > 0) throw invalid("subnets", `${why}; leave it out`);
  if (ipv4) throw invalid("ipv4", `${why}; leave it out`);
  if (ipv6) throw invalid("ipv6", `${why}; leave it out`);
  if (driver.subnets === undefined || driver.subnets === "needed") {
    throw invalid("ipam", `${why}, and those of the driver ${driver.name} need one`);
  }
  return [];
}

function refuseForInterfaces({ mtu, internal }: Given, { name }: Driver): void {
  const why = `the driver ${name} makes no interfaces; leave it out`;
  if (mtu !== undefined) throw invalid("mtu", why);
  if (internal === true) throw invalid("internal", why);
}

function toRequest(one: string | SubnetOptions, at: number): SubnetRequest {
  const { auxiliaryAddresses = {}, ...options } = typeof one === "string" ? { subnet: one } : one;
  const pool = { family: familyOf(options.subnet), ...options };
  return { pool, auxiliaryAddresses, field: `subnets.${at}` };
}

/** Adds a subnet of any size for a family that is wanted and has none. */
function completed(
  requests: readonly SubnetRequest[],
  wanted: Readonly<Record<Family, boolean>>,
  given: Given,
): readonly SubnetRequest[] {
  const all = [...requests];
  for (const [family, field] of [
    ["inet", "ipv4"],
    ["inet6", "ipv6"],
  ] as const) {
    const has = requests.some(({ pool }) => pool.family === family);
    if (has && given[field] === false) {
      throw invalid(field, "is false, and subnets has one of that family");
    }
    if (wanted[family] && !has) all.push({ pool: { family }, auxiliaryAddresses: {}, field });
  }
  return all.sort((a, b) => rank(a) - rank(b)); // stable
}

function checkMtu(mtu: number | undefined, requests: readonly SubnetRequest[]): void {
  const has6 = requests.some(({ pool }) => pool.family === "inet6");
  if (mtu === undefined || mtu >= leastMtuOf6 || !has6) return;
  throw invalid("mtu", `must be at least ${leastMtuOf6} on a network with IPv6, not ${mtu}`);
}

function rank({ pool }: SubnetRequest): number {
  return pool.family === "inet6" ? 1 : 0;
}

function invalid(field: string, text: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_OPTION", `create network: ${field}: ${text}`, { field });
}
