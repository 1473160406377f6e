import { CnmError } from "../../errors.js";
import { check, wrongType, type Type } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import { list, oneOf } from "../../util/schemas.js";
import { Statement, type Compiler } from "./compiler.js";
import { encodeMatch, layoutOf, type Interval, type Span } from "./datatypes.js";
import type { NatFlag, Register } from "./expression.js";
import { Key, type AnyKey } from "./keys.js";

type Port = "inet_service";
type Four = "ipv4_addr";
type Six = "ipv6_addr";
type Flag = "random" | "fully_random" | "persistent";

/** One, or one of an interval. */
export type NatPort = number | Interval<number> | `${number}-${number}`;

/** Another source or destination: an address, a port, or both. */
export interface NatOptions {
  /** An address, an interval `"10.0.0.2-10.0.0.5"`, or what a map has. */
  readonly address?: string | Key<readonly [Four]> | Key<readonly [Six]>;
  /** Needs a match of the transport protocol before it. */
  readonly port?: NatPort | Key<readonly [Port]>;
  /** Both at once, from a map of addresses and ports. */
  readonly to?: Key<readonly [Four, Port]> | Key<readonly [Six, Port]>;
  readonly flags?: readonly Flag[];
}
export interface PortOptions {
  readonly port?: NatPort | Key<readonly [Port]>;
  readonly flags?: readonly Flag[];
}

type Operand = AnyKey | Span;
const isKey = (value: unknown): value is AnyKey => value instanceof Key;

const portLayout = layoutOf("inet_service");
const port: Type<Operand> = {
  parse: (value) => (isKey(value) ? value : encodeMatch(portLayout, value)),
};
const address: Type<Operand> = {
  parse(value) {
    if (isKey(value)) return value;
    if (typeof value !== "string") throw wrongType("string or Key", value);
    return encodeMatch(layoutOf(value.includes(":") ? "ipv6_addr" : "ipv4_addr"), value);
  },
};
const to: Type<AnyKey> = {
  parse(value) {
    if (isKey(value)) return value;
    throw wrongType("Key", value);
  },
};
const flags = optional(list(oneOf("random", "fully_random", "persistent")));
const natOptions = options({
  address: optional(address),
  port: optional(port),
  to: optional(to),
  flags,
});
const portOptions = options({ port: optional(port), flags });

/** Packets go to another destination; the answers come from the one they were sent to. */
export function dnat(given: NatOptions): Statement {
  return nat("dnat", given);
}
/** Packets come from another source; the answers go to the one that sent them. */
export function snat(given: NatOptions): Statement {
  return nat("snat", given);
}

function nat(type: "snat" | "dnat", given: NatOptions): Statement {
  const { address, port, to, flags = [] } = check(natOptions, given, type);
  if ((to === undefined) === (address === undefined && port === undefined)) {
    throw new CnmError("ERR_CNM_INVALID_OPTION", `${type}: needs an address, a port, or \`to\``);
  }
  const family = familyOf(to ?? address, type);
  return new Statement((compiler) => {
    for (const operand of [to, address, port]) if (isKey(operand)) operand.need(compiler);
    if (port !== undefined || to !== undefined) needTransport(compiler, type);
    const registers = new Registers(compiler);
    const own = compiler.family === "ip" || compiler.family === "ip6" ? compiler.family : "inet";
    const both = to && { reg_addr_min: registers.of(to), reg_proto_min: registers.behind(to) };
    const addresses = registers.range(address);
    const ports = registers.range(port);
    const more: NatFlag[] = port === undefined ? [] : ["proto_specified"];
    compiler.emit({
      kind: "nat",
      type,
      family: family ?? own,
      ...both,
      ...(addresses.min && { reg_addr_min: addresses.min }),
      ...(addresses.max && { reg_addr_max: addresses.max }),
      ...(ports.min && { reg_proto_min: ports.min }),
      ...(ports.max && { reg_proto_max: ports.max }),
      flags: [...more, ...flags],
    });
  });
}

/** Packets come from the address of the link that they leave by. */
export function masquerade(given: PortOptions = {}): Statement {
  return byPort("masq", given);
}
/** Packets go to this host; to another port, too, where that is said. */
export function redirect(given: PortOptions = {}): Statement {
  return byPort("redir", given);
}

function byPort(kind: "masq" | "redir", given: PortOptions): Statement {
  const { port, flags = [] } = check(
    portOptions,
    given,
    kind === "masq" ? "masquerade" : "redirect",
  );
  return new Statement((compiler) => {
    if (isKey(port)) port.need(compiler);
    if (port !== undefined) needTransport(compiler, kind);
    const { min, max } = new Registers(compiler).range(port);
    const more: NatFlag[] = port === undefined ? [] : ["proto_specified"];
    compiler.emit({
      kind,
      ...(min && { reg_proto_min: min }),
      ...(max && { reg_proto_max: max }),
      flags: [...more, ...flags],
    });
  });
}

/** To a transparent socket of this host, the packet untouched. */
export function tproxy(given: Omit<NatOptions, "to" | "flags">): Statement {
  const { address, port } = check(tproxyOptions, given, "tproxy");
  if (address === undefined && port === undefined) {
    throw new CnmError("ERR_CNM_INVALID_OPTION", "tproxy: needs an address, a port, or both");
  }
  const family = familyOf(address, "tproxy") ?? "unspec";
  return new Statement((compiler) => {
    for (const operand of [address, port]) if (isKey(operand)) operand.need(compiler);
    needTransport(compiler, "tproxy");
    const registers = new Registers(compiler);
    const own = compiler.family === "ip" || compiler.family === "ip6" ? compiler.family : family;
    const at = registers.range(address).min;
    const to = registers.range(port).min;
    compiler.emit({
      ...{ kind: "tproxy", family: family === "unspec" ? own : family },
      ...(at && { reg_addr: at }),
      ...(to && { reg_port: to }),
    });
  });
}
const tproxyOptions = options({ address: optional(address), port: optional(port) });

function needTransport(compiler: Compiler, statement: string): void {
  if (compiler.transportKnown) return;
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `rule: ${statement}: a port needs a match of the transport protocol before it, such as meta.l4proto`,
    { field: "port" },
  );
}

function familyOf(operand: Operand | undefined, statement: string): "ip" | "ip6" | undefined {
  if (operand === undefined) return undefined;
  if (!isKey(operand)) return operand.from.length === 8 ? "ip" : "ip6";
  const type = operand.layouts[0]?.type;
  if (type === "ipv4_addr") return "ip";
  if (type === "ipv6_addr") return "ip6";
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `${statement}: needs addresses, not ${String(type)}`,
  );
}

/** Loads operands, each to a register of 16 bytes. */
class Registers {
  readonly #compiler: Compiler;
  #next = 0;

  constructor(compiler: Compiler) {
    this.#compiler = compiler;
  }

  range(operand: Operand | undefined): { readonly min?: Register; readonly max?: Register } {
    if (operand === undefined) return {};
    if (isKey(operand)) return { min: this.of(operand) };
    const min = this.#constant(operand.from);
    return operand.to === operand.from ? { min } : { min, max: this.#constant(operand.to) };
  }

  of(key: AnyKey): Register {
    const word = this.#take();
    key.load(this.#compiler, word, false);
    return this.#compiler.register(word);
  }

  /** Of what {@link of} has just loaded: the second of its types. */
  behind(key: AnyKey): Register {
    const first = key.layouts[0]?.bytes ?? 0;
    return this.#compiler.register(this.#next - 4 + Math.ceil(first / 4));
  }

  #constant(hex: string): Register {
    const dreg = this.#compiler.register(this.#take());
    this.#compiler.emit({ kind: "immediate", dreg, data: { value: hex } });
    return dreg;
  }

  #take(): number {
    this.#next += 4;
    return this.#next - 4;
  }
}
