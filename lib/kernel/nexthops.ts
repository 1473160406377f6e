import { CnmError } from "../errors.js";
import type { Decoded, Message, Plain } from "../native.js";
import type { Family } from "../net/ip.js";
import { check, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import {
  address,
  boolean,
  checked,
  integer,
  list,
  oneOf,
  signal as abortSignal,
} from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { target } from "./link/schema.js";
import type { LinkTarget } from "./link/types.js";
import { routingProtocol, type RoutingProtocol } from "./protocol.js";
import { familyOfText } from "./route/schema.js";
import { plainTarget } from "./scope.js";

/** A nexthop of a group. */
export interface NexthopMember {
  readonly id: number;
  /** 1 to 256, since Linux 6.12 to 65536. Default: 1. */
  readonly weight?: number;
}

/** A group that keeps flows where they are when its members change. */
export interface ResilientGroup {
  readonly buckets?: number;
  /** In steps of 10 ms: a bucket without packets for so long may move. */
  readonly idleTimerMs?: number;
  /** In steps of 10 ms: out of balance for so long, all may move; 0 is never. */
  readonly unbalancedTimerMs?: number;
}

/** What `nexthops.add` and `nexthops.replace` take: a gateway, a link, a blackhole or a group. */
export interface NexthopSpec {
  /** Chosen by the kernel where it is left out. */
  readonly id?: number;
  /** Default: that of the gateway, else `"inet"`. */
  readonly family?: Family;
  readonly gateway?: string;
  readonly link?: LinkTarget;
  readonly onlink?: boolean;
  /** Drops all. */
  readonly blackhole?: boolean;
  /** For entries of VXLAN's forwarding database: the far end, or a group of such. */
  readonly fdb?: boolean;
  readonly group?: readonly NexthopMember[];
  /** Makes the group a resilient one. */
  readonly resilient?: ResilientGroup;
  readonly protocol?: RoutingProtocol;
}

/** A nexthop as the kernel shows it. */
export interface Nexthop {
  readonly id: number;
  /** `undefined` of groups. */
  readonly family: Family | undefined;
  readonly gateway: string | undefined;
  /** Index of the link. */
  readonly link: number | undefined;
  readonly scope: string | number;
  readonly protocol: string | number;
  readonly blackhole: boolean;
  readonly fdb: boolean;
  readonly group: readonly Required<NexthopMember>[] | undefined;
  readonly resilient: ResilientGroup | undefined;
  /** `"onlink"`, `"dead"`, `"linkdown"` ... Source: RTNH_F_*. */
  readonly flags: readonly string[];
}

/** The kernel filters. */
export interface NexthopFilter {
  readonly family?: Family;
  readonly link?: string | number;
  /** Those whose link is a port of this master. */
  readonly master?: string | number;
  /** Groups only. */
  readonly groups?: boolean;
  readonly fdb?: boolean;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

const identifier = integer(1, 0xffff_ffff);
const ticks = optional(integer(0, 0xffff_ffff * 10));
const members = checked(
  list(options({ id: identifier, weight: optional(integer(1, 65536)) })),
  ({ length }) => (length > 0 ? undefined : "must not be empty"),
);
const spec: Type<NexthopSpec> = options({
  id: optional(identifier),
  family: optional(oneOf("inet", "inet6")),
  gateway: optional(address()),
  link: optional(target),
  onlink: optional(boolean()),
  blackhole: optional(boolean()),
  fdb: optional(boolean()),
  group: optional(members),
  resilient: optional(
    options({
      buckets: optional(integer(1, 65535)),
      idleTimerMs: ticks,
      unbalancedTimerMs: ticks,
    }),
  ),
  protocol: optional(routingProtocol),
});
const filterSchema = options({
  family: optional(oneOf("inet", "inet6")),
  link: optional(target),
  master: optional(target),
  groups: optional(boolean()),
  fdb: optional(boolean()),
  signal: optional(abortSignal()),
});

function checkNexthop(value: NexthopSpec, operation: string): NexthopSpec {
  const nexthop = check(spec, value, operation);
  const { family, gateway, group, resilient } = nexthop;
  if (family !== undefined && gateway !== undefined && familyOfText(gateway) !== family) {
    throw new CnmError(
      "ERR_CNM_INVALID_ADDRESS",
      `${operation}: gateway: ${gateway} is not of the family ${family}`,
      { field: "gateway" },
    );
  }
  const field = resilient !== undefined && group === undefined ? "resilient" : undefined;
  if (field === undefined) return nexthop;
  throw new CnmError("ERR_CNM_INVALID_OPTION", `${operation}: ${field}: is for groups`, { field });
}

function nexthopMessage(nexthop: NexthopSpec, flags: Message["flags"]): Message {
  const { group, resilient, gateway } = nexthop;
  const family = nexthop.family ?? (gateway === undefined ? "inet" : familyOfText(gateway));
  return {
    type: "RTM_NEWNEXTHOP",
    ...(flags && { flags }),
    header: {
      family: group === undefined ? family : "unspec",
      protocol: nexthop.protocol ?? "static",
      flags: nexthop.onlink === true ? ["onlink"] : undefined,
    },
    attributes: {
      id: nexthop.id,
      group: group?.map(encodeMember),
      group_type: resilient === undefined ? undefined : "resilient",
      blackhole: nexthop.blackhole,
      oif: nexthop.link === undefined ? undefined : plainTarget(nexthop.link, "link"),
      gateway,
      fdb: nexthop.fdb,
      res_group: resilient && encodeResilient(resilient),
    },
  };
}

function encodeMember({ id, weight = 1 }: NexthopMember): Plain {
  return { id, weight: (weight - 1) & 0xff, weight_high: (weight - 1) >> 8 };
}

// USER_HZ: the kernel takes and gives these in 1/100 s.
function encodeResilient({ buckets, idleTimerMs, unbalancedTimerMs }: ResilientGroup) {
  const inTicks = (ms: number | undefined) => (ms === undefined ? undefined : Math.round(ms / 10));
  return {
    buckets,
    idle_timer: inTicks(idleTimerMs),
    unbalanced_timer: inTicks(unbalancedTimerMs),
  };
}

/**
 * Gateways that routes share, and groups of them: `ip nexthop`.
 *
 * @example
 * await namespace.nexthops.add({ id: 1, gateway: "10.0.0.2", link: "eth0" });
 * await namespace.routes.add({ destination: "10.9.0.0/16", nexthopId: 1 });
 */
export class Nexthops {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * @returns The nexthop as the kernel made it, with its id.
   * @throws {KernelError} with `syscall` `"RTM_NEWNEXTHOP"`: EEXIST, EINVAL, ENETUNREACH ...
   */
  async add(nexthop: NexthopSpec): Promise<Nexthop> {
    return this.#put("add nexthop", nexthop, ["create", "excl", "echo"]);
  }

  /** Adds it, or changes the one with this id; what routes over it goes the new way at once. */
  async replace(nexthop: NexthopSpec): Promise<Nexthop> {
    return this.#put("replace nexthop", nexthop, ["create", "replace", "echo"]);
  }

  async #put(verb: string, value: NexthopSpec, flags: Message["flags"]): Promise<Nexthop> {
    const nexthop = checkNexthop(value, verb);
    const operation = nexthop.id === undefined ? verb : `${verb} ${nexthop.id}`;
    const [reply] = await this.#ask(operation, nexthopMessage(nexthop, flags), nexthop.id);
    if (reply !== undefined) return decodeNexthop(reply);
    throw new CnmError("ERR_CNM_UNSUPPORTED", "the kernel did not show the nexthop that it has");
  }

  /** @throws {KernelError} ENOENT. */
  async get(id: number): Promise<Nexthop> {
    const number = check(identifier, id, "get nexthop", "id");
    const message = { type: "RTM_GETNEXTHOP", attributes: { id: number } };
    const [reply] = await this.#ask(`get nexthop ${number}`, message, number);
    return decodeNexthop(reply as Decoded);
  }

  /**
   * Deletes it, and the routes over it with it; it leaves the groups that it is in.
   *
   * @throws {KernelError} ENOENT.
   */
  async delete(id: number): Promise<void> {
    const number = check(identifier, id, "delete nexthop", "id");
    const message = { type: "RTM_DELNEXTHOP", attributes: { id: number } };
    await this.#ask(`delete nexthop ${number}`, message, number);
  }

  /** All nexthops and groups, or those that pass the filter, by id. */
  async list(filter: NexthopFilter = {}): Promise<readonly Nexthop[]> {
    const { family, link, master, groups, fdb, signal } = check(
      filterSchema,
      filter,
      "list nexthops",
    );
    this.#channel.assertOpen("list nexthops");
    try {
      const parts = await this.#channel.dump(
        {
          type: "RTM_GETNEXTHOP",
          flags: ["dump"],
          header: { family: family ?? "unspec" },
          attributes: {
            oif: link === undefined ? undefined : plainTarget(link, "link"),
            master: master === undefined ? undefined : plainTarget(master, "master"),
            groups,
            fdb,
          },
        },
        signal,
      );
      return parts.map(decodeNexthop);
    } catch (error) {
      throw kernelFailure("list nexthops", error, { namespace: this.#channel.name });
    }
  }

  async #ask(
    operation: string,
    message: Message,
    id: number | undefined,
  ): Promise<readonly Decoded[]> {
    this.#channel.assertOpen(operation);
    try {
      return await this.#channel.request(message);
    } catch (error) {
      throw kernelFailure(operation, error, { id, namespace: this.#channel.name });
    }
  }
}

/** @internal */
export function decodeNexthop({ header, attributes }: Decoded): Nexthop {
  const { family, scope, protocol, flags } = header as {
    family: Family | "unspec";
    scope: string | number;
    protocol: string | number;
    flags: readonly string[];
  };
  const a = attributes as {
    id: number;
    group?: readonly { id: number; weight: number; weight_high: number }[];
    blackhole?: boolean;
    oif?: number;
    gateway?: string;
    fdb?: boolean;
    res_group?: { buckets: number; idle_timer: number; unbalanced_timer: number };
  };
  return {
    id: a.id,
    family: family === "unspec" ? undefined : family,
    gateway: a.gateway,
    link: a.oif,
    scope,
    protocol,
    blackhole: a.blackhole === true,
    fdb: a.fdb === true,
    group: a.group?.map((one) => ({ id: one.id, weight: one.weight + one.weight_high * 256 + 1 })),
    resilient: a.res_group && {
      buckets: a.res_group.buckets,
      idleTimerMs: a.res_group.idle_timer * 10,
      unbalancedTimerMs: a.res_group.unbalanced_timer * 10,
    },
    flags,
  };
}
