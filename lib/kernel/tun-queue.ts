import { check, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { boolean, ifname, oneOf } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { tunFraming, type TunFraming } from "./link/tun.js";

/** A queue of a tun or tap to open. What it says of framing holds for the link from then on. */
export interface TunQueueSpec extends TunFraming {
  /** IP packets, or frames of Ethernet. */
  readonly type: "tun" | "tap";
  /** Of a link that is there, or is made; chosen by the kernel where it is left out. */
  readonly name?: string;
  /** Reading waits for a packet, and holds a thread for it. Default: false, EAGAIN. */
  readonly blocking?: boolean;
}

/** A queue that the caller owns: each read takes one packet, each write gives one. */
export interface OpenTun {
  readonly fd: number;
  /** Of the link. */
  readonly name: string;
}

const queueSpec: Type<TunQueueSpec> = options({
  ...tunFraming,
  type: oneOf("tun", "tap"),
  name: optional(ifname()),
  blocking: optional(boolean()),
});

/** @internal `Namespace.openTun`. */
export async function openTun(channel: Channel, spec: TunQueueSpec): Promise<OpenTun> {
  const checked = check(queueSpec, spec, "open tun");
  const { type, name = "" } = checked;
  const operation = `open ${type} ${name}`.trimEnd();
  channel.assertOpen(operation);
  try {
    return (await channel.run([{ do: "tun", in: 0, ...checked }])).at(0) as OpenTun;
  } catch (error) {
    throw kernelFailure(operation, error, { link: name, namespace: channel.name });
  }
}
