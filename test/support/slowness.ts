import { Runnable } from "mocha";

/** How many times longer than usual everything may take: VETHWORK_TEST_SLOWNESS, in an emulator. */
export const slowness = Number(process.env["VETHWORK_TEST_SLOWNESS"] ?? 1);

type Timeout = (this: Runnable, ms?: string | number) => unknown;

/** Stretches every timeout of mocha's, those too that a test sets for itself. */
export function stretchTimeouts(): void {
  if (slowness === 1) return;
  const original = Reflect.get(Runnable.prototype, "timeout") as Timeout;
  const stretched: Timeout = function (ms) {
    return ms === undefined ? original.call(this) : original.call(this, Number(ms) * slowness);
  };
  Reflect.set(Runnable.prototype, "timeout", stretched);
}
