import type { Decoded, Message } from "../../native.js";
import { readElements, type ElementInfo } from "../nft/elements.js";
import { definitionOf, setInfo, type NftSetInfo } from "../nft/listing.js";
import type { ChangeEvent, EventKind, GroupGone, Read, Reader } from "./kind.js";
import { changesOf, dumpOf, tableKey } from "./nftables.js";

/**
 * An element was added to a set or map, changed (its timeout), or removed, also because its set was.
 * The kernel says nothing of elements that packets add, and of those whose time is over.
 */
export interface NftElementEvent extends ChangeEvent {
  readonly kind: "nftElement";
  /** What it is an element of. */
  readonly set: NftSetInfo;
  readonly element: ElementInfo;
}

interface KnownSet {
  readonly info: NftSetInfo;
  readonly definition: ReturnType<typeof definitionOf>;
  /** Another for one that was made anew, and in a table that was. */
  readonly identity: string;
  /** An interval is two elements of the kernel's, its beginning and what is behind its end. */
  readonly isTree: boolean;
}

interface Value {
  readonly set: KnownSet;
  readonly element: ElementInfo;
}

/** Of one set, one after another. */
interface Run {
  readonly set: KnownSet;
  readonly deleted: boolean;
  readonly elements: readonly unknown[];
}

const isDeleted = ({ type }: Decoded) => !type.startsWith("NFT_MSG_NEW");

const elementsOf = ({ attributes }: Decoded) =>
  (attributes["elements"] ?? []) as readonly unknown[];

/** The sets of one namespace, by their names. */
class Sets {
  readonly #sets = new Map<string, KnownSet>();
  readonly #tables = new Map<string, number>();

  /** A message about a table or set; returns the set that it is the end of. */
  learn(message: Decoded): KnownSet | undefined {
    const { type, header, attributes } = message;
    const family = header["family"] as string;
    if (type.endsWith("TABLE")) {
      const key = tableKey(family, attributes["name"] as string);
      if (isDeleted(message)) this.#tables.delete(key);
      else this.#tables.set(key, attributes["handle"] as number);
      return undefined;
    }
    const key = nameOf(family, attributes["table"], attributes["name"]);
    const known = this.#sets.get(key);
    if (isDeleted(message)) this.#sets.delete(key);
    else this.#sets.set(key, this.#known(message));
    return isDeleted(message) ? known : undefined;
  }

  #known(message: Decoded): KnownSet {
    const info = setInfo(message);
    const definition = definitionOf(message);
    const table = tableKey(info.family, info.table);
    const identity = `${table} ${this.#tables.get(table) ?? ""} ${info.handle}`;
    const isTree = definition.interval && definition.keys.length === 1;
    return { info, definition, identity, isTree };
  }

  /** The set of a message with elements. */
  of({ header, attributes }: Decoded): KnownSet | undefined {
    return this.#sets.get(nameOf(header["family"], attributes["table"], attributes["set"]));
  }
}

const nameOf = (...parts: readonly unknown[]) => JSON.stringify(parts);

/** Turns a stream of messages into elements. */
class ElementReader implements Reader<Value> {
  #sets = new Map<number | undefined, Sets>();
  #runs = new Map<number | undefined, Run & { readonly elements: unknown[] }>();

  read(message: Decoded, nsid: number | undefined): readonly (Read<Value> | GroupGone)[] {
    const sets = this.#setsIn(nsid);
    if (!message.type.endsWith("SETELEM")) {
      const ended = this.#endRun(nsid);
      if (message.type === "NFT_MSG_NEWGEN") return ended;
      const gone = sets.learn(message);
      return gone === undefined ? ended : [...ended, { group: gone.identity }];
    }
    const set = sets.of(message);
    if (set === undefined) return this.#endRun(nsid); // made before we listened there
    const deleted = isDeleted(message);
    const elements = elementsOf(message);
    if (!set.isTree) return [...this.#endRun(nsid), ...valuesOf({ set, deleted, elements })];
    const run = this.#runs.get(nsid);
    if (run?.set === set && run.deleted === deleted) {
      run.elements.push(...elements);
      return [];
    }
    const ended = this.#endRun(nsid);
    this.#runs.set(nsid, { set, deleted, elements: [...elements] });
    return ended;
  }

  all(dumped: readonly Decoded[]): readonly Value[] {
    const sets = new Sets();
    const parts = new Map<KnownSet, unknown[]>();
    for (const message of dumped) {
      if (!message.type.endsWith("SETELEM")) {
        sets.learn(message);
        continue;
      }
      const set = sets.of(message);
      if (set === undefined) continue;
      const elements = parts.get(set) ?? [];
      for (const element of elementsOf(message)) elements.push(element);
      parts.set(set, elements);
    }
    this.#sets.set(undefined, sets);
    return [...parts].flatMap(([set, elements]) =>
      valuesOf({ set, deleted: false, elements }).map(({ value }) => value),
    );
  }

  lost(): void {
    this.#runs.clear(); // an interval without its end would seem to be one without end
  }

  #setsIn(nsid: number | undefined): Sets {
    const known = this.#sets.get(nsid);
    if (known !== undefined) return known;
    const made = new Sets();
    this.#sets.set(nsid, made);
    return made;
  }

  #endRun(nsid: number | undefined): readonly Read<Value>[] {
    const run = this.#runs.get(nsid);
    this.#runs.delete(nsid);
    return run === undefined ? [] : valuesOf(run);
  }
}

function valuesOf({ set, deleted, elements }: Run): readonly Read<Value>[] {
  return readElements(set.definition, elements).map((element) => ({
    value: { set, element },
    deleted,
    // The kernel changes nothing but timeouts: any other was not there before, though our own look,
    // which takes longer than one job, may have seen it.
    fresh: element.timeoutMs === undefined,
  }));
}

/** @internal */
export const nftElements: EventKind<Value, NftElementEvent> = {
  groups: ["NFNLGRP_NFTABLES"],
  messages: {
    ...changesOf("TABLE"),
    ...changesOf("SET"),
    ...changesOf("SETELEM"),
    NFT_MSG_NEWGEN: "set", // the end of a transaction
  },
  dumps: [dumpOf("TABLE"), dumpOf("SET")],
  more: (dumped) =>
    dumped.flatMap(({ type, header, attributes: { table, name } }): readonly Message[] =>
      type === "NFT_MSG_NEWSET"
        ? [
            {
              type: "NFT_MSG_GETSETELEM",
              flags: ["dump"],
              header: { family: header["family"] as string },
              attributes: { table: table as string, set: name as string },
            },
          ]
        : [],
    ),
  reader: () => new ElementReader(),
  group: ({ set }) => set.identity,
  key: ({ element }) => JSON.stringify(element.key),
  comparable: ({ element: { value, timeoutMs, comment } }) =>
    JSON.stringify([value, timeoutMs, comment]),
  event: ({ set, element }, about) => ({ kind: "nftElement", ...about, set: set.info, element }),
};
