import { CnmError, KernelError } from "#lib/netlink.js";

/** The error that a promise rejects with; a promise that resolves is an assertion error. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error("it was expected to reject with an Error, and did not");
}

/** As {@link rejection}, of the kernel. */
export async function kernelRefusal(promise: Promise<unknown>): Promise<KernelError> {
  const error = await rejection(promise);
  if (error instanceof KernelError) return error;
  throw new Error(`it was expected to reject with a KernelError, not with ${String(error)}`);
}

/** As {@link rejection}, of the library itself, before the kernel was asked. */
export async function cnmRefusal(promise: Promise<unknown>): Promise<CnmError> {
  const error = await rejection(promise);
  if (error instanceof CnmError && !(error instanceof KernelError)) return error;
  throw new Error(`it was expected to reject with a CnmError, not with ${String(error)}`);
}
