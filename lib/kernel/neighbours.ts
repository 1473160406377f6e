import type { Decoded, Message, MessageFlag } from "../native.js";
import type { Family } from "../net/ip.js";
import { check, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { address, boolean, list, oneOf, signal as abortSignal } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { linkLayerAddress } from "./hardware.js";
import { target } from "./link/schema.js";
import type { LinkTarget } from "./link/types.js";
import { askMany } from "./many.js";
import { routingProtocol, type RoutingProtocol } from "./protocol.js";
import { picked } from "./rows.js";
import { describeTarget, plainTarget } from "./scope.js";

const states = [
  ...(["permanent", "noarp", "reachable", "stale", "none"] as const),
  ...(["incomplete", "delay", "probe", "failed"] as const),
];

/** ip-neighbour(8), `nud`. Source: NUD_*. */
export type NeighbourState = (typeof states)[number];

/** Which neighbour. */
export interface NeighbourTarget {
  readonly link: LinkTarget;
  readonly address: string;
  /** Of those that are answered for, not of the cache. */
  readonly proxy?: boolean;
}

/** What `neighbours.add` and `neighbours.replace` take. */
export interface NeighbourSpec extends NeighbourTarget {
  /** Its MAC address as a rule; of other links up to 32 bytes. */
  readonly lladdr?: string;
  /** Default: `"permanent"`; `"none"` with `managed` or `use`. */
  readonly state?: NeighbourState;
  /** It is a router (IPv6). */
  readonly router?: boolean;
  /** Learned by a control plane: not aged, not flushed by the kernel. */
  readonly externLearn?: boolean;
  /** Kept reachable by the kernel's own probes. Since Linux 5.16. */
  readonly managed?: boolean;
  /** Resolve it now. */
  readonly use?: boolean;
  readonly protocol?: RoutingProtocol;
}

/** A neighbour as the kernel shows it. */
export interface Neighbour {
  readonly family: Family;
  /** Index of its link. */
  readonly link: number;
  readonly address: string;
  readonly lladdr: string | undefined;
  readonly state: NeighbourState;
  /** `"router"`, `"proxy"`, `"extern_learn"`, `"managed"` ... Source: NTF_*. */
  readonly flags: readonly string[];
  readonly protocol: string | number | undefined;
}

export interface NeighbourFilter {
  readonly link?: string | number;
  readonly family?: Family;
  /** Those on ports of this bridge (or other master). */
  readonly master?: string | number;
  readonly state?: NeighbourState;
  /** Those that are answered for, instead of the cache. */
  readonly proxy?: boolean;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

const targetEntries = { link: target, address: address(), proxy: optional(boolean()) };
const which: Type<NeighbourTarget> = options(targetEntries);
const spec: Type<NeighbourSpec> = options({
  ...targetEntries,
  lladdr: optional(linkLayerAddress),
  state: optional(oneOf(...states)),
  router: optional(boolean()),
  externLearn: optional(boolean()),
  managed: optional(boolean()),
  use: optional(boolean()),
  protocol: optional(routingProtocol),
});
const specs = list(spec);
const targets = list(which);
const filterSchema = options({
  link: optional(target),
  family: optional(oneOf("inet", "inet6")),
  master: optional(target),
  state: optional(oneOf(...states)),
  proxy: optional(boolean()),
  signal: optional(abortSignal()),
});

const addFlags = ["create", "excl"] as const;
const replaceFlags = ["create", "replace"] as const;

function body(type: string, at: NeighbourTarget) {
  return {
    type,
    header: {
      family: at.address.includes(":") ? "inet6" : "inet",
      index: plainTarget(at.link, "link"),
      flags: at.proxy === true ? ["proxy"] : undefined,
    },
    attributes: { dst: at.address },
  } as const;
}

// Lists that are the same object count as common to many messages (rows.ts).
const stateBits: ReadonlyMap<NeighbourState, readonly string[] | undefined> = new Map(
  states.map((state) => [state, state === "none" ? undefined : [state]] as const),
);
const managed = ["managed"] as const;

function newMessage(entry: NeighbourSpec, flags: readonly MessageFlag[]): Message {
  // The kernel refuses permanent ones that it is to look after.
  const cared = entry.managed === true || entry.use === true;
  return {
    type: "RTM_NEWNEIGH",
    flags,
    header: {
      family: entry.address.includes(":") ? "inet6" : "inet",
      index: plainTarget(entry.link, "link"),
      state: stateBits.get(entry.state ?? (cared ? "none" : "permanent")),
      flags: marksOf(entry),
    },
    attributes: {
      dst: entry.address,
      lladdr: entry.lladdr,
      protocol: entry.protocol,
      flags_ext: entry.managed === true ? managed : undefined,
    },
  };
}

function marksOf({ proxy, router, externLearn, use }: NeighbourSpec): string[] | undefined {
  const marks: string[] = [];
  if (proxy === true) marks.push("proxy");
  if (router === true) marks.push("router");
  if (externLearn === true) marks.push("extern_learn");
  if (use === true) marks.push("use");
  return marks.length > 0 ? marks : undefined;
}

/**
 * The neighbours of one namespace, ARP and ND: `ip neighbour`, both families.
 *
 * @example
 * await namespace.neighbours.add({ link: "eth0", address: "10.0.0.2", lladdr: "02:00:00:00:00:02" });
 */
export class Neighbours {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** @throws {KernelError} with `syscall` `"RTM_NEWNEIGH"`: EEXIST, ENODEV ... */
  async add(neighbour: NeighbourSpec): Promise<void> {
    await this.#put("add neighbour", neighbour, addFlags);
  }

  /** Adds it, or changes the one that is there. */
  async replace(neighbour: NeighbourSpec): Promise<void> {
    await this.#put("replace neighbour", neighbour, replaceFlags);
  }

  async #put(verb: string, neighbour: NeighbourSpec, flags: readonly MessageFlag[]): Promise<void> {
    const entry = check(spec, neighbour, verb);
    await this.#ask(verb, entry, newMessage(entry, flags));
  }

  /**
   * Adds all of them, in few system calls. One that the kernel refuses does not stop the others.
   *
   * @throws {AggregateError} of a {@link KernelError} for each that was refused; its
   *   `context.position` says which.
   */
  async addMany(neighbours: readonly NeighbourSpec[]): Promise<void> {
    await this.#many("add neighbours", neighbours, addFlags);
  }

  /** As {@link addMany}; changes those that are there. */
  async replaceMany(neighbours: readonly NeighbourSpec[]): Promise<void> {
    await this.#many("replace neighbours", neighbours, replaceFlags);
  }

  async #many(
    verb: string,
    neighbours: readonly NeighbourSpec[],
    flags: readonly MessageFlag[],
  ): Promise<void> {
    const entries = check(specs, neighbours, verb, "neighbours");
    await askMany(this.#channel, verb, entries, (entry) => newMessage(entry, flags), describe);
  }

  /** @throws {KernelError} ENOENT where there is no such neighbour. */
  async delete(neighbour: NeighbourTarget): Promise<void> {
    const at = check(which, neighbour, "delete neighbour");
    await this.#ask("delete neighbour", at, body("RTM_DELNEIGH", at));
  }

  /** As {@link addMany}; what is not there is refused. */
  async deleteMany(neighbours: readonly NeighbourTarget[]): Promise<void> {
    const verb = "delete neighbours";
    const all = check(targets, neighbours, verb, "neighbours");
    await askMany(this.#channel, verb, all, (at) => body("RTM_DELNEIGH", at), describe);
  }

  /** @throws {KernelError} ENOENT where there is no such neighbour. */
  async get(neighbour: NeighbourTarget): Promise<Neighbour> {
    const at = check(which, neighbour, "get neighbour");
    const replies = await this.#ask("get neighbour", at, body("RTM_GETNEIGH", at));
    return neighbourOf(replies[0] as Decoded);
  }

  /**
   * All neighbours, or those that pass the filter. The kernel filters, but for `state`; multicast
   * and broadcast ones (`"noarp"`) and those unresolved (`"none"`) are listed too.
   */
  async list(filter: NeighbourFilter = {}): Promise<readonly Neighbour[]> {
    const { link, family, master, state, proxy, signal } = check(
      filterSchema,
      filter,
      "list neighbours",
    );
    this.#channel.assertOpen("list neighbours");
    try {
      const question: Message = {
        type: "RTM_GETNEIGH",
        flags: ["dump"],
        header: { family: family ?? "unspec", flags: proxy === true ? ["proxy"] : undefined },
        attributes: {
          ifindex: link === undefined ? undefined : plainTarget(link, "link"),
          master: master === undefined ? undefined : plainTarget(master, "master"),
        },
      };
      const rows = (await this.#channel.dumpRows(
        question,
        shown,
        signal,
      )) as readonly NeighbourRow[];
      const all = rows.filter(isIp).map(decodeNeighbour);
      return state === undefined ? all : all.filter((one) => one.state === state);
    } catch (error) {
      throw kernelFailure("list neighbours", error, { namespace: this.#channel.name });
    }
  }

  /**
   * Deletes those that pass the filter: `ip neighbour flush`. Without `state`, permanent ones and
   * `"noarp"` ones stay. What goes away meanwhile is no error.
   *
   * @returns How many there were.
   */
  async flush(filter: NeighbourFilter = {}): Promise<number> {
    const all = await this.list(filter);
    const kept = filter.state === undefined && filter.proxy !== true;
    const gone = kept ? all.filter(({ state }) => !lasting.has(state)) : all;
    const entries = gone.map(({ link, address, flags }) => ({
      link,
      address,
      proxy: flags.includes("proxy"),
    }));
    const refused = await this.#channel.requestMany(entries, (at) => body("RTM_DELNEIGH", at));
    for (const error of refused.values()) {
      if (error.code === "ENOENT") continue;
      throw kernelFailure("flush neighbours", error, { namespace: this.#channel.name });
    }
    return gone.length;
  }

  async #ask(verb: string, at: NeighbourTarget, message: Message): Promise<readonly Decoded[]> {
    const operation = `${verb} ${describe(at)}`;
    this.#channel.assertOpen(operation);
    try {
      return await this.#channel.request(message);
    } catch (error) {
      const { address } = at;
      throw kernelFailure(operation, error, { address, namespace: this.#channel.name });
    }
  }
}

const lasting: ReadonlySet<NeighbourState> = new Set(["permanent", "noarp"]);

function describe({ address, link }: NeighbourTarget): string {
  return `${address} on link ${describeTarget(link)}`;
}

// What of the kernel's messages a neighbour is made of.
const shown = ["family", "index", "state", "flags", "dst", "lladdr", "protocol", "flags_ext"];
type NeighbourRow = readonly [
  family: string,
  index: number,
  state: readonly NeighbourState[],
  flags: readonly string[],
  dst: string | null,
  lladdr: string | null,
  protocol: string | number | null,
  moreFlags: readonly string[] | null,
];

// Without a family the kernel shows other protocols' tables too (decnet, mctp).
function isIp([family]: NeighbourRow): boolean {
  return family === "inet" || family === "inet6";
}

/** @internal */
export function neighbourOf(message: Decoded): Neighbour {
  return decodeNeighbour(picked(message, shown) as NeighbourRow);
}

function decodeNeighbour(row: NeighbourRow): Neighbour {
  const [family, link, state, flags, dst, lladdr, protocol, moreFlags] = row;
  return {
    family: family as Family,
    link,
    address: dst ?? "",
    lladdr: lladdr ?? undefined,
    state: state[0] ?? "none",
    flags: moreFlags === null ? flags : [...flags, ...moreFlags],
    protocol: protocol ?? undefined,
  };
}
