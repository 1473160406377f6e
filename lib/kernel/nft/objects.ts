import { CnmError, invalidArgType } from "../../errors.js";
import { check, type Type } from "../../util/check.js";
import { integer } from "../../util/schemas.js";
import { Statement, type NftFamily } from "./compiler.js";
import type { Expression, Wire } from "./expression.js";
import { hooksOf, priorityNumber, type Hook, type Priority } from "./hooks.js";
import {
  chainOptions,
  family as familySchema,
  flowtableOptions,
  objectName,
  tableOptions,
} from "./schema.js";
import {
  NftMap,
  NftSet,
  type MapOptions,
  type SetOptions,
  type TypeOrTypes,
  type TypesOf,
} from "./sets.js";
import { limitData, quotaData, type LimitOptions, type QuotaOptions } from "./statements.js";

export interface TableOptions {
  /**
   * `"owner"`: the table goes when the namespace handle is closed, and nobody else can change it
   * (kernel 5.12); `"persist"`: it stays (6.9). `"dormant"`: its chains see no packets.
   */
  readonly flags?: readonly ("dormant" | "owner" | "persist")[];
  readonly comment?: string;
}

/** Where a base chain sees packets. Without `hook`, packets come by a jump only. */
export interface ChainOptions {
  readonly type?: "filter" | "nat" | "route";
  readonly hook?: Hook;
  readonly priority?: Priority;
  /** What happens behind the last rule. Default: accept. */
  readonly policy?: "accept" | "drop";
  /** Links of `ingress` and `egress`. */
  readonly devices?: readonly string[];
  readonly flags?: readonly "offload"[];
  readonly comment?: string;
}

export interface FlowtableOptions {
  readonly priority?: Priority;
  readonly devices: readonly string[];
  readonly flags?: readonly ("offload" | "counter")[];
}

/** @internal */
export function nameOf(value: unknown, operation: string): string {
  return check(objectName, value, operation, "name");
}

/** A table by family and name, and what it is to hold. Nothing is sent before a transaction is. */
export class Table {
  readonly family: NftFamily;
  readonly name: string;
  readonly options: TableOptions;

  /** @internal */
  constructor(family: NftFamily, name: string, options: TableOptions) {
    this.family = check(familySchema, family, "table", "family");
    this.name = nameOf(name, "table");
    this.options = check(tableOptions as Type<TableOptions>, options, "table");
  }

  chain(name: string, options: ChainOptions = {}): Chain {
    return new Chain(this, name, options);
  }

  /** A set of keys of one type, or of several that are concatenated. */
  set<const T extends TypeOrTypes>(name: string, options: SetOptions<T>): NftSet<TypesOf<T>> {
    return new NftSet(this, nameOf(name, "set"), options);
  }

  /** As {@link set}, with a value, or a verdict, for every key. */
  map<const T extends TypeOrTypes, const D extends TypeOrTypes | "verdict">(
    name: string,
    options: MapOptions<T, D>,
  ): NftMap<TypesOf<T>, D extends TypeOrTypes ? TypesOf<D> : "verdict"> {
    return new NftMap(this, nameOf(name, "map"), options);
  }

  /** A counter that rules share. */
  counter(name: string): NamedObject {
    return new NamedObject(this, name, "counter", {});
  }
  /** A quota that rules share. */
  quota(name: string, options: QuotaOptions): NamedObject {
    return new NamedObject(this, name, "quota", { ...quotaData(options) });
  }
  /** A limit that rules share. */
  limit(name: string, options: LimitOptions): NamedObject {
    return new NamedObject(this, name, "limit", { ...limitData(options) });
  }

  /** Where established connections go past the rules. */
  flowtable(name: string, options: FlowtableOptions): Flowtable {
    return new Flowtable(this, name, options);
  }
}

/** A chain of a table. */
export class Chain {
  readonly table: Table;
  readonly name: string;
  readonly options: ChainOptions;

  /** @internal */
  constructor(table: Table, name: string, options: ChainOptions) {
    this.table = table;
    this.name = nameOf(name, "chain");
    this.options = check(chainOptions as Type<ChainOptions>, options, "chain");
    const { hook, priority } = this.options;
    if (hook === undefined) {
      for (const field of ["type", "priority", "policy", "devices"] as const) {
        if (this.options[field] !== undefined) throw misfit(name, `${field}: needs a hook`, field);
      }
    } else if (this.options.devices !== undefined && hook !== "ingress" && hook !== "egress") {
      throw misfit(name, `devices: go with the hooks ingress and egress, not ${hook}`, "devices");
    } else if (!hooksOf(table.family).includes(hook)) {
      const known = hooksOf(table.family).join(", ");
      throw misfit(name, `hook: tables of family ${table.family} have ${known}`, "hook");
    }
    if (priority !== undefined && priorityNumber(table.family, priority) === undefined) {
      const what = `no priority of family ${table.family}`;
      throw misfit(
        name,
        `priority: ${JSON.stringify(priority).slice(0, 40)} is ${what}`,
        "priority",
      );
    }
  }

  /** Matches, statements and a verdict, in order; or expressions as the kernel has them. */
  rule(...parts: readonly (Statement | Expression)[]): Rule {
    return new Rule(this, parts);
  }

  /** The rule that is there under this handle: to be deleted, replaced, or put something beside. */
  ruleAt(handle: number): RuleReference {
    const number = check(integer(1, Number.MAX_SAFE_INTEGER), handle, "rule", "handle");
    const { family, name } = this.table;
    return { family, table: name, chain: this.name, handle: number };
  }

  /** NFTA_CHAIN_HOOK and what belongs to it. @internal */
  hook(): Wire {
    const { type, hook, priority, policy, devices = [] } = this.options;
    if (hook === undefined) return {};
    const { family } = this.table;
    const [device] = devices;
    return {
      type: type ?? "filter",
      hook: {
        hooknum: hooksOf(family).indexOf(hook),
        priority: priorityNumber(family, priority ?? "filter") ?? 0,
        ...(devices.length === 1 && { dev: device }),
        ...(devices.length > 1 && { devs: { name: devices } }),
      },
      policy,
    };
  }
}

function misfit(chain: string, text: string, field: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_OPTION", `chain ${chain}: ${text}`, { field });
}

/** A rule that is in the kernel. What `rules()` lists is one, too. */
export interface RuleReference {
  readonly family: NftFamily;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
}

/** A rule to be. */
export class Rule {
  readonly chain: Chain;
  readonly parts: readonly (Statement | Expression)[];

  /** @internal */
  constructor(chain: Chain, parts: readonly (Statement | Expression)[]) {
    parts.forEach((part: unknown, at) => {
      if (part instanceof Statement) return;
      const kind = typeof part === "object" && part !== null && "kind" in part ? part.kind : null;
      if (typeof kind === "string") return;
      throw invalidArgType(`parts.${at}`, "Statement or Expression", part, "rule");
    });
    this.chain = chain;
    this.parts = parts;
  }
}

/** A counter, quota or limit with a name; a rule that has it as a part uses it. */
export class NamedObject extends Statement {
  readonly table: Table;
  readonly name: string;
  readonly kind: "counter" | "quota" | "limit";
  /** @internal */
  readonly data: Wire;

  /** @internal */
  constructor(table: Table, name: string, kind: NamedObject["kind"], data: Wire) {
    super((compiler) => {
      compiler.emit({ kind: "objref", imm_type: kind, imm_name: name });
    });
    this.table = table;
    this.name = nameOf(name, kind);
    this.kind = kind;
    this.data = data;
  }
}

/** A flowtable; a rule that has it as a part puts its connection there. */
export class Flowtable extends Statement {
  readonly table: Table;
  readonly name: string;
  readonly options: FlowtableOptions;

  /** @internal */
  constructor(table: Table, name: string, options: FlowtableOptions) {
    super((compiler) => {
      compiler.emit({ kind: "flow_offload", table_name: name });
    });
    this.table = table;
    this.name = nameOf(name, "flowtable");
    this.options = check(flowtableOptions as Type<FlowtableOptions>, options, "flowtable");
  }

  /** NFTA_FLOWTABLE_HOOK. @internal */
  hook(): Wire {
    const { priority = "filter", devices } = this.options;
    return {
      num: 0, // NF_NETDEV_INGRESS, the only one
      priority: priorityNumber("netdev", priority) ?? 0,
      devs: { name: devices },
    };
  }
}

/** A table of a family: the beginning of everything else. */
export function table(family: NftFamily, name: string, options: TableOptions = {}): Table {
  return new Table(family, name, options);
}
