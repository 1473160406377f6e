import { CnmError, invalidArgType } from "../errors.js";
import type { Family } from "../net/ip.js";
import { check } from "../util/check.js";
import { Endpoint } from "./endpoint.js";
import { familyOf } from "./gateway.js";
import { familySchema } from "./options.js";

/**
 * The endpoint's address without its prefix length: `"10.90.0.2"`.
 *
 * @param family Default: IPv4 where it has one, else IPv6.
 * @throws {CnmError} `ERR_CNM_NOT_FOUND` where it has none of that family.
 */
export function ipOf(endpoint: Endpoint, family?: Family): string {
  if (!(endpoint instanceof Endpoint)) throw invalidArgType("endpoint", "Endpoint", endpoint);
  if (family !== undefined) check(familySchema, family, "ipOf", "family");
  const found = endpoint.addresses.find((one) => family === undefined || familyOf(one) === family);
  if (found !== undefined) return found.slice(0, found.indexOf("/"));
  throw new CnmError(
    "ERR_CNM_NOT_FOUND",
    `the endpoint ${endpoint.name} has no ${family === "inet6" ? "IPv6" : "IPv4"} address`,
    { endpoint: endpoint.name },
  );
}
