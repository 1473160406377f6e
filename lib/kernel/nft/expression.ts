import type { Plain } from "../../native.js";

/** A register of the kernel's: of 16 bytes, or of 4, the first four of which are `reg1`. */
export type Register = "verdict" | `reg${1 | 2 | 3 | 4}` | `reg32_${number}`;

/** How a rule, or an element of a verdict map, ends. */
export interface VerdictData {
  readonly code: "accept" | "drop" | "continue" | "break" | "jump" | "goto" | "return" | "queue";
  readonly chain?: string;
}

/** A constant in hex, as it lies in memory, or a verdict. */
export type Data = { readonly value: string } | { readonly verdict: VerdictData };

export type NatFlag =
  | "map_ips"
  | "proto_specified"
  | "random"
  | "persistent"
  | "fully_random"
  | "proto_offset"
  | "netmap";

interface Loads {
  readonly dreg?: Register;
}
interface Moves extends Loads {
  readonly sreg?: Register;
}
interface Inverts {
  readonly flags?: readonly "inv"[];
}

/** The kernel's expressions by name, with its own words. Source: nf_tables.h, NFTA_*. */
export interface Expressions {
  readonly bitwise: Moves & {
    readonly len: number;
    readonly op?: "mask_xor" | "lshift" | "rshift" | "and" | "or" | "xor";
    readonly mask?: Data;
    readonly xor?: Data;
    readonly data?: Data;
    readonly sreg2?: Register;
  };
  readonly byteorder: Moves & {
    readonly op: "ntoh" | "hton";
    readonly len: number;
    readonly size: number;
  };
  readonly cmp: {
    readonly sreg: Register;
    readonly op: "eq" | "neq" | "lt" | "lte" | "gt" | "gte";
    readonly data: Data;
  };
  readonly connlimit: Inverts & { readonly count: number };
  readonly counter: { readonly packets?: number; readonly bytes?: number };
  readonly ct: Moves & { readonly key: string; readonly direction?: "original" | "reply" };
  readonly dup: { readonly sreg_addr?: Register; readonly sreg_dev?: Register };
  readonly dynset: {
    readonly set_name: string;
    readonly set_id?: number;
    readonly op: "add" | "update" | "delete";
    readonly sreg_key: Register;
    readonly sreg_data?: Register;
    /** Milliseconds. */
    readonly timeout?: number;
    readonly flags?: readonly ("inv" | "expr")[];
    readonly expr?: Expression;
    readonly expressions?: readonly Expression[];
  };
  readonly exthdr: Moves & {
    readonly op?: "ipv6" | "tcpopt" | "ipv4" | "sctp" | "dccp";
    readonly type: number;
    readonly offset: number;
    readonly len: number;
    readonly flags?: readonly "present"[];
  };
  readonly fib: Loads & {
    readonly result: "oif" | "oifname" | "addrtype";
    readonly flags: readonly ("saddr" | "daddr" | "mark" | "iif" | "oif" | "present")[];
  };
  readonly flow_offload: { readonly table_name: string };
  readonly fwd: {
    readonly sreg_dev: Register;
    readonly sreg_addr?: Register;
    readonly nfproto?: "ip" | "ip6";
  };
  readonly hash: Moves & {
    readonly type: "jenkins" | "sym";
    readonly modulus: number;
    readonly len?: number;
    readonly seed?: number;
    readonly offset?: number;
  };
  readonly immediate: Loads & { readonly data: Data };
  readonly last: { readonly set?: number; readonly msecs?: number };
  readonly limit: Inverts & {
    readonly type: "packets" | "bytes";
    readonly rate: number;
    /** Seconds. */
    readonly unit: number;
    readonly burst: number;
  };
  readonly log: {
    readonly group?: number;
    readonly prefix?: string;
    readonly snaplen?: number;
    readonly qthreshold?: number;
    readonly level?: string;
    readonly flags?: readonly string[];
  };
  readonly lookup: Moves & {
    readonly set: string;
    readonly set_id?: number;
    readonly flags?: readonly "inv"[];
  };
  readonly masq: {
    readonly flags?: readonly NatFlag[];
    readonly reg_proto_min?: Register;
    readonly reg_proto_max?: Register;
  };
  readonly meta: Moves & { readonly key: string };
  readonly nat: {
    readonly type: "snat" | "dnat";
    readonly family: "ip" | "ip6" | "inet";
    readonly reg_addr_min?: Register;
    readonly reg_addr_max?: Register;
    readonly reg_proto_min?: Register;
    readonly reg_proto_max?: Register;
    readonly flags?: readonly NatFlag[];
  };
  readonly notrack: object;
  readonly numgen: Loads & {
    readonly type: "incremental" | "random";
    readonly modulus: number;
    readonly offset?: number;
  };
  readonly objref: {
    readonly imm_type?: string;
    readonly imm_name?: string;
    readonly set_sreg?: Register;
    readonly set_name?: string;
    readonly set_id?: number;
  };
  readonly payload: Moves & {
    readonly base: "link" | "network" | "transport" | "inner";
    readonly offset: number;
    readonly len: number;
    readonly csum_type?: "none" | "inet" | "sctp";
    readonly csum_offset?: number;
    readonly csum_flags?: readonly "pseudohdr"[];
  };
  readonly queue: {
    readonly num?: number;
    readonly total?: number;
    readonly flags?: readonly ("bypass" | "fanout")[];
    readonly sreg_qnum?: Register;
  };
  readonly quota: {
    readonly bytes: number;
    readonly consumed?: number;
    readonly flags?: readonly ("inv" | "depleted")[];
  };
  readonly range: {
    readonly sreg: Register;
    readonly op: "eq" | "neq";
    readonly from_data: Data;
    readonly to_data: Data;
  };
  readonly redir: Expressions["masq"];
  readonly reject: {
    readonly type: "icmp_unreach" | "tcp_rst" | "icmpx_unreach";
    readonly icmp_code: number;
  };
  readonly rt: Loads & { readonly key: string };
  readonly socket: Loads & { readonly key: string; readonly level?: number };
  readonly tproxy: {
    readonly family?: "unspec" | "ip" | "ip6";
    readonly reg_addr?: Register;
    readonly reg_port?: Register;
  };
}

/**
 * One expression of a rule as the kernel has it, `kind` being its name. Rules that are listed hold
 * these, and a rule may be made of them. One that the tables do not know has its `kind` alone.
 */
export type Expression = {
  [K in keyof Expressions]: { readonly kind: K } & Expressions[K];
}[keyof Expressions];

/** @internal */
export type Wire = Readonly<Record<string, Plain | undefined>>;

/** As the codec takes it. @internal */
export function toWire(expression: Expression): Wire {
  const { kind, ...rest } = expression;
  const data: Record<string, unknown> = rest;
  if ("expr" in data) data["expr"] = toWire(data["expr"] as Expression);
  if ("expressions" in data) {
    data["expressions"] = (data["expressions"] as readonly Expression[]).map(toWire);
  }
  return { name: kind, data: data as Wire };
}

/** As the codec gives it. @internal */
export function fromWire(wire: unknown): Expression {
  const { name, data = {} } = wire as { name: string; data?: Readonly<Record<string, unknown>> };
  const { expr, expressions, ...rest } = data as { expr?: unknown; expressions?: unknown[] };
  const read: unknown = {
    kind: name,
    ...rest,
    ...(expr !== undefined && { expr: fromWire(expr) }),
    ...(expressions && { expressions: expressions.map(fromWire) }),
  };
  return read as Expression;
}

/** The register that begins at this word of 4 bytes. @internal */
export function registerAt(word: number): Register {
  return (word % 4 === 0 ? `reg${word / 4 + 1}` : `reg32_${word}`) as Register;
}
