import { CnmError } from "../errors.js";
import type { DrivenNetwork } from "./driven-network.js";

/** How the interface is to be called. @internal */
export interface Naming {
  readonly ifname?: string | undefined;
  readonly ifnamePrefix?: string | undefined;
}

/** @throws {CnmError} `ERR_CNM_INVALID_OPTION` where it is both, or there is no interface. @internal */
export function assertNaming(driven: DrivenNetwork, naming: Naming, operation: string): void {
  for (const field of ["ifname", "ifnamePrefix"] as const) {
    if (naming[field] !== undefined) driven.assertInterfaces(field, operation);
  }
  if (naming.ifname === undefined || naming.ifnamePrefix === undefined) return;
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `${operation}: ifnamePrefix: ifname says the whole name; give one of the two`,
    { field: "ifnamePrefix" },
  );
}
