import type { NamespaceIdentity } from "../kernel/namespace.js";
import type { DnsOptions } from "./resolv-conf.js";

/** How {@link Controller.createSandbox} is to make it. */
export interface SandboxOptions {
  /** Where its namespace is pinned: a file that does not exist yet. Default: in the run directory. */
  readonly path?: string;
  /** For its `/etc/hosts`. Default: its name. */
  readonly hostname?: string;
  /** The domain that the hostname is in: `"example.org"`. */
  readonly domainname?: string;
  /**
   * More lines of its `/etc/hosts`: addresses by name. `"host-gateway"` stands for the gateways of the
   * first network that it is on.
   */
  readonly extraHosts?: Readonly<Record<string, string>>;
  /** For its `/etc/resolv.conf`. Default: as on the host. */
  readonly dns?: DnsOptions;
  /** Looked at between steps; the step under way finishes, then all is undone. */
  readonly signal?: AbortSignal;
}

/** A sandbox that is to be made: {@link SandboxOptions} with a name. */
export interface NewSandbox extends Omit<SandboxOptions, "signal"> {
  readonly name: string;
}

/** A sandbox as plain JSON. */
export interface SandboxInspection {
  readonly version: 1;
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  readonly domainname: string | null;
  readonly extraHosts: Readonly<Record<string, string>>;
  readonly dns: DnsOptions;
  readonly path: string | null;
  readonly identity: NamespaceIdentity;
  /** Made by somebody else: deleting the sandbox leaves the namespace. */
  readonly adopted: boolean;
  readonly endpoints: readonly { readonly id: string; readonly name: string }[];
}
