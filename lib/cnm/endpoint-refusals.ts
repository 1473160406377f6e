import { CnmError } from "../errors.js";

// Why an endpoint does not do what it was asked for: the words, apart from the rules.

interface Named {
  readonly id: string;
  readonly name: string;
}

/** @internal */
export function isDeleted({ id, name }: Named, operation: string): CnmError {
  return new CnmError("ERR_CNM_CLOSED", `${operation}: the endpoint ${name} is deleted`, {
    endpoint: name,
    id,
  });
}

/** @internal */
export function isAnothers({ id, name }: Named, operation: string, field: string): CnmError {
  return new CnmError(
    "ERR_CNM_CONFLICT",
    `${operation}: the endpoint ${name} is another controller's`,
    { field, endpoint: name, id },
  );
}

/** It is in a sandbox, or on its way into one. @internal */
export function isJoined(
  { name }: Named,
  operation: string,
  wanted: Named,
  there: Named,
): CnmError {
  return new CnmError(
    "ERR_CNM_CONFLICT",
    `${operation}: it is joined to the sandbox ${there.name} already; leave it first`,
    { endpoint: name, sandbox: wanted.name, joined: there.name },
  );
}

/** @internal */
export function isLeaving(
  { name }: Named,
  operation: string,
  wanted: Named,
  there: Named | undefined,
): CnmError {
  return new CnmError("ERR_CNM_CONFLICT", `${operation}: it is leaving just now`, {
    endpoint: name,
    sandbox: wanted.name,
    joined: there?.name,
  });
}
