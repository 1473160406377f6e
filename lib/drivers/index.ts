import { bridgeDriver } from "./bridge.js";
import type { Driver } from "./contract.js";
import { hostDriver } from "./host.js";
import { nullDriver } from "./null.js";

export type { BridgeEndpointOptions, BridgeNetworkOptions } from "./bridge-options.js";

/** The drivers that come with the library, one line each, in alphabetical order. */
export const drivers: readonly Driver[] = [bridgeDriver, hostDriver, nullDriver];
