import { CnmError, invalidArgType } from "../../errors.js";
import type { Message } from "../../native.js";
import { Compiler, Statement } from "./compiler.js";
import { setMessage } from "./definition.js";
import { toWire } from "./expression.js";
import { Chain, Flowtable, NamedObject, Rule, Table, type RuleReference } from "./objects.js";
import { Elements, NftMap, NftSet, type MapData, type Types } from "./sets.js";

/** What a transaction adds, deletes or changes. */
export type NftObject =
  | Table
  | Chain
  | Rule
  | NftSet<Types>
  | NftMap<Types, MapData>
  | Elements
  | NamedObject
  | Flowtable;

/** @internal */
export type Subject = "TABLE" | "CHAIN" | "RULE" | "SET" | "SETELEM" | "OBJ" | "FLOWTABLE";

/** Numbers of a transaction's anonymous sets. @internal */
export interface Numbers {
  next(): number;
}

/** @internal */
export function subjectOf(object: unknown, operation: string): Subject {
  if (object instanceof Table) return "TABLE";
  if (object instanceof Chain) return "CHAIN";
  if (object instanceof Rule) return "RULE";
  if (object instanceof NftSet || object instanceof NftMap) return "SET";
  if (object instanceof Elements) return "SETELEM";
  if (object instanceof NamedObject) return "OBJ";
  if (object instanceof Flowtable) return "FLOWTABLE";
  if (isReference(object)) return "RULE";
  throw invalidArgType(
    "object",
    "a table, chain, rule, set, map, object or elements",
    object,
    operation,
  );
}

/** @internal */
export function isReference(value: unknown): value is RuleReference {
  if (typeof value !== "object" || value === null || value instanceof Rule) return false;
  const { family, table, chain, handle } = value as Partial<RuleReference>;
  return (
    typeof family === "string" &&
    typeof table === "string" &&
    typeof chain === "string" &&
    typeof handle === "number" &&
    Number.isSafeInteger(handle) &&
    handle > 0
  );
}

/** Refuses what cannot be made. @internal */
export function assertObject(object: unknown, operation: string): void {
  subjectOf(object, operation);
  if (!isReference(object)) return;
  throw invalidArgType("object", "a rule to be, not one that is there", object, operation);
}

/** "rule of chain inet filter input": for messages. @internal */
export function describe(object: NftObject | RuleReference): string {
  if (object instanceof Table) return `table ${object.family} ${object.name}`;
  if (object instanceof Elements) return `elements of ${describe(object.set)}`;
  if (object instanceof Rule) return `rule of ${describe(object.chain)}`;
  if (object instanceof Chain) return `chain ${path(object)}`;
  if (object instanceof NftSet) return `set ${path(object)}`;
  if (object instanceof NftMap) return `map ${path(object)}`;
  if (object instanceof Flowtable) return `flowtable ${path(object)}`;
  if (object instanceof NamedObject) return `${object.kind} ${path(object)}`;
  const { family, table, chain, handle } = object;
  return `rule ${handle} of chain ${family} ${table} ${chain}`;
}

function path({ table, name }: { readonly table: Table; readonly name: string }): string {
  return `${table.family} ${table.name} ${name}`;
}

/** Where a rule goes. @internal */
export interface Place {
  readonly flags: Message["flags"];
  readonly position?: number;
  readonly replaces?: number;
}

/** The messages that make the object. @internal */
export function makeMessages(
  object: NftObject,
  numbers: Numbers,
  place: Place = { flags: ["create", "append"] },
): Message[] {
  if (object instanceof Rule) return ruleMessages(object, numbers, place);
  if (object instanceof Elements) return object.messages("NFT_MSG_NEWSETELEM");
  return [oneMessage(object, numbers)];
}

function oneMessage(object: Exclude<NftObject, Rule | Elements>, numbers: Numbers): Message {
  const flags = ["create"] as const;
  if (object instanceof Table) {
    const { family, name, options } = object;
    const { flags: tableFlags = [], comment } = options;
    return {
      type: "NFT_MSG_NEWTABLE",
      flags,
      header: { family },
      attributes: { name, flags: tableFlags, userdata: commented(comment) },
    };
  }
  const { table, name } = object;
  const header = { family: table.family };
  const of = { table: table.name, name };
  if (object instanceof Chain) {
    const { flags: chainFlags, comment } = object.options;
    return {
      type: "NFT_MSG_NEWCHAIN",
      flags,
      header,
      attributes: {
        ...of,
        ...object.hook(),
        flags: chainFlags && [...chainFlags],
        userdata: commented(comment),
      },
    };
  }
  if (object instanceof NamedObject) {
    const attributes = { ...of, type: object.kind, data: object.data };
    return { type: "NFT_MSG_NEWOBJ", flags, header, attributes };
  }
  if (object instanceof Flowtable) {
    const attributes = { ...of, hook: object.hook(), flags: object.options.flags };
    return { type: "NFT_MSG_NEWFLOWTABLE", flags, header, attributes };
  }
  const definition = { ...object.definition, id: numbers.next() };
  return setMessage(table.family, table.name, definition);
}

function commented(comment: string | undefined): { readonly comment: string } | undefined {
  return comment === undefined ? undefined : { comment };
}

function ruleMessages({ chain, parts }: Rule, numbers: Numbers, place: Place): Message[] {
  const { table } = chain;
  const before: Message[] = [];
  const compiler = new Compiler({
    family: table.family,
    table: table.name,
    anonymous: (make) => {
      const id = numbers.next();
      before.push(...make(id));
      return id;
    },
  });
  for (const part of parts) {
    if (part instanceof Statement) part.compile(compiler);
    else compiler.emit(part);
  }
  const rule: Message = {
    type: "NFT_MSG_NEWRULE",
    flags: place.flags ?? [],
    header: { family: table.family },
    attributes: {
      table: table.name,
      chain: chain.name,
      handle: place.replaces,
      position: place.position,
      expressions: compiler.expressions.map(toWire),
      userdata: commented(compiler.comment),
    },
  };
  return [...before, rule];
}

/** The messages that take the object away. @internal */
export function removeMessages(
  object: NftObject | RuleReference,
  verb: "DEL" | "DESTROY",
): Message[] {
  const subject = subjectOf(object, "delete");
  const type = `NFT_MSG_${verb}${subject}`;
  if (object instanceof Rule) {
    throw new CnmError(
      "ERR_CNM_INVALID_OPTION",
      "delete: a rule goes by its handle: give one of `rules()`, or `chain.ruleAt(handle)`",
      { field: "object" },
    );
  }
  if (object instanceof Elements) return object.messages(type);
  if (object instanceof Table) {
    const { family, name } = object;
    return [{ type, flags: [], header: { family }, attributes: { name } }];
  }
  if (isReference(object)) {
    const { family, table, chain, handle } = object;
    return [{ type, flags: [], header: { family }, attributes: { table, chain, handle } }];
  }
  const { table, name } = object;
  const kind = object instanceof NamedObject ? { type: object.kind } : {};
  return [
    {
      type,
      flags: [],
      header: { family: table.family },
      attributes: { table: table.name, name, ...kind },
    },
  ];
}

/** Everything in it goes, it stays. @internal */
export function flushMessages(object: unknown): Message[] {
  if (object instanceof Table || object instanceof Chain) {
    const { family, name } = object instanceof Table ? object : object.table;
    const chain = object instanceof Chain ? object.name : undefined;
    return [
      {
        type: "NFT_MSG_DELRULE",
        flags: [],
        header: { family },
        attributes: { table: name, chain },
      },
    ];
  }
  if (object instanceof NftSet || object instanceof NftMap) {
    const { table, name } = object as NftSet<Types> | NftMap<Types, MapData>;
    return [
      {
        type: "NFT_MSG_DELSETELEM",
        flags: [],
        header: { family: table.family },
        attributes: { table: table.name, set: name },
      },
    ];
  }
  throw invalidArgType("object", "Table, Chain, NftSet or NftMap", object, "flush");
}
