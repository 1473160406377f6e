import type { Monitor, MonitorEvent, Namespace } from "#lib/netlink.js";
import { output } from "./run.js";

/** Events up to the first that passes the test, it included. */
export async function upTo<E>(
  monitor: Monitor<E>,
  test: (event: E) => boolean,
): Promise<readonly E[]> {
  const seen: E[] = [];
  for (;;) {
    const { value, done } = await monitor.next();
    if (done === true) throw new Error("the monitor has ended");
    seen.push(value);
    if (test(value)) return seen;
  }
}

/** "new link br0", for comparing. */
export function words(event: MonitorEvent): string {
  switch (event.kind) {
    case "link":
      return `${event.change} link ${event.link.name}`;
    case "address":
      return `${event.change} address ${event.address.address}`;
    case "flow":
      return `${event.change} flow to ${event.flow.original.destination}`;
    case "fdb":
      return `${event.change} entry ${event.entry.mac}`;
    case "namespaceId":
      return `${event.change} namespace ${event.id}`;
    case "neighbour":
      return `${event.change} neighbour ${event.neighbour.address}`;
    case "nexthop":
      return `${event.change} nexthop ${event.nexthop.id}`;
    case "rule":
      return `${event.change} rule ${event.rule.priority}`;
    case "route":
      return `${event.change} route ${event.route.destination}`;
    case "overrun":
      return "overrun";
    default:
      return event satisfies never;
  }
}

/** ip(8) inside the namespace: others' doings. */
export async function ipDoes(netns: Namespace, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const path = netns.path ?? "";
    await output("nsenter", [`--net=${path}`, "--", "ip", ...line.split(" ")]);
  }
}
