import type { Message } from "../../native.js";
import type { NftFamily } from "./compiler.js";
import { bigEndian, layoutOf, type Datatype, type Layout } from "./datatypes.js";

export interface CommonSetOptions {
  /** `"interval"`: keys may be intervals and prefixes. `"dynamic"`: packets add elements. */
  readonly flags?: readonly ("constant" | "interval" | "timeout" | "dynamic")[];
  /** Of elements that say nothing else. */
  readonly timeoutMs?: number;
  readonly gcIntervalMs?: number;
  /** Most elements. */
  readonly size?: number;
  readonly policy?: "performance" | "memory";
  readonly comment?: string;
  /** Every element counts its packets. */
  readonly counter?: boolean;
}
/** What the kernel is told of a set. @internal */
export interface Definition {
  readonly name: string;
  readonly keys: readonly Layout[];
  readonly data?: "verdict" | readonly Layout[];
  readonly interval: boolean;
  readonly flags: readonly string[];
  readonly id?: number;
  readonly options?: CommonSetOptions;
}

/** @internal */
export const wordsOf = ({ bytes }: Layout): number => Math.ceil(bytes / 4);

/** Bytes of a key: those of one type as they are, those of several padded to words. @internal */
export function lengthOf(layouts: readonly Layout[]): number {
  const [only, second] = layouts;
  if (only !== undefined && second === undefined) return only.bytes;
  return layouts.reduce((sum, layout) => sum + wordsOf(layout) * 4, 0);
}

/** Keys that are compared with intervals lie big endian. @internal */
export function keyLayouts(types: readonly Datatype[], interval: boolean): readonly Layout[] {
  return types.map((type) => {
    const layout = layoutOf(type);
    return interval ? bigEndian(layout) : layout;
  });
}

/** NFT_MSG_NEWSET. @internal */
export function setMessage(
  family: NftFamily,
  table: string,
  definition: Definition,
  type = "NFT_MSG_NEWSET",
): Message {
  const { name, keys, data, interval, flags, id, options = {} } = definition;
  const concat = keys.length > 1;
  return {
    type,
    flags: ["create"],
    header: { family },
    attributes: {
      table,
      name,
      flags: [
        ...flags,
        ...(interval ? ["interval"] : []),
        ...(interval && concat ? ["concat"] : []),
        ...(data === undefined ? [] : ["map"]),
        ...(options.timeoutMs === undefined ? [] : ["timeout"]),
      ],
      key_type: keys.map((layout) => layout.type),
      key_len: lengthOf(keys),
      ...(data === "verdict" && { data_type: "verdict", data_len: 0 }),
      ...(Array.isArray(data) && {
        data_type: (data as readonly Layout[]).map((layout) => layout.type),
        data_len: lengthOf(data as readonly Layout[]),
      }),
      policy: options.policy,
      desc: {
        size: options.size,
        ...(interval && concat && { concat: keys.map((layout) => ({ len: layout.bytes })) }),
      },
      id,
      timeout: options.timeoutMs,
      gc_interval: options.gcIntervalMs,
      userdata: {
        key_byteorder: orderOf(keys),
        ...(Array.isArray(data) && { data_byteorder: orderOf(data as readonly Layout[]) }),
        comment: options.comment,
      },
      expr: options.counter === true ? { name: "counter", data: {} } : undefined,
    },
  };
}

function orderOf(layouts: readonly Layout[]): "host" | "big" {
  return layouts[0]?.order ?? "host";
}
