import { CnmError } from "../errors.js";
import type { Ipam } from "./contract.js";

/** The IPAM named `"null"`: for networks whose addresses are managed elsewhere. It keeps nothing. */
export function createNullIpam(): Ipam {
  return {
    name: "null",
    subnets: "none",
    requestPool: () => Promise.reject(hasNone()),
    releasePool: () => Promise.resolve(),
    requestAddress: (network, subnet) => Promise.reject(holdsNone(network, subnet)),
    releaseAddress: () => Promise.resolve(),
    restAddress: () => Promise.resolve(),
  };
}

function hasNone(): CnmError {
  const text = "subnet: networks of the IPAM null have no subnets";
  return new CnmError("ERR_CNM_INVALID_OPTION", text, { field: "subnet" });
}

function holdsNone(network: string, subnet: string): CnmError {
  return new CnmError("ERR_CNM_NOT_FOUND", `network ${network} has no subnet ${subnet}`, {
    network,
    subnet,
  });
}
