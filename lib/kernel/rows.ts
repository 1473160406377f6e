import type { Message, Plain, Row } from "../native.js";

/** Many messages: one, and what stands for `{ row: n }` in it. */
export interface Folded {
  readonly message: Message;
  readonly rows: readonly Row[];
}

/**
 * What the messages have in common as one message, and a row each of what differs: a third of the
 * text to write here and to parse in the addon, which takes as long as the kernel does.
 *
 * @param messages Of one shape: type, flags and keys the same, as one function makes them.
 */
export function folded(messages: readonly [Message, ...Message[]]): Folded {
  const all = messages.map(valuesOf);
  const [first] = messages;
  const common = valuesOf(first);
  const differing: number[] = [];
  for (const [at, value] of common.entries()) {
    if (all.some((values) => values[at] !== value)) differing.push(at);
  }
  const rows = all.map((values) => differing.map((at) => values[at] ?? null));
  let next = 0;
  const fold = (part: Message["header"]) => {
    const entries = Object.entries(part ?? {}).map(([key, value]) => {
      const row = differing.indexOf(next++);
      return [key, row < 0 ? value : { row }] as const;
    });
    return Object.fromEntries(entries);
  };
  return {
    message: { ...first, header: fold(first.header), attributes: fold(first.attributes) },
    rows,
  };
}

function valuesOf({ header, attributes }: Message): readonly (Plain | undefined)[] {
  return [...Object.values(header ?? {}), ...Object.values(attributes ?? {})];
}
