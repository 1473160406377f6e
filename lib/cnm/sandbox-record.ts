import type { Namespace } from "../kernel/namespace.js";
import type { Family } from "../net/ip.js";
import type { SandboxId } from "./ids.js";
import type { SandboxRecord, SourceRecord } from "./records.js";
import type { DnsOptions } from "./resolv-conf.js";

// What a sandbox is, and how it stands in the store: there and back.

/** What was in a namespace before it was ours. @internal */
export interface Found {
  readonly ifnames: readonly string[];
  readonly defaultRoutes: readonly Family[];
}

/** What its files are to say, beside its endpoints. @internal */
export interface FileOptions {
  readonly domainname?: string | undefined;
  readonly extraHosts?: Readonly<Record<string, string>> | undefined;
  readonly dns?: DnsOptions | undefined;
}

/** What a sandbox is, fixed at its birth. @internal */
export interface SandboxMade {
  readonly id: SandboxId;
  readonly name: string;
  readonly order: number;
  readonly hostname: string;
  readonly files: FileOptions;
  readonly namespace: Namespace;
  readonly source: SourceRecord | null;
  readonly adopted: boolean;
  readonly found: Found;
}

/** @internal */
export function recordOf(made: SandboxMade): SandboxRecord {
  const { id, name, order, hostname, files, namespace, source, adopted, found } = made;
  const rest = { source, adopted, found, made: namespace.identity };
  return { id, name, order, hostname, ...filesRecord(files), ...rest };
}

/** @internal */
export function filesRecord({
  domainname,
  extraHosts,
  dns,
}: FileOptions): Pick<SandboxRecord, "files"> {
  if (domainname === undefined && extraHosts === undefined && dns === undefined) return {};
  return {
    files: { domainname: domainname ?? null, extraHosts: extraHosts ?? {}, dns: dns ?? {} },
  };
}

/** @internal */
export function filesOf({ files }: SandboxRecord): FileOptions {
  const { domainname, extraHosts, dns } = files ?? {};
  return { domainname: domainname ?? undefined, extraHosts, dns };
}
