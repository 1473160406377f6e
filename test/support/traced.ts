import { tracingChannel } from "node:diagnostics_channel";

/** What is published on the tracing channel while `work` runs, in the order in which it ended. */
export async function traced<T extends object>(
  channelName: string,
  work: () => Promise<unknown>,
): Promise<readonly T[]> {
  const ended: T[] = [];
  const nothing = () => undefined;
  const subscribers = {
    ...{ start: nothing, end: nothing, asyncStart: nothing, error: nothing },
    asyncEnd: (trace: T) => void ended.push(trace),
  };
  const channel = tracingChannel<unknown, T>(channelName);
  channel.subscribe(subscribers);
  try {
    await work();
  } finally {
    channel.unsubscribe(subscribers);
  }
  return ended;
}
