import { CnmError, invalidArgType } from "../errors.js";
import type { Decoded, Message } from "../native.js";
import { check } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { string } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import type { NftObject } from "./nft/commands.js";
import type { NftFamily } from "./nft/compiler.js";
import { readElements, type ElementInfo } from "./nft/elements.js";
import {
  chainInfo,
  definitionOf,
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
} from "./nft/listing.js";
import { Chain, Table, type RuleReference, type TableOptions } from "./nft/objects.js";
import { family } from "./nft/schema.js";
import { NftMap, NftSet, type MapData, type Types } from "./nft/sets.js";
import { Transaction, type Abilities, type CommitResult } from "./nft/transaction.js";

/** Which objects are listed: those of a table or chain, or of whatever is said. */
export type NftFilter =
  | Table
  | Chain
  | {
      readonly family?: NftFamily;
      readonly table?: string;
      readonly chain?: string;
    };

/** A set or map: one of ours, or as it was listed. */
export type NftSetTarget =
  | NftSet<Types>
  | NftMap<Types, MapData>
  | { readonly family: NftFamily; readonly table: string; readonly name: string };

/** All of one moment but the elements of sets: see {@link Nftables.elements}. */
export interface NftRuleset {
  readonly generation: number;
  readonly tables: readonly NftTableInfo[];
  readonly chains: readonly NftChainInfo[];
  readonly rules: readonly NftRuleInfo[];
  readonly sets: readonly NftSetInfo[];
  readonly objects: readonly NftObjectInfo[];
  readonly flowtables: readonly NftFlowtableInfo[];
}

const filterSchema = options({
  family: optional(family),
  table: optional(string()),
  chain: optional(string()),
});

interface Plain {
  readonly family?: NftFamily;
  readonly table?: string;
  readonly chain?: string;
}

const mostAttempts = 5;

/**
 * The nftables of one namespace: `nft`.
 *
 * @example
 * const table = nft.table("inet", "guard");
 * const input = table.chain("in", { type: "filter", hook: "input", priority: "filter" });
 * await namespace.nft
 *   .transaction()
 *   .add(table, input, input.rule(nft.tcp.dport.eq(23), nft.counter, nft.drop))
 *   .commit(); // all of it, or nothing
 * const rules = await namespace.nft.rules(input);
 */
export class Nftables {
  readonly #channel: Channel;
  readonly #abilities: Abilities = { destroy: true };

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** A table by name, to be given to a transaction, with chains, sets and maps to be made of it. */
  table(family: NftFamily, name: string, options: TableOptions = {}): Table {
    return new Table(family, name, options);
  }

  /** Commands that happen together or not at all. */
  transaction(): Transaction {
    return new Transaction(this.#channel, this.#abilities);
  }

  /** A transaction that adds these, in order; resolves to their handles. */
  async add(...objects: readonly NftObject[]): Promise<CommitResult> {
    return this.transaction()
      .add(...objects)
      .commit({ handles: true });
  }

  /** A transaction that deletes these, in order. */
  async delete(...objects: readonly (NftObject | RuleReference)[]): Promise<void> {
    await this.transaction()
      .delete(...objects)
      .commit();
  }

  /** Deletes every table: `nft flush ruleset`. Tables that somebody else owns stay. */
  async flush(): Promise<void> {
    const message: Message = { type: "NFT_MSG_DELTABLE", header: { family: "unspec" } };
    await this.#ask("flush ruleset", () =>
      this.#channel.run([{ do: "transaction", in: 0, messages: [message] }]),
    );
  }

  /** Goes up with every transaction: for `commit({ generation })`. */
  async generation(): Promise<number> {
    const [reply] = await this.#ask("get generation", () =>
      this.#channel.request({ type: "NFT_MSG_GETGEN" }),
    );
    return Number(reply?.attributes["id"]);
  }

  async tables(filter: NftFilter = {}): Promise<readonly NftTableInfo[]> {
    const where = plain(filter, "list tables");
    const all = await this.#list("NFT_MSG_GETTABLE", where);
    return all.map(tableInfo).filter(({ name }) => is(where.table, name));
  }

  async chains(filter: NftFilter = {}): Promise<readonly NftChainInfo[]> {
    const where = plain(filter, "list chains");
    const all = await this.#list("NFT_MSG_GETCHAIN", where);
    return all
      .map(chainInfo)
      .filter(({ table, name }) => is(where.table, table) && is(where.chain, name));
  }

  /** Rules in their order, as the kernel has them; they can be given to {@link Transaction.delete}. */
  async rules(filter: NftFilter = {}): Promise<readonly NftRuleInfo[]> {
    const where = plain(filter, "list rules");
    const { table, chain } = where;
    const all = await this.#list("NFT_MSG_GETRULE", where, { table, chain });
    return all.map(ruleInfo).filter((rule) => is(table, rule.table) && is(chain, rule.chain));
  }

  /** Sets and maps, those of rules (`__set0`) too. */
  async sets(filter: NftFilter = {}): Promise<readonly NftSetInfo[]> {
    const where = plain(filter, "list sets");
    const all = await this.#list("NFT_MSG_GETSET", where);
    return all.map(setInfo).filter(({ table }) => is(where.table, table));
  }

  /** Named counters, quotas and limits. */
  async objects(filter: NftFilter = {}): Promise<readonly NftObjectInfo[]> {
    const where = plain(filter, "list objects");
    const all = await this.#list("NFT_MSG_GETOBJ", where);
    return all.map(objectInfo).filter(({ table }) => is(where.table, table));
  }

  async flowtables(filter: NftFilter = {}): Promise<readonly NftFlowtableInfo[]> {
    const where = plain(filter, "list flowtables");
    const all = await this.#list("NFT_MSG_GETFLOWTABLE", where);
    return all.map(flowtableInfo).filter(({ table }) => is(where.table, table));
  }

  /**
   * The elements of a set or map.
   *
   * @throws {KernelError} ENOENT where there is no such set.
   */
  async elements(set: NftSetTarget): Promise<readonly ElementInfo[]> {
    const { family: of, table, name } = setTarget(set);
    const header = { family: of };
    return this.#ask(`list elements of ${of} ${table} ${name}`, async () => {
      const results = await this.#channel.run([
        {
          ...{ do: "request", in: 0 },
          messages: [
            { type: "NFT_MSG_GETSET", flags: ["ack"], header, attributes: { table, name } },
          ],
        },
        {
          ...{ do: "dump", in: 0 },
          message: {
            type: "NFT_MSG_GETSETELEM",
            flags: ["dump"],
            header,
            attributes: { table, set: name },
          },
        },
      ]);
      const [[shown] = []] = results.at(0) as readonly (readonly Decoded[])[];
      if (shown === undefined) return [];
      const parts = results.at(1) as readonly Decoded[];
      const elements = parts.flatMap(
        ({ attributes }) => (attributes["elements"] ?? []) as readonly unknown[],
      );
      return readElements(definitionOf(shown), elements);
    });
  }

  /** Tables, chains, rules, sets, named objects and flowtables of one generation. */
  async ruleset(): Promise<NftRuleset> {
    for (let attempt = 1; ; attempt++) {
      const generation = await this.generation();
      const [tables, chains, rules, sets, objects, flowtables] = await Promise.all([
        this.tables(),
        this.chains(),
        this.rules(),
        this.sets(),
        this.objects(),
        this.flowtables(),
      ]);
      if ((await this.generation()) === generation) {
        return { generation, tables, chains, rules, sets, objects, flowtables };
      }
      if (attempt === mostAttempts) {
        throw new CnmError("ERR_CNM_CONFLICT", "list ruleset: it kept changing; ask again", {
          namespace: this.#channel.name,
        });
      }
    }
  }

  #list(
    type: string,
    { family: of = "unspec" as const }: Omit<Plain, "family"> & { family?: string },
    attributes: Message["attributes"] = {},
  ): Promise<readonly Decoded[]> {
    return this.#ask(`list ${type}`, () =>
      this.#channel.dump({ type, flags: ["dump"], header: { family: of }, attributes }),
    );
  }

  async #ask<T>(operation: string, act: () => Promise<T>): Promise<T> {
    this.#channel.assertOpen(operation);
    try {
      return await act();
    } catch (error) {
      throw kernelFailure(operation, error, { namespace: this.#channel.name });
    }
  }
}

function is(wanted: string | undefined, found: string): boolean {
  return wanted === undefined || wanted === found;
}

function plain(filter: NftFilter, operation: string): Plain {
  if (filter instanceof Table) return { family: filter.family, table: filter.name };
  if (filter instanceof Chain) {
    const { table, name } = filter;
    return { family: table.family, table: table.name, chain: name };
  }
  return check(filterSchema, filter, operation);
}

// Users of JavaScript give nothing too.
function setTarget(set: NftSetTarget | undefined): {
  family: NftFamily;
  table: string;
  name: string;
} {
  if (set instanceof NftSet || set instanceof NftMap) {
    const { table, name } = set;
    return { family: table.family, table: table.name, name };
  }
  const { family: of, table, name } = (set ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof table !== "string" || typeof name !== "string") {
    throw invalidArgType("set", "NftSet, NftMap or a set that was listed", set, "list elements");
  }
  return { family: check(family, of, "list elements", "family"), table, name };
}
