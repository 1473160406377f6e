import { Addresses } from "./addresses.js";
import { BridgeVlans } from "./bridge-vlans.js";
import type { Channel } from "./channel.js";
import { Conntrack } from "./conntrack.js";
import { Ethtool } from "./ethtool.js";
import { Fdb } from "./fdb.js";
import { GenericNetlink } from "./generic.js";
import { Links } from "./links.js";
import type { EventsOf, OverrunEvent } from "./monitor/kinds.js";
import { Monitor } from "./monitor/monitor.js";
import {
  checkMonitor,
  checkTrace,
  type AskedFor,
  type MonitorOptions,
  type TraceOptions,
} from "./monitor/options.js";
import type { TraceStep } from "./monitor/traces.js";
import { NamespaceIds } from "./namespace-ids.js";
import { Neighbours } from "./neighbours.js";
import { Nexthops } from "./nexthops.js";
import { Nftables } from "./nftables.js";
import { Qdiscs } from "./qdiscs.js";
import { channelKey } from "./registry.js";
import { Routes } from "./routes.js";
import { Rules } from "./rules.js";
import { plainTarget, type Scope } from "./scope.js";
import { Sysctl } from "./sysctl.js";
import { TrafficClasses } from "./traffic-classes.js";
import { TrafficFilters } from "./traffic-filters.js";
import { Wireguard } from "./wireguard.js";

const scope: Scope = {
  target: plainTarget,
  namespace: () => ({ namespace: 0 }),
};

/**
 * What there is in a namespace, one property a noun, in alphabetical order. To add one: its class,
 * a property here, its exports in netlink.ts.
 */
export abstract class Nouns {
  readonly #channel: Channel;
  // Made when first used: most namespaces are only ever named in jobs.
  #made: Map<string, unknown> | undefined;

  /** @internal */
  protected constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** @internal */
  get [channelKey](): Channel {
    return this.#channel;
  }

  /** `ip address` */
  get addresses(): Addresses {
    return this.#once("addresses", () => new Addresses(this.#channel, scope));
  }

  /** `bridge vlan` */
  get bridgeVlans(): BridgeVlans {
    return this.#once("bridgeVlans", () => new BridgeVlans(this.#channel, scope));
  }

  /** `conntrack` */
  get conntrack(): Conntrack {
    return this.#once("conntrack", () => new Conntrack(this.#channel));
  }

  /** `bridge fdb` */
  get fdb(): Fdb {
    return this.#once("fdb", () => new Fdb(this.#channel));
  }

  /** `ethtool` */
  get ethtool(): Ethtool {
    return this.#once("ethtool", () => new Ethtool(this.#channel));
  }

  /** `genl ctrl` */
  get generic(): GenericNetlink {
    return this.#once("generic", () => new GenericNetlink(this.#channel));
  }

  /** `ip link` */
  get links(): Links {
    return this.#once("links", () => new Links(this.#channel));
  }

  /** `ip netns set`, `ip netns list-id` */
  get namespaceIds(): NamespaceIds {
    return this.#once("namespaceIds", () => new NamespaceIds(this.#channel));
  }

  /** `ip neighbour` */
  get neighbours(): Neighbours {
    return this.#once("neighbours", () => new Neighbours(this.#channel));
  }

  /** `ip nexthop` */
  get nexthops(): Nexthops {
    return this.#once("nexthops", () => new Nexthops(this.#channel));
  }

  /** `nft` */
  get nft(): Nftables {
    return this.#once("nft", () => new Nftables(this.#channel));
  }

  /** `tc qdisc` */
  get qdiscs(): Qdiscs {
    return this.#once("qdiscs", () => new Qdiscs(this.#channel));
  }

  /** `ip route` */
  get routes(): Routes {
    return this.#once("routes", () => new Routes(this.#channel, scope));
  }

  /** `ip rule` */
  get rules(): Rules {
    return this.#once("rules", () => new Rules(this.#channel));
  }

  /** `sysctl net.*` */
  get sysctl(): Sysctl {
    return this.#once("sysctl", () => new Sysctl(this.#channel));
  }

  /**
   * Listens to what happens in the namespace: `ip monitor`.
   *
   * @example
   * for await (const event of namespace.monitor({ links: true })) {
   *   if (event.kind === "link") console.log(event.change, event.link.name);
   * }
   *
   * @throws {CnmError} `ERR_CNM_CLOSED`; `ERR_CNM_INVALID_OPTION` where there is nothing to listen to.
   */
  monitor<const O extends MonitorOptions>(options: O): Monitor<EventsOf<AskedFor<O>>> {
    return new Monitor(this.#channel, checkMonitor(options));
  }

  /** `tc class` */
  get trafficClasses(): TrafficClasses {
    return this.#once("trafficClasses", () => new TrafficClasses(this.#channel));
  }

  /** `tc filter` */
  get trafficFilters(): TrafficFilters {
    return this.#once("trafficFilters", () => new TrafficFilters(this.#channel));
  }

  /**
   * The way of packets through the rules of nftables: `nft monitor trace`. Of those packets whose
   * trace a rule has asked for, by `meta nftrace set 1`.
   *
   * @example
   * for await (const step of namespace.trace()) {
   *   if (step.kind !== "overrun") console.log(step.packetId, step.chain, step.verdict);
   * }
   *
   * @throws {CnmError} `ERR_CNM_CLOSED`.
   */
  trace(options: TraceOptions = {}): Monitor<TraceStep | OverrunEvent> {
    return new Monitor(this.#channel, checkTrace(options));
  }

  /** `wg` */
  get wireguard(): Wireguard {
    return this.#once("wireguard", () => new Wireguard(this.#channel));
  }

  #once<T>(name: string, make: () => T): T {
    const all = (this.#made ??= new Map<string, unknown>());
    const made = all.get(name);
    if (made !== undefined) return made as T;
    const noun = make();
    all.set(name, noun);
    return noun;
  }
}
