import { CnmError } from "../errors.js";

// Why a sandbox does not do what it was asked for: the words, apart from the rules.

interface Named {
  readonly id: string;
  readonly name: string;
}

/** @internal */
export function isDeleted({ id, name }: Named, operation: string, field?: string): CnmError {
  return new CnmError("ERR_CNM_CLOSED", `${operation}: the sandbox ${name} is deleted`, {
    sandbox: name,
    id,
    ...(field !== undefined && { field }),
  });
}

/** @internal */
export function isAnothers({ id, name }: Named, operation: string, field: string): CnmError {
  return new CnmError(
    "ERR_CNM_CONFLICT",
    `${operation}: the sandbox ${name} is another controller's; adopt it by its path`,
    { field, sandbox: name, id },
  );
}

/** It has an interface of that name. @internal */
export function hasIfname({ name }: Named, ifname: string): CnmError {
  return new CnmError(
    "ERR_CNM_CONFLICT",
    `ifname: the sandbox ${name} has an interface ${ifname} already`,
    { field: "ifname", sandbox: name, ifname },
  );
}
