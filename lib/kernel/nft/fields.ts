import { invalidArgType } from "../../errors.js";
import { check, type Type } from "../../util/check.js";
import type { Compiler } from "./compiler.js";
import { Statement } from "./compiler.js";
import {
  bigEndian,
  encodeMatch,
  encodeValue,
  fromHex,
  isSwapped,
  layoutOf,
  shapes,
  toHex,
  type Datatype,
  type Layout,
  type Match,
  type Span,
  type Values,
} from "./datatypes.js";
import { wordsOf } from "./definition.js";
import type { Expressions, Register } from "./expression.js";
import { Key, type AnyKey } from "./keys.js";
import type { NftSet } from "./sets.js";

/** Where a field comes from. @internal */
export interface Source {
  /** What must be known of the packet before. */
  readonly need?: (compiler: Compiler) => void;
  /** `bytes` is less than all where its first bytes will do. */
  readonly load: (compiler: Compiler, dreg: Register, bytes: number) => void;
  readonly store?: (compiler: Compiler, sreg: Register) => void;
  /** Its first bytes can be loaded alone. */
  readonly partial?: boolean;
  /** The rule is for packets with that value from here on. */
  readonly learn?: (compiler: Compiler, value: number | undefined) => void;
}

type Operator = Expressions["cmp"]["op"];

/** One field of the packet, or what the kernel knows of it. */
export class Field<T extends Datatype> extends Key<readonly [T]> {
  readonly types: readonly [T];
  /** @internal */
  readonly layouts: readonly [Layout];
  /** @internal */
  protected readonly source: Source;

  /** @internal */
  constructor(type: T, source: Source, layout: Layout = layoutOf(type)) {
    super();
    this.types = [type];
    this.layouts = [layout];
    this.source = source;
  }

  /** It is that, or within. Of flags: one of them is set. */
  eq(value: Match<T>): Statement {
    return this.#compare("eq", value);
  }
  /** It is not that, nor within. Of flags: they are others. */
  ne(value: Match<T>): Statement {
    return this.#compare("neq", value);
  }
  lt(value: Values[T]): Statement {
    return this.#order("lt", value);
  }
  le(value: Values[T]): Statement {
    return this.#order("lte", value);
  }
  gt(value: Values[T]): Statement {
    return this.#order("gt", value);
  }
  ge(value: Values[T]): Statement {
    return this.#order("gte", value);
  }

  /** The bits of it that are in the mask. */
  and(mask: Values[T]): Masked<T> {
    return new Masked(this, this.layouts[0], parse(this.layouts[0], mask));
  }

  override in(set: NftSet<readonly [T]>): Statement;
  override in(...values: readonly Match<T>[]): Statement;
  override in(...values: readonly unknown[]): Statement {
    const [layout] = this.layouts;
    if (values.every((one) => typeof one === "string") && shapes[layout.type].form === "flags") {
      return this.eq(values as unknown as Match<T>);
    }
    const found = this.membership(values, false);
    return new Statement((compiler) => {
      found.compile(compiler);
      this.source.learn?.(compiler, undefined);
    });
  }

  /** @internal */
  need(compiler: Compiler): void {
    this.source.need?.(compiler);
  }

  /** @internal */
  load(compiler: Compiler, word: number, big: boolean): number {
    const [layout] = this.layouts;
    const register = compiler.register(word);
    this.source.load(compiler, register, layout.bytes);
    if (big && isSwapped(layout)) {
      swap(compiler, "hton", word, layout.bytes);
    }
    return wordsOf(layout);
  }

  #compare(op: "eq" | "neq", value: unknown): Statement {
    const [layout] = this.layouts;
    if (shapes[layout.type].form === "flags" && op === "eq") {
      const bits = parse(layout, value);
      return new Statement((compiler) => {
        this.need(compiler);
        this.load(compiler, 0, false);
        mask(compiler, bits);
        compare(compiler, "neq", "0".repeat(bits.length));
      });
    }
    const span = check(match(layout), value, "rule", "value");
    if (span.prefix !== undefined) return this.#beginsWith(op, span);
    if (span.from !== span.to) return this.#within(op, value);
    return new Statement((compiler) => {
      this.need(compiler);
      this.load(compiler, 0, false);
      compare(compiler, op, span.from);
      if (op === "eq") this.source.learn?.(compiler, Number(fromHex(span.from, layout.order)));
    });
  }

  #within(op: "eq" | "neq", value: unknown): Statement {
    const { from, to } = check(match(bigEndian(this.layouts[0])), value, "rule", "value");
    return new Statement((compiler) => {
      this.need(compiler);
      this.load(compiler, 0, true);
      if (op === "eq") {
        compare(compiler, "gte", from);
        compare(compiler, "lte", to);
        return;
      }
      compiler.emit({
        ...{ kind: "range", op, sreg: compiler.register(0) },
        ...{ from_data: { value: from }, to_data: { value: to } },
      });
    });
  }

  // Whole bytes are compared alone, as nft(8) does; of others the rest is masked.
  #beginsWith(op: "eq" | "neq", { from, prefix = 0 }: Span): Statement {
    const [layout] = this.layouts;
    const bytes = prefix / 8;
    const isName = shapes[layout.type].form === "name";
    const whole = Number.isInteger(bytes) && bytes > 0;
    return new Statement((compiler) => {
      this.need(compiler);
      if (whole && this.source.partial === true && bytes < layout.bytes) {
        this.source.load(compiler, compiler.register(0), bytes);
        compare(compiler, op, from.slice(0, bytes * 2));
        return;
      }
      this.load(compiler, 0, false);
      if (isName) {
        compare(compiler, op, from.slice(0, prefix / 4));
        return;
      }
      const bits = layout.bytes * 8;
      const ones = ((1n << BigInt(prefix)) - 1n) << BigInt(bits - prefix);
      mask(compiler, toHex(ones, layout.bytes, "big"));
      compare(compiler, op, from);
    });
  }

  #order(op: Operator, value: unknown): Statement {
    const hex = parse(bigEndian(this.layouts[0]), value);
    return new Statement((compiler) => {
      this.need(compiler);
      this.load(compiler, 0, true);
      compare(compiler, op, hex);
    });
  }
}

/** A field that packets can be given, too. */
export class SettableField<T extends Datatype> extends Field<T> {
  /** Gives packets that value: one of them all, another field's, or what a map has. */
  set(value: Values[T] | Key<readonly [T]> | Key<readonly ["integer"]>): Statement {
    const [layout] = this.layouts;
    const { store } = this.source;
    if (value instanceof Key) {
      const key = value as unknown as AnyKey;
      const [from, second] = key.layouts;
      if (from?.bytes !== layout.bytes || second !== undefined) {
        throw invalidArgType("value", `one of ${layout.bytes} bytes`, value, "rule");
      }
      return new Statement((compiler) => {
        this.need(compiler);
        key.need(compiler);
        key.load(compiler, 0, layout.order === "big");
        if (from.order === "big" && isSwapped(layout)) swap(compiler, "ntoh", 0, layout.bytes);
        store?.(compiler, compiler.register(0));
      });
    }
    const hex = parse(layout, value);
    return new Statement((compiler) => {
      this.need(compiler);
      compiler.emit({ kind: "immediate", dreg: compiler.register(0), data: { value: hex } });
      store?.(compiler, compiler.register(0));
    });
  }
}

/** Some bits of a field. */
export class Masked<T extends Datatype> {
  readonly #field: Pick<Field<T>, "need" | "load">;
  readonly #layout: Layout;
  readonly #mask: string;
  readonly #shift: number;

  /** @internal */
  constructor(field: Pick<Field<T>, "need" | "load">, layout: Layout, bits: string, shift = 0) {
    this.#field = field;
    this.#layout = layout;
    this.#mask = bits;
    this.#shift = shift;
  }

  eq(value: Values[T]): Statement {
    return this.#compare("eq", value);
  }
  ne(value: Values[T]): Statement {
    return this.#compare("neq", value);
  }

  #compare(op: "eq" | "neq", value: unknown): Statement {
    const { bytes, order } = this.#layout;
    const plain = parse(this.#layout, value);
    const shifted = fromHex(plain, order) << BigInt(this.#shift);
    const hex = toHex(shifted & ((1n << BigInt(bytes * 8)) - 1n), bytes, order);
    return new Statement((compiler) => {
      this.#field.need(compiler);
      this.#field.load(compiler, 0, false);
      mask(compiler, this.#mask);
      compare(compiler, op, hex);
    });
  }
}

function match(layout: Layout): Type<Span> {
  return { parse: (value) => encodeMatch(layout, value) };
}

function parse(layout: Layout, value: unknown): string {
  return check({ parse: (one) => encodeValue(layout, one) }, value, "rule", "value");
}

function compare(compiler: Compiler, op: Operator, hex: string): void {
  compiler.emit({ kind: "cmp", op, sreg: compiler.register(0), data: { value: hex } });
}

function swap(compiler: Compiler, op: "hton" | "ntoh", word: number, bytes: number): void {
  const register = compiler.register(word);
  const size = bytes === 2 || bytes === 8 ? bytes : 4;
  compiler.emit({
    ...{ kind: "byteorder", op, sreg: register, dreg: register },
    ...{ len: bytes, size },
  });
}

function mask(compiler: Compiler, bits: string): void {
  const register = compiler.register(0);
  compiler.emit({
    ...{ kind: "bitwise", sreg: register, dreg: register, len: bits.length / 2 },
    ...{ mask: { value: bits }, xor: { value: "0".repeat(bits.length) } },
  });
}
