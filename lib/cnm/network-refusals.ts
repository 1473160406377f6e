import { CnmError, quote } from "../errors.js";

// Why a network does not do what it was asked for: the words, apart from the rules.

interface Named {
  readonly id: string;
  readonly name: string;
}

/** It holds options, and makes nothing. @internal */
export function isConfigOnly({ id, name }: Named, operation: string): CnmError {
  return new CnmError(
    "ERR_CNM_CONFLICT",
    `${operation}: it is config-only; create a network with configFrom: ${quote(name)}`,
    { network: name, id },
  );
}

/** Networks are there that were made from it. @internal */
export function isBorrowed({ id, name }: Named, networks: readonly string[]): CnmError {
  return new CnmError(
    "ERR_CNM_IN_USE",
    `delete network ${name}: ${networks.length} network(s) have its options: ${listed(networks)}; delete them first`,
    { network: name, id, networks },
  );
}

/** @internal */
export function hasWarmPool({ id, name }: Named): CnmError {
  return new CnmError(
    "ERR_CNM_IN_USE",
    `delete network ${name}: a warm pool is open on it; close it first`,
    { network: name, id },
  );
}

/** Those that are there; where there are none, one is being made. @internal */
export function hasEndpoints({ id, name }: Named, endpoints: readonly string[]): CnmError {
  return new CnmError(
    "ERR_CNM_IN_USE",
    endpoints.length === 0
      ? `delete network ${name}: an endpoint is being made just now`
      : `delete network ${name}: it has ${endpoints.length} endpoint(s): ${listed(endpoints)}; delete them first`,
    { network: name, id, endpoints },
  );
}

/** @internal */
export function isDeleted({ id, name }: Named, operation: string, field?: string): CnmError {
  return new CnmError("ERR_CNM_CLOSED", `${operation}: the network is deleted`, {
    network: name,
    id,
    ...(field !== undefined && { field }),
  });
}

/** @internal */
export function isAnothers({ id, name }: Named, operation: string, field: string): CnmError {
  return new CnmError(
    "ERR_CNM_CONFLICT",
    `${operation}: the network ${name} is another controller's`,
    { field, network: name, id },
  );
}

/** As many endpoints are joined as its driver can have. @internal */
export function isFull({ id, name }: Named, most: number): CnmError {
  return new CnmError(
    "ERR_CNM_NETWORK_FULL",
    `the network ${name} has ${most} joined endpoints, and takes no more; spread them over several networks`,
    { network: name, id },
  );
}

/** The first few of them. */
function listed(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(", ")} ...` : names.join(", ");
}
