import { CnmError, KernelError, phrase } from "../errors.js";
import type { Hold } from "../kernel/hold.js";
import type { Namespace } from "../kernel/namespace.js";
import { processName } from "../util/process-name.js";

// Two would choose the same names and addresses, and take each other's links for leftovers.
/** @internal */
export async function holdInstance(host: Namespace, instance: string): Promise<Hold> {
  try {
    return await host.hold(`vethwork/${instance}`);
  } catch (error) {
    if (!(error instanceof KernelError) || error.errnoName !== "EADDRINUSE") {
      throw phrase("open controller", error);
    }
    const pid = error.context["pid"] as number | undefined;
    throw new CnmError(
      "ERR_CNM_CONFLICT",
      `open controller: the instance ${instance} is open in this namespace already, by ${processName(pid)}; close that one, or give another instance name`,
      { instance, pid },
      { cause: error },
    );
  }
}
