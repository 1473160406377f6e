import { isDeepStrictEqual } from "node:util";
import type { Decoded } from "../../native.js";
import type { Change, OneByOne, Read, Reader } from "./kind.js";
import type { AnyEventKind } from "./kinds.js";

/** What has come in, as native/ns/monitors.h writes it. @internal */
export interface Told {
  readonly message: Decoded;
  readonly nsid?: number;
  readonly flags?: readonly string[];
}

type Group = Map<string, unknown>;

/** What a monitor knows of the objects of one kind. @internal */
export class Memory {
  readonly #kind: AnyEventKind;
  readonly #reader: Reader<unknown>;
  /** By namespace and group, then by key. */
  readonly #groups = new Map<string, Group>();

  constructor(kind: AnyEventKind) {
    this.#kind = kind;
    this.#reader = "reader" in kind ? kind.reader() : oneByOne(kind);
  }

  get kind(): AnyEventKind {
    return this.#kind;
  }

  /** The events that a message of the kernel is. */
  hear({ message, nsid, flags = [] }: Told): readonly object[] {
    const told = this.#reader.read(message, nsid, flags);
    return told.flatMap((one): readonly object[] => {
      if ("group" in one) return this.#forget(groupIn(nsid, one.group), nsid);
      return [this.#tell(one, nsid, flags)];
    });
  }

  /** The kernel had no room for some messages. */
  lost(): void {
    this.#reader.lost();
  }

  #tell(read: Read<unknown>, nsid: number | undefined, flags: readonly string[]): object {
    const kind = this.#kind;
    if (kind.dumps.length === 0) {
      const change = read.deleted ? "deleted" : flags.includes("create") ? "new" : "changed";
      return kind.event(read.value, { change, nsid });
    }
    const { value, deleted, known } = this.#update(read, nsid, flags.includes("replace"));
    const change = deleted ? "deleted" : known && read.fresh !== true ? "changed" : "new";
    return kind.event(value, { change, nsid });
  }

  /** @returns What there is now, and whether it was there before. */
  #update(read: Read<unknown>, nsid: number | undefined, replaces: boolean) {
    const kind = this.#kind;
    const groupName = groupIn(nsid, kind.group?.(read.value) ?? "");
    const group = this.#group(groupName);
    const key = kind.key(read.value);
    const { value, deleted } = kind.merge?.(read, group.get(key)) ?? read;
    let known = group.delete(key);
    if (replaces && kind.replaces !== undefined) {
      const start = kind.replaces(value);
      for (const other of group.keys()) {
        if (other.startsWith(start)) known = group.delete(other) || known;
      }
    }
    if (!deleted) group.set(key, value);
    else if (group.size === 0 || kind.owns?.(value) === true) this.#groups.delete(groupName);
    return { value, deleted, known };
  }

  #group(name: string): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const made: Group = new Map();
    this.#groups.set(name, made);
    return made;
  }

  #forget(name: string, nsid: number | undefined): readonly object[] {
    const group = this.#groups.get(name);
    this.#groups.delete(name);
    return [...(group?.values() ?? [])].map((value) =>
      this.#kind.event(value, { change: "deleted", nsid }),
    );
  }

  /** What has changed in the monitored namespace, by what is there now: first what is gone. */
  compare(dumped: readonly Decoded[]): readonly object[] {
    const kind = this.#kind;
    if (kind.dumps.length === 0) return [];
    const events: object[] = [];
    const tell = (value: unknown, change: Change) => {
      events.push(kind.event(value, { change, nsid: undefined }));
    };
    const now = this.#grouped(this.#reader.all(dumped));
    for (const [name, group] of this.#groups) {
      if (!name.startsWith(groupIn(undefined, ""))) continue;
      const there = now.get(name);
      const gone = [...group].filter(([key]) => there?.has(key) !== true);
      const all = gone.some(([, value]) => kind.owns?.(value) === true);
      for (const [key, value] of all ? [...group] : gone) {
        group.delete(key);
        tell(value, "deleted");
      }
      if (group.size === 0) this.#groups.delete(name);
    }
    for (const [name, there] of now) {
      const group = this.#group(name);
      for (const [key, value] of there) {
        const known = group.get(key);
        group.set(key, value);
        if (known === undefined) tell(value, "new");
        else if (!this.#same(known, value)) tell(value, "changed");
      }
    }
    return events;
  }

  #grouped(values: readonly unknown[]): ReadonlyMap<string, Group> {
    const kind = this.#kind;
    const groups = new Map<string, Group>();
    for (const value of values) {
      const name = groupIn(undefined, kind.group?.(value) ?? "");
      const group: Group = groups.get(name) ?? new Map<string, unknown>();
      groups.set(name, group.set(kind.key(value), value));
    }
    return groups;
  }

  #same(one: unknown, other: unknown): boolean {
    const kind = this.#kind;
    if (kind.comparable === undefined) return isDeepStrictEqual(one, other);
    return isDeepStrictEqual(kind.comparable(one), kind.comparable(other));
  }
}

/** Of kinds whose messages are an object each. */
function oneByOne(kind: AnyEventKind & OneByOne<unknown>): Reader<unknown> {
  return {
    read(message, _nsid, flags) {
      const value = kind.decode(message, flags);
      if (value === undefined) return [];
      return [{ value, deleted: kind.messages[message.type] === "deleted" }];
    },
    all(dumped) {
      const values = dumped.map((message) => kind.decode(message, undefined));
      return values.filter((value) => value !== undefined);
    },
    lost() {
      // nothing is half read
    },
  };
}

function groupIn(nsid: number | undefined, group: string): string {
  return `${nsid ?? ""} ${group}`;
}
