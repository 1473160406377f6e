import { isDeepStrictEqual } from "node:util";
import type { Decoded } from "../../native.js";
import type { Change } from "./kind.js";
import type { AnyEventKind } from "./kinds.js";

/** What has come in, as native/ns/monitors.h writes it. @internal */
export interface Told {
  readonly message: Decoded;
  readonly nsid?: number;
  readonly flags?: readonly string[];
}

/** What a monitor knows of the objects of one kind. @internal */
export class Memory {
  readonly #kind: AnyEventKind;
  readonly #seen = new Map<string, unknown>();

  constructor(kind: AnyEventKind) {
    this.#kind = kind;
  }

  get kind(): AnyEventKind {
    return this.#kind;
  }

  /** The event that a message of the kernel is. */
  hear({ message, nsid, flags = [] }: Told): object | undefined {
    const kind = this.#kind;
    const value = kind.decode(message);
    if (value === undefined) return undefined;
    const deleted = kind.messages[message.type] === "deleted";
    const known = this.#update(value, deleted, nsid, flags.includes("replace"));
    const change = deleted ? "deleted" : known ? "changed" : "new";
    if (kind.dumps.length > 0) return kind.event(value, { change, nsid });
    return kind.event(value, {
      change: deleted || flags.includes("create") ? change : "changed",
      nsid,
    });
  }

  /** @returns Whether it was there before. */
  #update(value: unknown, deleted: boolean, nsid: number | undefined, replaces: boolean): boolean {
    const kind = this.#kind;
    if (kind.dumps.length === 0) return false;
    const key = keyIn(nsid, kind.key(value));
    let known = this.#seen.delete(key);
    if (replaces && kind.replaces !== undefined) {
      const start = keyIn(nsid, kind.replaces(value));
      for (const other of this.#seen.keys()) {
        if (other.startsWith(start)) known = this.#seen.delete(other) || known;
      }
    }
    if (!deleted) this.#seen.set(key, value);
    return known;
  }

  /** What has changed in the monitored namespace, by what is there now. */
  compare(dumped: readonly Decoded[]): readonly object[] {
    const kind = this.#kind;
    const events: object[] = [];
    const tell = (value: unknown, change: Change) => {
      events.push(kind.event(value, { change, nsid: undefined }));
    };
    const gone = new Set([...this.#seen.keys()].filter((key) => key.startsWith(" ")));
    for (const message of dumped) {
      const value = kind.decode(message);
      if (value === undefined) continue;
      const key = keyIn(undefined, kind.key(value));
      const known = this.#seen.get(key);
      this.#seen.set(key, value);
      gone.delete(key);
      if (known === undefined) tell(value, "new");
      else if (!this.#same(known, value)) tell(value, "changed");
    }
    for (const key of gone) {
      tell(this.#seen.get(key), "deleted");
      this.#seen.delete(key);
    }
    return events;
  }

  #same(one: unknown, other: unknown): boolean {
    const kind = this.#kind;
    if (kind.comparable === undefined) return isDeepStrictEqual(one, other);
    return isDeepStrictEqual(kind.comparable(one), kind.comparable(other));
  }
}

function keyIn(nsid: number | undefined, key: string): string {
  return `${nsid ?? ""} ${key}`;
}
