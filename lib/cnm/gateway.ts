import { KernelError } from "../errors.js";
import type { Family } from "../net/ip.js";
import type { Change } from "../store/contract.js";
import type { Endpoint } from "./endpoint.js";
import { collect } from "./failure.js";
import type { Network } from "./network.js";
import { keep } from "./records.js";
import type { Sandbox } from "./sandbox.js";

// One endpoint of a sandbox has the default route of a family: of those whose network has a gateway
// of it, the one with the highest priority, and among equals the first that joined. A route that
// somebody else has set, before we came or in place of ours, is nobody's to take.

/** The default route of a family, for an endpoint that joins. @internal */
export interface Elected {
  readonly family: Family;
  readonly gateway: string;
  /** Who has had it, and has it now. */
  readonly from: Endpoint | undefined;
  readonly to: Endpoint;
}

/** The gateway of a family that a network offers. @internal */
export function gatewayOf(network: Network, family: Family): string | undefined {
  if (network.internal) return undefined;
  const of6 = family === "inet6";
  return network.subnets.find(({ subnet, gateway }) => gateway && subnet.includes(":") === of6)
    ?.gateway;
}

/**
 * The default routes that newcomers to a sandbox are to have: of each family one of them at most.
 *
 * @param newcomers In the order of joining.
 * @internal
 */
export function electGateways(
  sandbox: Sandbox,
  newcomers: readonly Endpoint[],
): readonly Elected[] {
  return (["inet", "inet6"] as const).flatMap((family) => {
    const to = firstOf(newcomers, family);
    const gateway = to && gatewayOf(to.network, family);
    if (to === undefined || gateway === undefined) return [];
    if (sandbox.hadDefaultRoute(family)) return [];
    const from = holderOf(sandbox, family);
    const isFirst = from === undefined || to.gatewayPriority > from.gatewayPriority;
    return isFirst ? [{ family, gateway, from, to }] : [];
  });
}

/** What one of the newcomers has of it. @internal */
export function wonBy(
  endpoint: Endpoint,
  elected: readonly Elected[],
): { readonly defaultGateways: readonly string[]; readonly takesOver: readonly Family[] } {
  const own = elected.filter(({ to }) => to === endpoint);
  return {
    defaultGateways: own.map(({ gateway }) => gateway),
    takesOver: own.flatMap(({ family, from }) => (from === undefined ? [] : family)),
  };
}

/** What the store is told of those who have lost them. @internal */
export function lossesOf(elected: readonly Elected[]): readonly Change[] {
  return losers(elected).map(([loser, families]) =>
    keep("endpoint", loser.id, loser.defaultRoutes.recordWithout(families)),
  );
}

/** Kernel and store have it so. @internal */
export function moveGateways(elected: readonly Elected[]): void {
  for (const [loser, families] of losers(elected)) loser.defaultRoutes.lose(families);
  for (const { from, to, family, gateway } of elected) to.defaultRoutes.tell(from, family, gateway);
}

/** Each once. */
function losers(elected: readonly Elected[]): readonly (readonly [Endpoint, Family[]])[] {
  const lost = new Map<Endpoint, Family[]>();
  for (const { from, family } of elected) {
    if (from !== undefined) lost.set(from, [...(lost.get(from) ?? []), family]);
  }
  return [...lost];
}

/** The newcomers did not come to stay: who had the routes has them again. @internal */
export async function giveBackGateways(elected: readonly Elected[]): Promise<void> {
  await collect(
    "give back default route",
    elected.map(
      ({ family, from }) =>
        () =>
          from?.defaultRoutes.keep(family),
    ),
  );
}

/**
 * An earlier process ended while a newcomer took these over, and it was taken down. Where the route
 * cannot be set any more, nobody has it, and the state says so. @internal
 */
export async function regainGateways(sandbox: Sandbox, families: readonly Family[]): Promise<void> {
  for (const family of families) {
    const holder = holderOf(sandbox, family);
    try {
      await holder?.defaultRoutes.keep(family);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      await holder?.defaultRoutes.drop(family);
    }
  }
}

/** This one has left with these: the next in line take over. @internal */
export async function passOnGateways(
  sandbox: Sandbox,
  from: Endpoint,
  lost: readonly string[],
): Promise<void> {
  await collect(
    "pass on default route",
    lost.map(familyOf).map((family) => () => passOn(sandbox, family, from)),
  );
}

/** Of which families nobody has the default route, and who could: they were to have it, and failed. @internal */
export function unheldGateways(sandbox: Sandbox): readonly (readonly [Family, Endpoint])[] {
  return (["inet", "inet6"] as const).flatMap((family) => {
    const heir = firstOf(sandbox.endpoints(), family);
    const isHeld = sandbox.hadDefaultRoute(family) || holderOf(sandbox, family) !== undefined;
    return heir?.joining?.attached.index === undefined || isHeld ? [] : [[family, heir] as const];
  });
}

/** They have it again. For who has the sandbox's lock. @internal */
export async function fillGateway(sandbox: Sandbox, family: Family): Promise<void> {
  const isUnheld = unheldGateways(sandbox).some(([one]) => one === family);
  if (isUnheld) await passOn(sandbox, family);
}

async function passOn(sandbox: Sandbox, family: Family, from?: Endpoint): Promise<void> {
  try {
    await firstOf(sandbox.endpoints(), family)?.defaultRoutes.take(family, from);
  } catch (error) {
    if (!(error instanceof KernelError) || error.errnoName !== "EEXIST") throw error;
    await sandbox.findDefaultRoute(family); // somebody else's stands in its place
  }
}

function holderOf(sandbox: Sandbox, family: Family): Endpoint | undefined {
  return sandbox.endpoints().find((one) => one.defaultRoutes.families.includes(family));
}

/** The first of those with the highest priority. */
function firstOf(endpoints: readonly Endpoint[], family: Family): Endpoint | undefined {
  const able = endpoints.filter(({ network }) => gatewayOf(network, family) !== undefined);
  const highest = Math.max(...able.map(({ gatewayPriority }) => gatewayPriority));
  return able.find(({ gatewayPriority }) => gatewayPriority === highest);
}

/** @internal */
export function familyOf(address: string): Family {
  return address.includes(":") ? "inet6" : "inet";
}
