import type { Decoded, Message } from "../../native.js";

/**
 * What became of an object, measured by what the monitor knew of it: `"new"` is what it had not
 * seen before.
 */
export type Change = "new" | "changed" | "deleted";

/** What every event about an object says. */
export interface ChangeEvent {
  readonly change: Change;
  /**
   * The id of the namespace that it happened in, as the monitored one knows it; `undefined` for the
   * monitored one itself. Source: NETLINK_LISTEN_ALL_NSID.
   */
  readonly nsid: number | undefined;
}

/**
 * One kind of event. To add one: a file with this, a line in kinds.ts, its event type in netlink.ts.
 * @internal
 */
export interface EventKind<T, E extends object> {
  /** Multicast groups, by the names that native/codec/groups.cc has. */
  readonly groups: readonly string[];
  /** Message types that come: `"deleted"` or anything else. */
  readonly messages: Readonly<Record<string, "set" | "deleted">>;
  /**
   * What asks for all there is, so that the monitor can tell new from changed, and find out what it
   * missed. Where there is none, nothing is remembered, and the kernel's flags tell.
   */
  readonly dumps: readonly Message[];
  /** `undefined` for what is no such object after all. */
  decode(message: Decoded): T | undefined;
  /** Names the object among all of its kind in one namespace. */
  key(value: T): string;
  /** What the keys of objects begin with that this one takes the place of (NLM_F_REPLACE). */
  replaces?(value: T): string;
  /** Without what changes all the time and makes no event of its own. */
  comparable?(value: T): unknown;
  event(value: T, about: ChangeEvent): E;
}
