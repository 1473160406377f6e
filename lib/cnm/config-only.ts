import type { Driver, DriverState } from "../drivers/contract.js";
import { CnmError, phrase, within } from "../errors.js";
import { check } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { boolean, string } from "../util/schemas.js";
import type { Core } from "./core.js";
import type { Network } from "./network.js";

// A config-only network makes nothing: it holds options for networks that are made from it.

/** The options that a config-only network holds: plain JSON. @internal */
export type HeldOptions = Readonly<Record<string, DriverState>>;

/** What a network that takes its options from another may be given itself. @internal */
const ownOfTaker: readonly string[] = ["configFrom", "configOnly", "driver", "internal", "signal"];

const configFrom = options({ configFrom: optional(string()), configOnly: optional(boolean()) });

/**
 * The config-only network that the options name, and the options with those that it holds.
 *
 * @throws {CnmError} `ERR_CNM_NOT_FOUND`, `ERR_CNM_CONFLICT` where it is an ordinary network,
 *   `ERR_CNM_INVALID_OPTION` for options beside it.
 * @internal
 */
export function withConfig(
  core: Core,
  given: Readonly<Record<string, unknown>>,
): { readonly options: Readonly<Record<string, unknown>>; readonly config: Network | undefined } {
  const named = {
    ...("configFrom" in given && { configFrom: given["configFrom"] }),
    ...("configOnly" in given && { configOnly: given["configOnly"] }),
  };
  const { configFrom: from, configOnly = false } = check(configFrom, named, "create network");
  if (configOnly) refuseOfConfig(given);
  if (from === undefined) return { options: given, config: undefined };
  const config = find(core, from);
  const beside = Object.keys(given).find(
    (key) => !ownOfTaker.includes(key) && given[key] !== undefined,
  );
  if (beside !== undefined) {
    throw invalid(beside, `comes from the network ${config.name}; give it to that one`);
  }
  return { options: { ...config.held, labels: config.labels, ...given }, config };
}

function refuseOfConfig(given: Readonly<Record<string, unknown>>): void {
  if (given["configFrom"] !== undefined) {
    throw invalid("configFrom", "a config-only network takes no options from another one");
  }
  if (given["internal"] !== undefined) {
    throw invalid("internal", "is not for a config-only network: give it to those made from it");
  }
}

function find({ networks }: Core, reference: string): Network {
  try {
    const config = networks.find(reference);
    if (config.configOnly) return config;
    throw new CnmError("ERR_CNM_CONFLICT", `the network ${config.name} is not config-only`, {
      network: config.name,
      id: config.id,
    });
  } catch (error) {
    throw phrase("create network", within("configFrom", error));
  }
}

function invalid(field: string, text: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_OPTION", `create network: ${field}: ${text}`, { field });
}

/** In place of the driver: there is nothing to make, and nothing that could be wrong. @internal */
export function makesNothing(driver: Driver): Driver {
  const { name, optionNames } = driver;
  const refuse = () => Promise.reject(new Error(`the network of ${name} is config-only`));
  return {
    name,
    optionNames,
    checkOptions: (given) => driver.checkOptions(given),
    ownLinks: () => [],
    createNetwork: () => Promise.resolve(null),
    deleteNetwork: () => Promise.resolve(),
    join: refuse,
    leave: () => Promise.resolve(),
    checkNetwork: () => Promise.resolve({ is: "good" }),
    mendNetwork: (_host, _network, state) => Promise.resolve(state),
    checkEndpoint: () => ({ is: "good" }),
    mendEndpoint: () => Promise.resolve(),
  };
}
