import type { Driver } from "../drivers/contract.js";
import type { IpamFactory, PoolSource } from "../ipam/contract.js";
import type { Namespace } from "../kernel/namespace.js";
import type { Store } from "../store/contract.js";

/** How {@link Controller.open} is to open. */
export interface ControllerOptions {
  /**
   * Names its run directory and marks its links: one controller of an instance may be open in a
   * host namespace at a time. Up to 16 of a-z, 0-9, `-`. Default: `vethwork`.
   */
  readonly instance?: string;
  /**
   * Where the state is kept (`/var/lib/vethwork` is usual): whoever opens it next goes on with what
   * is there. Default: in memory, and then nothing that this controller makes outlives it.
   */
  readonly stateDirectory?: string;
  /**
   * Where namespaces are pinned. Default: `/run/<instance>` if it can be made, else
   * `$XDG_RUNTIME_DIR/<instance>`, else a temporary folder.
   */
  readonly runDirectory?: string;
  /**
   * The network namespace that is "the host": bridges and the host's ends of pairs live there. It
   * stays the caller's to close. Default: the one that this process is in.
   */
  readonly host?: Namespace;
  /** Drivers of your own, beside the library's; a network names one in `driver`. */
  readonly drivers?: readonly Driver[];
  /** IPAMs of your own, beside the library's; a network names one in `ipam`. */
  readonly ipams?: readonly IpamFactory[];
  /**
   * A store of your own, in place of `stateDirectory`, open and for this controller alone. It stays
   * the caller's to close, after the controller.
   */
  readonly store?: Store;
  /** Where subnets come from that nobody asked for by name, in the order to try. */
  readonly pools?: readonly PoolSource[];
  readonly signal?: AbortSignal;
}
