import type { Attached, Driver, DriverState } from "../drivers/contract.js";
import { CnmError } from "../errors.js";
import { check, copyOf, wrongType, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { integer, string } from "../util/schemas.js";
import type { EndpointOptions } from "./endpoint-types.js";

type Given = { readonly [K in keyof EndpointOptions]?: EndpointOptions[K] | undefined };

/**
 * Refuses options of what the driver does not make: nothing would come of them.
 *
 * @throws {CnmError} `ERR_CNM_INVALID_OPTION`. @internal
 */
export function refuseUnmade(driver: Driver, given: Given, operation: string): void {
  const { addresses = [], mac, hostIfname } = given;
  if (driver.subnets === "none" && addresses.length > 0) {
    const why = `networks of the driver ${driver.name} have no subnets`;
    throw unmade(operation, "addresses", why);
  }
  if (mac !== undefined) refuseForInterface(driver, "mac", operation);
  if (hostIfname !== undefined) refuseForInterface(driver, "hostIfname", operation);
  for (const field of ofInterface) {
    if (given[field] !== undefined) refuseForInterface(driver, field, operation);
  }
}

const ofInterface = ["linkLocalAddresses", "mtu", "routes", "sysctls"] as const;

/** @throws {CnmError} `ERR_CNM_INVALID_OPTION` where the driver makes no interfaces. @internal */
export function refuseForInterface(driver: Driver, field: string, operation: string): void {
  if (driver.interfaces !== "none") return;
  throw unmade(operation, field, `the driver ${driver.name} makes no interfaces`);
}

function unmade(operation: string, field: string, why: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_OPTION", `${operation}: ${field}: ${why}; leave it out`, {
    field,
  });
}

const stateType: Type<DriverState> = {
  parse(value) {
    if (value === undefined) throw wrongType("a JSON value", value);
    return copyOf(value) as DriverState;
  },
};
const index = integer(1, 0x7fff_ffff);
const mtu = integer(0, 0xffff_ffff);
const rest = { hostIfname: optional(string()), state: stateType };
const withInterface = options({ index, mtu, ...rest });
const withoutInterface = options({ index: optional(index), mtu: optional(mtu), ...rest });

/** @throws {TypeError} `ERR_INVALID_ARG_TYPE` for what the store could not keep. @internal */
export function checkState(driver: Driver, returned: DriverState): DriverState {
  return check(stateType, returned, `driver ${driver.name}`, "state");
}

/**
 * What a driver has returned, which may be the embedder's and anything.
 *
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`. @internal
 */
export function checkAttached(driver: Driver, returned: Attached): Attached {
  const type: Type<object> = driver.interfaces === "none" ? withoutInterface : withInterface;
  return check(type, returned, `driver ${driver.name}`, "attached") as Attached;
}
