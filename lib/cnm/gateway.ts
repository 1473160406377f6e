import type { Family } from "../net/ip.js";
import { collect } from "./failure.js";
import type { Network } from "./network.js";
import type { Sandbox } from "./sandbox.js";

// One endpoint of a sandbox has the default route of a family: the first that joined whose network
// has a gateway. It keeps it until it leaves; then it goes to the next in the order of joining.

/** The gateway of a family that a network offers. @internal */
export function gatewayOf(network: Network, family: Family): string | undefined {
  if (network.internal || !network.makesInterfaces) return undefined;
  const of6 = family === "inet6";
  return network.subnets.find(({ subnet, gateway }) => gateway && subnet.includes(":") === of6)
    ?.gateway;
}

/**
 * The gateways that a newcomer is to route through.
 *
 * @param promised Those of who is to come before it.
 * @internal
 */
export function electGateways(
  sandbox: Sandbox,
  network: Network,
  promised: readonly string[] = [],
): readonly string[] {
  const taken = promised.map(familyOf);
  const gateways = (["inet", "inet6"] as const).map((family) =>
    taken.includes(family) || sandbox.hasDefaultRoute(family)
      ? undefined
      : gatewayOf(network, family),
  );
  return gateways.filter((gateway) => gateway !== undefined);
}

/** An endpoint has left with these: the next in line take over. @internal */
export async function passOnGateways(sandbox: Sandbox, lost: readonly string[]): Promise<void> {
  const families = lost.map(familyOf);
  await collect(
    "pass on default route",
    families.map((family) => () => {
      const heir = sandbox.endpoints().find(({ network }) => gatewayOf(network, family));
      return heir?.takeDefaultRoute(family);
    }),
  );
}

/** @internal */
export function familyOf(address: string): Family {
  return address.includes(":") ? "inet6" : "inet";
}
