import type { Decoded, Message, Plain, Step } from "../native.js";

/** The values that a dump was asked for (`pick` of its step), in that order. */
export type Picked = readonly unknown[];

/** What of a whole message a pick of it would be. */
export function picked({ header, attributes }: Decoded, pick: readonly string[]): Picked {
  return pick.map((key) => header[key] ?? attributes[key] ?? null);
}

/**
 * The step that sends the messages. Where they are of one shape, as one function makes them: what
 * they have in common as one message, and a row each of what differs, a third of the text to write
 * here and to parse in the addon, which takes as long as the kernel does.
 */
export function folded(messages: readonly Message[]): Step {
  const first = messages[0];
  const keys = first === undefined ? [] : keysOf(first);
  if (first === undefined || !messages.every((one) => isOf(keys, one))) {
    return { do: "request", in: 0, messages };
  }
  const all = messages.map(valuesOf);
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
  const message = { ...first, header: fold(first.header), attributes: fold(first.attributes) };
  return { do: "rows", in: 0, message, rows };
}

// Of the header, "" and of the attributes.
function keysOf({ header, attributes }: Message): readonly string[] {
  return [...Object.keys(header ?? {}), "", ...Object.keys(attributes ?? {})];
}

function isOf(keys: readonly string[], message: Message): boolean {
  const own = keysOf(message);
  return own.length === keys.length && own.every((key, at) => key === keys[at]);
}

function valuesOf({ header, attributes }: Message): readonly (Plain | undefined)[] {
  return [...Object.values(header ?? {}), ...Object.values(attributes ?? {})];
}
