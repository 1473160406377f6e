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
export type EventKind<T, E extends object> = CommonKind<T, E> & (OneByOne<T> | InRows<T>);

interface CommonKind<T, E extends object> {
  /** Multicast groups, by the names that native/codec/groups.cc has. */
  readonly groups: readonly string[];
  /** Message types that come: `"deleted"` or anything else. */
  readonly messages: Readonly<Record<string, "set" | "deleted">>;
  /**
   * What asks for all there is, so that the monitor can tell new from changed, and find out what it
   * missed. Where there is none, nothing is remembered, and the kernel's flags tell. Without the
   * flag `"dump"`, a request.
   */
  readonly dumps: readonly Message[];
  /** What else has to be dumped, by what was; what is not there any more has nothing in it. */
  more?(dumped: readonly Decoded[]): readonly Message[];
  /** Names the object among all of its group in one namespace. */
  key(value: T): string;
  /** What it belongs to, and goes with. Where this is left out, all are of one group. */
  group?(value: T): string;
  /** Whether all of its group goes with it. */
  owns?(value: T): boolean;
  /** What the keys of objects begin with that this one takes the place of (NLM_F_REPLACE). */
  replaces?(value: T): string;
  /** What there is now, where a message says only a part of it. */
  merge?(read: Read<T>, known: T | undefined): Read<T>;
  /** Without what changes all the time and makes no event of its own. */
  comparable?(value: T): unknown;
  event(value: T, about: ChangeEvent): E;
}

/** @internal */
export interface OneByOne<T> {
  /**
   * `undefined` for what is no such object after all.
   *
   * @param flags Of an event; `undefined` where it answers one of `dumps`.
   */
  decode(message: Decoded, flags: readonly string[] | undefined): T | undefined;
}

interface InRows<T> {
  /** Reads messages that make sense only one after another. */
  reader(): Reader<T>;
}

/** What a message says of an object. @internal */
export interface Read<T> {
  readonly value: T;
  readonly deleted: boolean;
  /** It was not there before, whatever was remembered. */
  readonly fresh?: boolean;
}

/** All of that group is gone. @internal */
export interface GroupGone {
  readonly group: string;
}

/** Of one monitor. @internal */
export interface Reader<T> {
  read(
    message: Decoded,
    nsid: number | undefined,
    flags: readonly string[],
  ): readonly (Read<T> | GroupGone)[];
  /** Of all that was dumped, in the monitored namespace. */
  all(dumped: readonly Decoded[]): readonly T[];
  /** Messages were lost: what is half read stays so. */
  lost(): void;
}
