import type { Decoded, Message } from "../../native.js";
import {
  chainInfo,
  flowtableInfo,
  objectInfo,
  ruleInfo,
  setInfo,
  tableInfo,
  type NftChainInfo,
  type NftFlowtableInfo,
  type NftObjectInfo,
  type NftRuleInfo,
  type NftSetInfo,
  type NftTableInfo,
} from "../nft/listing.js";
import type { ChangeEvent, EventKind, Read } from "./kind.js";

interface OfTable {
  readonly kind: "nftTable";
  readonly table: NftTableInfo;
}
interface OfChain {
  readonly kind: "nftChain";
  readonly chain: NftChainInfo;
}
interface OfRule {
  readonly kind: "nftRule";
  readonly rule: NftRuleInfo;
  /** Where it was put, or the handle of the rule that it stands behind; `undefined` of a deleted one. */
  readonly place: "first" | "last" | number | undefined;
}
interface OfSet {
  readonly kind: "nftSet";
  readonly set: NftSetInfo;
}
interface OfObject {
  readonly kind: "nftObject";
  readonly object: NftObjectInfo;
}
interface OfFlowtable {
  readonly kind: "nftFlowtable";
  readonly flowtable: NftFlowtableInfo;
}
interface OfGeneration {
  readonly kind: "nftGeneration";
  /** What `ns.nft.generation()` gives from now on. */
  readonly generation: number;
  /**
   * Who committed: its id in the machine's first PID namespace, of the thread and not the process,
   * and what it is called (`"nft"`; `"vw-worker"` of this library). `undefined` where it was found
   * out by looking.
   */
  readonly process: { readonly pid: number; readonly name: string } | undefined;
}

/** A table was made, changed (dormant or not) or removed. */
export type NftTableEvent = ChangeEvent & OfTable;
/** A chain was made, changed (policy, name, devices) or removed. */
export type NftChainEvent = ChangeEvent & OfChain;
/** A rule was added or removed; one that is replaced is removed, and another added. */
export type NftRuleEvent = ChangeEvent & OfRule;
/** A set or map was made, changed (timeouts, size) or removed; those of rules (`__set0`) too. */
export type NftSetEvent = ChangeEvent & OfSet;
/** A counter, quota, limit ... with a name was made, changed or removed. */
export type NftObjectEvent = ChangeEvent & OfObject;
/** A flowtable was made, changed (devices) or removed. */
export type NftFlowtableEvent = ChangeEvent & OfFlowtable;
/** A transaction is over: all that it did was told before this. */
export type NftGenerationEvent = Pick<ChangeEvent, "nsid"> & OfGeneration;

/** What the option `nftables` asks for. */
export type NftEvent =
  | NftTableEvent
  | NftChainEvent
  | NftRuleEvent
  | NftSetEvent
  | NftObjectEvent
  | NftFlowtableEvent
  | NftGenerationEvent;

type Value = OfTable | OfChain | OfRule | OfSet | OfObject | OfFlowtable | OfGeneration;

/** DESTROY is how a deletion is told that was asked for that way (Linux 6.3). @internal */
export function changesOf(noun: string): Readonly<Record<string, "set" | "deleted">> {
  return {
    [`NFT_MSG_NEW${noun}`]: "set",
    [`NFT_MSG_DEL${noun}`]: "deleted",
    [`NFT_MSG_DESTROY${noun}`]: "deleted",
  };
}

const nouns = ["TABLE", "CHAIN", "SET", "OBJ", "FLOWTABLE", "RULE"] as const;

/** @internal */
export function dumpOf(noun: string): Message {
  return { type: `NFT_MSG_GET${noun}`, flags: ["dump"], header: { family: "unspec" } };
}

function decode(message: Decoded, flags: readonly string[] | undefined): Value | undefined {
  const { type, attributes } = message;
  switch (type.replace(/^NFT_MSG_(?:NEW|DEL|DESTROY)/, "")) {
    case "TABLE":
      return { kind: "nftTable", table: tableInfo(message) };
    case "CHAIN":
      return { kind: "nftChain", chain: chainInfo(message) };
    case "RULE": {
      const behind = attributes["position"] as number | undefined;
      const place = behind ?? (flags?.includes("append") === true ? "last" : "first");
      return { kind: "nftRule", rule: ruleInfo(message), place };
    }
    case "SET":
      return { kind: "nftSet", set: setInfo(message) };
    case "OBJ":
      return { kind: "nftObject", object: objectInfo(message) };
    case "FLOWTABLE":
      return { kind: "nftFlowtable", flowtable: flowtableInfo(message) };
    case "GEN":
      return generationOf(attributes, flags === undefined);
    default:
      return undefined;
  }
}

function generationOf(attributes: Decoded["attributes"], listed: boolean): OfGeneration {
  const { id, proc_pid, proc_name } = attributes as {
    id: number;
    proc_pid?: number;
    proc_name?: string;
  };
  // What is listed names whoever asks.
  const known = !listed && proc_pid !== undefined;
  const process = known ? { pid: proc_pid, name: proc_name ?? "" } : undefined;
  return { kind: "nftGeneration", generation: id, process };
}

function infoOf(value: Exclude<Value, OfGeneration>) {
  switch (value.kind) {
    case "nftTable":
      return value.table;
    case "nftChain":
      return value.chain;
    case "nftRule":
      return value.rule;
    case "nftSet":
      return value.set;
    case "nftObject":
      return value.object;
    case "nftFlowtable":
      return value.flowtable;
    default:
      return value satisfies never;
  }
}

/** Names a table of one namespace, as what belongs to it. @internal */
export function tableKey(family: string, table: string): string {
  return JSON.stringify([family, table]);
}

function group(value: Value): string {
  if (value.kind === "nftGeneration") return "";
  const info = infoOf(value);
  return tableKey(info.family, "table" in info ? info.table : info.name);
}

/**
 * What there is now. Since Linux 6.5 a deletion has little more than a name: the rest is what was
 * known. And devices that are given to a chain or flowtable, or taken from it, come without the
 * others: by a message that is otherwise that of its making, or of its end.
 */
function merge({ value, deleted }: Read<Value>, known: Value | undefined): Read<Value> {
  if (value.kind === "nftChain" && known?.kind === "nftChain") {
    const { devices, left } = devicesAfter(deleted, known.chain.devices, value.chain.devices);
    if (left && devices !== undefined) {
      const chain = { ...(deleted ? known : value).chain, devices };
      return { value: { kind: "nftChain", chain }, deleted: false };
    }
  }
  if (value.kind === "nftFlowtable" && known?.kind === "nftFlowtable") {
    const { flowtable } = deleted ? known : value;
    const { devices = [], left } = devicesAfter(
      deleted,
      known.flowtable.devices,
      value.flowtable.devices,
    );
    if (left) {
      return {
        value: { kind: "nftFlowtable", flowtable: { ...flowtable, devices } },
        deleted: false,
      };
    }
  }
  if (!deleted || known === undefined) return { value, deleted };
  return { value: known.kind === "nftRule" ? { ...known, place: undefined } : known, deleted };
}

function devicesAfter(
  deleted: boolean,
  known: readonly string[] = [],
  told: readonly string[] = [],
): { readonly devices: readonly string[] | undefined; readonly left: boolean } {
  if (!deleted) {
    const all = [...new Set([...known, ...told])];
    return { devices: all.length > 0 ? all : undefined, left: true };
  }
  const devices = known.filter((device) => !told.includes(device));
  // Before 6.5 the end of a chain names all its devices; since then it names none.
  return { devices, left: told.length > 0 && devices.length > 0 };
}

/** Without what packets and other objects change. */
function comparable(value: Value): unknown {
  switch (value.kind) {
    case "nftTable":
      return { ...value.table, use: undefined };
    case "nftChain":
      return { ...value.chain, use: undefined };
    case "nftRule":
      return value.rule.handle; // one that is replaced has another
    case "nftObject": {
      const { kind, data } = value.object;
      const lasting = kind === "counter" ? undefined : { ...data, consumed: undefined };
      return { ...value.object, use: undefined, data: lasting };
    }
    case "nftGeneration":
      return value.generation;
    default:
      return value;
  }
}

/** @internal */
export const nftables: EventKind<Value, NftEvent> = {
  groups: ["NFNLGRP_NFTABLES"],
  messages: {
    ...changesOf("TABLE"),
    ...changesOf("CHAIN"),
    ...changesOf("RULE"),
    ...changesOf("SET"),
    ...changesOf("OBJ"),
    ...changesOf("FLOWTABLE"),
    NFT_MSG_NEWGEN: "set",
  },
  dumps: [...nouns.map(dumpOf), { type: "NFT_MSG_GETGEN", header: { family: "unspec" } }],
  decode,
  group,
  // Handles are numbered in each table, and never used twice there; those of tables neither.
  key: (value) =>
    value.kind === "nftGeneration" ? value.kind : `${value.kind} ${infoOf(value).handle}`,
  owns: ({ kind }) => kind === "nftTable",
  merge,
  comparable,
  event: (value, { change, nsid }) =>
    value.kind === "nftGeneration" ? { nsid, ...value } : { change, nsid, ...value },
};
