import type { Decoded, Message, Step } from "../../native.js";
import type { Channel } from "../channel.js";
import type { Memory } from "./memory.js";

// What there is in a namespace, of the kinds that a monitor remembers.

/** One for each of the kinds' dumps. @internal */
export function dumpSteps(memories: readonly Memory[]): readonly Step[] {
  return memories.flatMap(({ kind }) => kind.dumps.map(stepOf));
}

const isDump = ({ flags }: Message) => flags?.includes("dump") === true;

function stepOf(message: Message): Step {
  if (isDump(message)) return { do: "dump", in: 0, message };
  return { do: "request", in: 0, messages: [message] };
}

/**
 * The answers of each kind.
 *
 * @param result Of the steps, by position.
 * @internal
 */
export function gather(
  channel: Channel,
  memories: readonly Memory[],
  result: (at: number) => unknown,
): Promise<readonly (readonly Decoded[])[]> {
  let at = 0;
  const all = memories.map(async ({ kind }) => {
    const dumped = kind.dumps.flatMap((message): readonly Decoded[] => {
      const answer = result(at++);
      if (isDump(message)) return answer as readonly Decoded[];
      return (answer as readonly (readonly Decoded[])[]).flat();
    });
    const more = (kind.more?.(dumped) ?? []).map((message) => dumpIfThere(channel, message));
    return [...dumped, ...(await Promise.all(more)).flat()];
  });
  return Promise.all(all);
}

async function dumpIfThere(channel: Channel, message: Message): Promise<readonly Decoded[]> {
  try {
    return await channel.dump(message);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []; // it has gone meanwhile
    throw error;
  }
}
