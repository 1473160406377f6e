import { CnmError } from "../errors.js";
import type { Message } from "../native.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";

/**
 * Asks for each entry of a list, all of them whatever becomes of one. What is refused here refuses
 * the list before the kernel hears of any.
 *
 * @param verb First phrase of messages: `"add neighbours"`.
 * @throws {AggregateError} of a KernelError an entry that was refused, `context.position` says
 *   which one.
 * @internal
 */
export async function askMany<T>(
  channel: Channel,
  verb: string,
  entries: readonly T[],
  message: (entry: T) => Message,
  describe: (entry: T) => string,
): Promise<void> {
  channel.assertOpen(verb);
  const refused = await channel.requestMany(entries, message);
  if (refused.size === 0) return;
  const errors = [...refused].map(([position, error]) => {
    const operation = `${verb}: ${describe(entries[position] as T)}`;
    return kernelFailure(operation, error, { position, namespace: channel.name });
  });
  const [first] = errors;
  const words = first instanceof CnmError ? first.message : verb;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more of ${entries.length})` : "";
  throw new AggregateError(errors, words + more);
}
