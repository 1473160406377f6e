import { KernelError, type Context, type NativeError } from "../errors.js";

/** Turns the addon's error into ours, with what was asked and of whom. @internal */
export function kernelFailure(operation: string, error: unknown, context: Context): unknown {
  return isNative(error) ? new KernelError(operation, error, context) : error;
}

function isNative(error: unknown): error is NativeError {
  return error instanceof Error && "errno" in error && "syscall" in error && !("context" in error);
}
