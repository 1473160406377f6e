import type { Monitor, MonitorEvent, Namespace } from "#lib/netlink.js";
import { output } from "./run.js";

/** Events up to the first that passes the test, it included. */
export async function upTo<E>(monitor: Monitor<E>, test: (event: E) => boolean): Promise<E[]> {
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
    case "nftTable":
      return `${event.change} table ${event.table.name}`;
    case "nftChain":
      return `${event.change} chain ${event.chain.name}`;
    case "nftRule":
      return `${event.change} rule of ${event.rule.chain}`;
    case "nftSet":
      return `${event.change} set ${event.set.name}`;
    case "nftObject":
      return `${event.change} ${event.object.kind} ${event.object.name}`;
    case "nftFlowtable":
      return `${event.change} flowtable ${event.flowtable.name}`;
    case "nftGeneration":
      return `generation by ${event.process?.name ?? "somebody"}`;
    case "nftElement":
      return `${event.change} element ${keyWords(event.element.key)} of ${event.set.name}`;
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

const keyWords = (key: unknown) => (typeof key === "string" ? key : JSON.stringify(key));

/** ip(8) inside the namespace: others' doings. */
export async function ipDoes(netns: Namespace, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const path = netns.path ?? "";
    await output("nsenter", [`--net=${path}`, "--", "ip", ...line.split(" ")]);
  }
}
