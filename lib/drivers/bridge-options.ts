import { CnmError } from "../errors.js";
import { check } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { boolean, ifname, integer, oneOf } from "../util/schemas.js";
import type { DriverState, NetworkSpec } from "./contract.js";

/** Options of `createNetwork` that are the bridge driver's own. */
export interface BridgeNetworkOptions {
  /**
   * Name of the bridge on the host. One that is there already is used as it is: its addresses stay
   * as they are, and it is not deleted with the network. Default: `br-` and the network's id.
   */
  readonly bridge?: string;
  /** Its endpoints reach the host, and what else is a port of the bridge, but not each other. */
  readonly isolateEndpoints?: boolean;
  /** `"unmanaged"`: the bridge has to be there already, and is used as it is. Default: `"managed"`. */
  readonly mode?: "managed" | "unmanaged";
  /** The bridge keeps VLANs apart, and endpoints may be given one. */
  readonly vlanFiltering?: boolean;
}

/** Options of `createEndpoint` that are the bridge driver's own. */
export interface BridgeEndpointOptions {
  /** 1 to 4094: what it sends and gets is of this VLAN on the bridge, and untagged in the sandbox. */
  readonly vlan?: number;
}

/** As they are stored; older versions knew the first alone. */
export interface Options {
  readonly bridge: string | null;
  readonly isolateEndpoints?: boolean;
  readonly unmanaged?: boolean;
  readonly vlanFiltering?: boolean;
}

const networkOptions = options({
  bridge: optional(ifname()),
  isolateEndpoints: optional(boolean()),
  mode: optional(oneOf("managed", "unmanaged")),
  vlanFiltering: optional(boolean()),
});

const endpointOptions = options({ vlan: optional(integer(1, 4094)) });

export const networkOptionNames = ["bridge", "isolateEndpoints", "mode", "vlanFiltering"] as const;

export const endpointOptionNames = ["vlan"] as const;

/** @throws {CnmError} `ERR_CNM_INVALID_OPTION`. */
export function checkNetworkOptions(given: Readonly<Record<string, unknown>>): DriverState {
  const checked = check(networkOptions, given, "create network");
  const { bridge, isolateEndpoints = false, mode = "managed", vlanFiltering = false } = checked;
  if (mode === "unmanaged" && bridge === undefined) {
    throw invalid("create network", "bridge", 'is to say which one, with mode: "unmanaged"');
  }
  return {
    bridge: bridge ?? null,
    ...(isolateEndpoints && { isolateEndpoints }),
    ...(mode === "unmanaged" && { unmanaged: true }),
    ...(vlanFiltering && { vlanFiltering }),
  };
}

/** @throws {CnmError} `ERR_CNM_INVALID_OPTION` for a VLAN on a bridge that does not know any. */
export function checkEndpointOptions(
  given: Readonly<Record<string, unknown>>,
  filtersVlans: boolean,
): DriverState {
  const { vlan } = check(endpointOptions, given, "create endpoint");
  if (vlan === undefined) return null;
  if (filtersVlans) return { vlan };
  const text = "the network's bridge keeps no VLANs apart; make it with vlanFiltering: true";
  throw invalid("create endpoint", "vlan", text);
}

export function optionsOf(network: NetworkSpec): Options {
  return network.options as unknown as Options;
}

function invalid(operation: string, field: string, text: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_OPTION", `${operation}: ${field}: ${text}`, { field });
}
