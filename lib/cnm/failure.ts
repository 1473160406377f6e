import { phrase, unphrase, type Context } from "../errors.js";

/**
 * Runs a public operation: its errors gain the operation's phrase, and one whose undo failed too
 * keeps its code, with all that went wrong in `errors`.
 * @internal
 */
export async function operate<T>(
  operation: string,
  work: () => Promise<T>,
  context: Context = {},
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // What was refused within may have named the operation already: once is enough.
    throw phrase(operation, unphrase(operation, withUndoFailures(error)), context);
  }
}

// `await using` throws a SuppressedError where the block and the undo both failed.
function withUndoFailures(error: unknown): unknown {
  if (!(error instanceof Error) || !("suppressed" in error) || !("error" in error)) return error;
  const first = error.suppressed;
  const later =
    error.error instanceof AggregateError ? (error.error.errors as unknown[]) : [error.error];
  const message = first instanceof Error ? first.message : String(first);
  return Object.assign(
    new AggregateError([first, ...later], `${message}; undoing it failed too: ${String(later[0])}`),
    first instanceof Error && "code" in first ? { code: first.code } : {},
  );
}

/** Takes down step by step: all are tried, the failures come together. @internal */
export async function collect(operation: string, steps: readonly (() => unknown)[]): Promise<void> {
  throwAll(operation, await collected(steps));
}

/** As {@link collect}, and returns the failures. @internal */
export async function collected(steps: readonly (() => unknown)[]): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      if (error instanceof AggregateError) failures.push(...(error.errors as unknown[]));
      else failures.push(error);
    }
  }
  return failures;
}

/** Nothing where nothing failed; else the one, or all together. @internal */
export function throwAll(operation: string, failures: readonly unknown[]): void {
  if (failures.length === 1) throw phrase(operation, failures[0]);
  if (failures.length > 1) {
    throw new AggregateError(failures, `${operation}: ${failures.map(String).join("; ")}`);
  }
}

/** Waits for all of them; the failures come together, as those of {@link collect}. @internal */
export async function allOf<T>(operation: string, work: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(work);
  throwAll(
    operation,
    ended.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : [])),
  );
  return Promise.all(work);
}
