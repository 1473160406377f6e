import { invalidArgType } from "../errors.js";
import type { Channel } from "./channel.js";
import type { Namespace } from "./namespace.js";

/** The property of a {@link Namespace} that leads to its channel: the kernel layer's alone. @internal */
export const channelKey = Symbol("channel");

/** @internal */
export function isNamespace(value: unknown): value is Namespace {
  return typeof value === "object" && value !== null && channelKey in value;
}

/** @internal */
export function channelOf(namespace: Namespace): Channel {
  if (isNamespace(namespace)) return namespace[channelKey];
  throw invalidArgType("namespace", "Namespace", namespace);
}
