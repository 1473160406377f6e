import type { Sandbox } from "./sandbox.js";

/**
 * Runs `work` with the locks of all these sandboxes, taken in the order of their making: two who want
 * some of the same never wait for each other. @internal
 */
export function lockAll<T>(
  sandboxes: readonly Sandbox[],
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const inOrder = [...new Set(sandboxes)].sort((a, b) => a.order - b.order);
  const from = (at: number): Promise<T> => {
    const sandbox = inOrder[at];
    return sandbox === undefined ? work() : sandbox.lock.run(() => from(at + 1), signal);
  };
  return from(0);
}
