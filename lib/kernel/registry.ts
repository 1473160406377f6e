import type { Channel } from "./channel.js";
import type { Namespace } from "./namespace.js";

// A namespace's channel is nobody's business but the kernel layer's: it is not a property.
const channels = new WeakMap<Namespace, Channel>();

/** @internal */
export function registerChannel(namespace: Namespace, channel: Channel): void {
  channels.set(namespace, channel);
}

/** @internal */
export function isNamespace(value: unknown): boolean {
  return channels.has(value as Namespace);
}

/** @internal */
export function channelOf(namespace: Namespace): Channel {
  const channel = channels.get(namespace);
  if (channel === undefined) throw new TypeError("not a Namespace");
  return channel;
}
