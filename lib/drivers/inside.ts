import type { Job } from "../kernel/job.js";
import type { LinkChanges, LinkTarget } from "../kernel/link/types.js";
import type { Attachment } from "./contract.js";

/**
 * Adds to the job what is to be done in the sandbox with an interface that is there and down:
 * sysctls, up, addresses, routes. Every driver does it so, whatever kind of link it makes.
 *
 * @example
 * const job = new Job();
 * const pair = job.addLink(host.namespace, { kind: "veth", ..., peer: { namespace: sandbox, ... } });
 * setUpInside(job, pair.peer, attachment);
 *
 * @param settings Of the link, beside that it goes up.
 */
export function setUpInside(
  job: Job,
  link: LinkTarget,
  attachment: Attachment,
  settings: LinkChanges = {},
): void {
  const { sandbox, ifname, addresses, defaultGateways } = attachment;
  const { takesOver = [], sysctls = {}, routes = [] } = attachment;
  // Before it goes up, and before it has an address: some count from then on (accept_dad).
  for (const [name, value] of Object.entries(sysctls)) {
    job.setSysctl(sandbox, sysctlOf(name, ifname), value);
  }
  job.setLink(sandbox, link, { up: true, ...settings });
  for (const address of addresses) {
    job.addAddress(sandbox, { link, address, ...noDad(address) });
  }
  for (const gateway of defaultGateways) {
    const route = { destination: "default", gateway, link } as const;
    if (takesOver.includes(gateway.includes(":") ? "inet6" : "inet")) {
      job.replaceRoute(sandbox, route);
    } else {
      job.addRoute(sandbox, route);
    }
  }
  for (const { destination, gateway } of routes) {
    job.addRoute(sandbox, { destination, link, ...(gateway !== null && { gateway }) });
  }
}

// With slashes: a dot may be part of the interface's name.
function sysctlOf(name: string, ifname: string): string {
  const parts = name.split(".").map((part) => (part === "IFNAME" ? ifname : part));
  return parts.join("/");
}

/** IPAM vouches that nobody else has it: waiting for duplicates would cost a second. */
export function noDad(address: string): { noDad?: boolean } {
  return address.includes(":") ? { noDad: true } : {};
}
