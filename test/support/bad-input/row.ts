import type { Controller, Endpoint, Namespace, Network, Sandbox } from "#lib/index.js";

/** What the calls are made on, and what they name. */
export interface Scene {
  readonly cnm: Controller;
  readonly host: Namespace;
  /** 10.1.0.0/24 and fd00:1::/64, bridge `br-net`, auxiliary address 10.1.0.200. */
  readonly network: Network;
  /** Of the drivers `null` and `host`, and of the IPAM `null` with an MTU of 1000. */
  readonly none: Network;
  readonly shared: Network;
  readonly wire: Network;
  /** In `sandbox` as `eth0`, 10.1.0.2 and 02:00:00:00:00:01, `vhost` on the host. */
  readonly joined: Endpoint;
  /** On `network`, in none. */
  readonly idle: Endpoint;
  readonly sandbox: Sandbox;
  readonly empty: Sandbox;
  readonly deleted: {
    readonly network: Network;
    readonly endpoint: Endpoint;
    readonly sandbox: Sandbox;
  };
  readonly other: {
    readonly network: Network;
    readonly endpoint: Endpoint;
    readonly sandbox: Sandbox;
  };
}

/** What is wrong; the words of the call, or the last of them alone; how it is refused, and for which. */
export type Row = readonly [
  what: string,
  words: Words | ((scene: Scene) => Words),
  code: string,
  field: string,
];

type Words = readonly unknown[];

/** Words that nobody is given in place of that type. */
export function typed(
  field: string,
  words: (value: unknown) => Row[1],
  ...values: readonly unknown[]
): readonly Row[] {
  return values.map((value): Row => [`${field}: ${said(value)}`, words(value), typeCode, field]);
}

/** Text that is no name. */
export function names(field: string, words: (value: unknown) => Row[1]): readonly Row[] {
  const bad = ["", "a b", "a/b", "-a", "localhost", "10.0.0.1", "n".repeat(64)];
  return bad.map((value) => [`${field}: ${said(value)}`, words(value), nameCode, field]);
}

/** Text that is no name of an interface. */
export function ifnames(field: string, words: (value: unknown) => Row[1]): readonly Row[] {
  const bad = ["", ".", "..", "a/b", "a b", "a%d", "all", "default", "e".repeat(16)];
  return bad.map((value) => [`${field}: ${said(value)}`, words(value), nameCode, field]);
}

export function paths(field: string, words: (value: unknown) => Row[1]): readonly Row[] {
  const bad = ["", "run/here", "./x", "/run/a\0b"];
  return bad.map((value) => [`${field}: ${said(value)}`, words(value), optionCode, field]);
}

export const typeCode = "ERR_INVALID_ARG_TYPE";
export const optionCode = "ERR_CNM_INVALID_OPTION";
export const nameCode = "ERR_CNM_INVALID_NAME";
export const addressCode = "ERR_CNM_INVALID_ADDRESS";
export const conflictCode = "ERR_CNM_CONFLICT";

function said(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 20));
  if (typeof value === "object" && value !== null) return `a ${value.constructor.name}`;
  return typeof value === "function" ? "a function" : String(value);
}
