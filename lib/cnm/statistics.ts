import type { InterfaceStatistics } from "../drivers/contract.js";
import { CnmError } from "../errors.js";
import type { Endpoint } from "./endpoint.js";
import { operate } from "./failure.js";

/** What one interface of a sandbox has counted, and whose it is. */
export interface SandboxStatistics extends InterfaceStatistics {
  readonly ifname: string;
  readonly endpoint: { readonly id: string; readonly name: string };
  readonly network: { readonly id: string; readonly name: string };
}

/** @internal */
export function statisticsOf(endpoint: Endpoint): Promise<InterfaceStatistics> {
  const { id, name, network, joining } = endpoint;
  const operation = `get statistics of endpoint ${name}`;
  return operate(
    operation,
    async () => {
      if (joining === undefined) {
        throw new CnmError("ERR_CNM_CONFLICT", "it is joined to no sandbox; join it first");
      }
      const { sandbox, attached } = joining;
      if (attached.index === undefined) {
        throw new CnmError("ERR_CNM_UNSUPPORTED", "it has no interface, which could count");
      }
      const outside = await network.driven.statistics(id, attached.state);
      return outside ?? counters(await sandbox.namespace.links.statistics(attached.index));
    },
    { endpoint: name, id, network: network.name },
  );
}

/** Of those that are joined and have an interface, in the order of joining. @internal */
export async function statisticsOfAll(
  endpoints: readonly Endpoint[],
): Promise<readonly SandboxStatistics[]> {
  const all = await Promise.all(
    endpoints.map(async (endpoint) => {
      const { id, name, network, joining } = endpoint;
      const { ifname } = joining ?? {};
      if (joining === undefined || ifname === undefined) return [];
      try {
        return [
          {
            ifname,
            endpoint: { id, name },
            network: { id: network.id, name: network.name },
            ...(await statisticsOf(endpoint)),
          },
        ];
      } catch (error) {
        if (endpoint.joining === joining) throw error;
        return []; // it has left meanwhile
      }
    }),
  );
  return all.flat();
}

function counters(all: InterfaceStatistics): InterfaceStatistics {
  const { rxBytes, txBytes, rxPackets, txPackets, rxErrors, txErrors, rxDropped, txDropped } = all;
  return { rxBytes, txBytes, rxPackets, txPackets, rxErrors, txErrors, rxDropped, txDropped };
}
