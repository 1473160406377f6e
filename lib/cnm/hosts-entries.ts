import type { Endpoint } from "./endpoint.js";
import type { HostsEntry } from "./hosts.js";
import type { Sandbox } from "./sandbox.js";
import type { FileOptions } from "./sandbox-record.js";

/** Whom a sandbox knows by name: the lines of its `/etc/hosts` that are its own. @internal */
export function hostsEntriesOf(
  sandbox: Sandbox,
  { domainname, extraHosts = {} }: FileOptions,
): readonly HostsEntry[] {
  const { hostname } = sandbox;
  const names = domainname === undefined ? [] : [`${hostname}.${domainname}`];
  const extra = Object.entries(extraHosts).flatMap(([name, address]) =>
    addressesOf(sandbox, address).map((ip) => ({ ip, names: [name] })),
  );
  const ofEndpoints = sandbox.endpoints().flatMap((own) => [
    ...own.addresses.map((ip) => ({ ip: bare(ip), names: namesOf(own, ...names, hostname) })),
    ...own.network.endpoints().flatMap((peer) => {
      if (peer === own || peer.sandbox === undefined) return [];
      return peer.addresses.map((ip) => ({ ip: bare(ip), names: namesOf(peer) }));
    }),
  ]);
  return [...extra, ...ofEndpoints];
}

/** What an extra host's address stands for. */
function addressesOf(sandbox: Sandbox, address: string): readonly string[] {
  if (address !== "host-gateway") return [address];
  const gateways = sandbox
    .endpoints()
    .map(({ network }) => network.subnets.flatMap(({ gateway }) => gateway ?? []));
  return gateways.find((some) => some.length > 0) ?? [];
}

function namesOf(endpoint: Endpoint, ...more: readonly string[]): readonly string[] {
  const names = [endpoint.name, ...endpoint.aliases];
  const network = endpoint.network.name;
  return [...new Set([...more, ...names.flatMap((name) => [name, `${name}.${network}`])])];
}

function bare(address: string): string {
  return address.slice(0, address.indexOf("/"));
}
