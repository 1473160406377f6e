import { randomUUID } from "node:crypto";

declare const brand: unique symbol;

/** 32 hexadecimal digits; any unique beginning of it finds the object. */
export type ControllerId = string & { readonly [brand]: "ControllerId" };
export type NetworkId = string & { readonly [brand]: "NetworkId" };
export type EndpointId = string & { readonly [brand]: "EndpointId" };
export type SandboxId = string & { readonly [brand]: "SandboxId" };

/** @internal */
export function newId(): string {
  return randomUUID().replaceAll("-", "");
}
