import type { Decoded, Message, MessageFlag } from "../native.js";
import { check, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { address, boolean, integer, list, oneOf, signal as abortSignal } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { anyMac } from "./hardware.js";
import { target } from "./link/schema.js";
import type { LinkTarget } from "./link/types.js";
import { askMany } from "./many.js";
import { picked } from "./rows.js";
import { describeTarget, plainTarget } from "./scope.js";

/** bridge(8): `"permanent"` is the link's own, `"static"` is not aged, `"dynamic"` is. */
export type FdbState = "permanent" | "static" | "dynamic";

/** Which entry. */
export interface FdbTarget {
  /** A port of a bridge, a bridge, or a VXLAN link. */
  readonly link: LinkTarget;
  /** Groups and, of VXLAN, `"00:00:00:00:00:00"` for all that is unknown, as well. */
  readonly mac: string;
  readonly vlan?: number;
  /** In the link's own table. That is the default where `master` is not true. */
  readonly self?: boolean;
  /** In the table of the bridge that the link is a port of. */
  readonly master?: boolean;
  /** VXLAN: the other end. An entry may have several, see {@link Fdb.append}. */
  readonly dst?: string;
  /** VXLAN: UDP port of the other end. */
  readonly port?: number;
  /** VXLAN: network identifier towards the other end. */
  readonly vni?: number;
  /** VXLAN in external mode: network identifier that the entry belongs to. */
  readonly sourceVni?: number;
  /** VXLAN: the link that leads to the other end. */
  readonly via?: LinkTarget;
  /** VXLAN: a group of nexthops made with `fdb`, instead of `dst`. */
  readonly nexthopId?: number;
}

/** What `fdb.add`, `append` and `replace` take. */
export interface FdbSpec extends FdbTarget {
  /** Default: `"permanent"`. */
  readonly state?: FdbState;
  readonly router?: boolean;
  readonly externLearn?: boolean;
  /** A bridge does not move it to another port. */
  readonly sticky?: boolean;
}

/** An entry as the kernel shows it; one for each of several remotes. */
export interface FdbEntry {
  /** Index of its link. */
  readonly link: number;
  readonly mac: string;
  /** `"stale"` of those that were not seen for a while. */
  readonly state: FdbState | "stale";
  /** Index of the bridge, of an entry in a bridge's table. */
  readonly master: number | undefined;
  readonly vlan: number | undefined;
  readonly dst: string | undefined;
  readonly port: number | undefined;
  readonly vni: number | undefined;
  readonly sourceVni: number | undefined;
  /** Index of the link towards `dst`. */
  readonly via: number | undefined;
  readonly nexthopId: number | undefined;
  /** `"self"`, `"master"`, `"extern_learn"`, `"sticky"` ... Source: NTF_*. */
  readonly flags: readonly string[];
}

export interface FdbFilter {
  readonly link?: string | number;
  /** Those of this bridge. */
  readonly master?: string | number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** What `fdb.flush` removes from the table of one bridge or VXLAN link. */
export interface FdbFlush {
  /** A bridge, a VXLAN link, or a port (then with `master`). */
  readonly link: LinkTarget;
  readonly master?: boolean;
  readonly vlan?: number;
  readonly state?: FdbState;
}

const vlan = optional(integer(1, 4094));
const vni = optional(integer(0, 0xff_ffff));
const states = optional(oneOf("permanent", "static", "dynamic"));
const flag = optional(boolean());
const targetEntries = {
  link: target,
  mac: anyMac,
  vlan,
  self: flag,
  master: flag,
  dst: optional(address()),
  port: optional(integer(1, 65535)),
  vni,
  sourceVni: vni,
  via: optional(target),
  nexthopId: optional(integer(1, 0xffff_ffff)),
};
const which: Type<FdbTarget> = options(targetEntries);
const spec: Type<FdbSpec> = options({
  ...targetEntries,
  state: states,
  router: flag,
  externLearn: flag,
  sticky: flag,
});
const specs = list(spec);
const targets = list(which);
const filterSchema = options({
  link: optional(target),
  master: optional(target),
  signal: optional(abortSignal()),
});
const flushSchema = options({ link: target, master: flag, vlan, state: states });

// As bridge(8) says them.
const stateBits: Readonly<Record<FdbState, readonly string[]>> = {
  permanent: ["noarp", "permanent"],
  static: ["noarp", "reachable"],
  dynamic: ["reachable"],
};
const selfOnly = ["self"] as const;
const masterOnly = ["master"] as const;

function whereTo(at: { readonly self?: boolean; readonly master?: boolean }): readonly string[] {
  if (at.master !== true) return selfOnly;
  return at.self === true ? ["self", "master"] : masterOnly;
}

function message(
  type: string,
  entry: FdbTarget,
  more: { readonly flags: readonly string[]; readonly state?: readonly string[] },
  flags?: readonly MessageFlag[],
): Message {
  return {
    type,
    ...(flags && { flags }),
    header: { family: "bridge", index: plainTarget(entry.link, "link"), ...more },
    attributes: {
      lladdr: entry.mac,
      vlan: entry.vlan,
      dst: entry.dst,
      port: entry.port,
      vni: entry.vni,
      src_vni: entry.sourceVni,
      ifindex: entry.via === undefined ? undefined : plainTarget(entry.via, "via"),
      nh_id: entry.nexthopId,
    },
  };
}

function newMessage(entry: FdbSpec, flags: readonly MessageFlag[]): Message {
  let marks = whereTo(entry); // the same object for most: see rows.ts
  if (entry.router === true) marks = [...marks, "router"];
  if (entry.externLearn === true) marks = [...marks, "extern_learn"];
  if (entry.sticky === true) marks = [...marks, "sticky"];
  const state = stateBits[entry.state ?? "permanent"];
  return message("RTM_NEWNEIGH", entry, { flags: marks, state }, flags);
}

const addFlags = ["create", "excl"] as const;
const appendFlags = ["create", "append"] as const;
const replaceFlags = ["create", "replace"] as const;

/**
 * Where bridges and VXLAN links of one namespace send frames: `bridge fdb`.
 *
 * @example
 * await namespace.fdb.add({ link: "vx0", mac: "02:00:00:00:00:02", dst: "192.0.2.2" });
 */
export class Fdb {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** @throws {KernelError} with `syscall` `"RTM_NEWNEIGH"`: EEXIST, ENODEV, EOPNOTSUPP ... */
  async add(entry: FdbSpec): Promise<void> {
    await this.#put("add fdb entry", entry, addFlags);
  }

  /** One more remote for a MAC address that may have others. VXLAN only. */
  async append(entry: FdbSpec): Promise<void> {
    await this.#put("append fdb entry", entry, appendFlags);
  }

  /** Adds it, or changes the one that is there; not of VXLAN's groups and all zeros. */
  async replace(entry: FdbSpec): Promise<void> {
    await this.#put("replace fdb entry", entry, replaceFlags);
  }

  async #put(verb: string, value: FdbSpec, flags: readonly MessageFlag[]): Promise<void> {
    const entry = check(spec, value, verb);
    await this.#ask(verb, entry, newMessage(entry, flags));
  }

  /**
   * Adds all of them, in few system calls. One that the kernel refuses does not stop the others.
   *
   * @throws {AggregateError} of a {@link KernelError} for each that was refused; its
   *   `context.position` says which.
   */
  async addMany(entries: readonly FdbSpec[]): Promise<void> {
    await this.#many("add fdb entries", entries, addFlags);
  }

  /** As {@link addMany}, as {@link append} does. */
  async appendMany(entries: readonly FdbSpec[]): Promise<void> {
    await this.#many("append fdb entries", entries, appendFlags);
  }

  /** As {@link addMany}, as {@link replace} does. */
  async replaceMany(entries: readonly FdbSpec[]): Promise<void> {
    await this.#many("replace fdb entries", entries, replaceFlags);
  }

  async #many(
    verb: string,
    values: readonly FdbSpec[],
    flags: readonly MessageFlag[],
  ): Promise<void> {
    const entries = check(specs, values, verb, "entries");
    await askMany(this.#channel, verb, entries, (entry) => newMessage(entry, flags), describe);
  }

  /** @throws {KernelError} ENOENT where there is no such entry. */
  async delete(entry: FdbTarget): Promise<void> {
    const at = check(which, entry, "delete fdb entry");
    await this.#ask("delete fdb entry", at, message("RTM_DELNEIGH", at, { flags: whereTo(at) }));
  }

  /** As {@link addMany}; what is not there is refused. */
  async deleteMany(entries: readonly FdbTarget[]): Promise<void> {
    const verb = "delete fdb entries";
    const all = check(targets, entries, verb, "entries");
    const removal = (at: FdbTarget) => message("RTM_DELNEIGH", at, { flags: whereTo(at) });
    await askMany(this.#channel, verb, all, removal, describe);
  }

  /** @throws {KernelError} ENOENT where there is no such entry. */
  async get(
    entry: Pick<FdbTarget, "link" | "mac" | "vlan" | "self" | "master">,
  ): Promise<FdbEntry> {
    const at = check(which, entry, "get fdb entry");
    const question = message("RTM_GETNEIGH", at, { flags: whereTo(at) });
    const replies = await this.#ask("get fdb entry", at, question);
    return fdbEntryOf(replies[0] as Decoded);
  }

  /** All entries of all links, or those that pass the filter; the kernel filters. */
  async list(filter: FdbFilter = {}): Promise<readonly FdbEntry[]> {
    const { link, master, signal } = check(filterSchema, filter, "list fdb");
    this.#channel.assertOpen("list fdb");
    try {
      const question: Message = {
        type: "RTM_GETNEIGH",
        flags: ["dump"],
        header: {
          family: "bridge",
          index: link === undefined ? undefined : plainTarget(link, "link"),
        },
        attributes: { master: master === undefined ? undefined : plainTarget(master, "master") },
      };
      const rows = (await this.#channel.dumpRows(question, shown, signal)) as readonly FdbRow[];
      return rows.map(decodeEntry);
    } catch (error) {
      throw kernelFailure("list fdb", error, { namespace: this.#channel.name });
    }
  }

  /**
   * Removes entries of one table at once, permanent ones too where no state is given. Since Linux
   * 6.0 of bridges, 6.7 of VXLAN links.
   *
   * @throws {KernelError} EOPNOTSUPP where the kernel or the link cannot.
   */
  async flush(what: FdbFlush): Promise<void> {
    const { link, master, vlan, state } = check(flushSchema, what, "flush fdb");
    const request: Message = {
      type: "RTM_DELNEIGH",
      flags: ["bulk"],
      header: {
        family: "bridge",
        index: plainTarget(link, "link"),
        flags: master === true ? ["master"] : selfOnly,
        state: state === undefined ? undefined : flushed[state].bits,
      },
      attributes: {
        vlan,
        ndm_state_mask: state === undefined ? undefined : flushed[state].mask,
      },
    };
    const operation = `flush fdb of link ${describeTarget(link)}`;
    this.#channel.assertOpen(operation);
    try {
      await this.#channel.request(request);
    } catch (error) {
      throw kernelFailure(operation, error, {
        link: describeTarget(link),
        namespace: this.#channel.name,
      });
    }
  }

  async #ask(verb: string, at: FdbTarget, request: Message): Promise<readonly Decoded[]> {
    const operation = `${verb} ${describe(at)}`;
    this.#channel.assertOpen(operation);
    try {
      return await this.#channel.request(request);
    } catch (error) {
      throw kernelFailure(operation, error, { mac: at.mac, namespace: this.#channel.name });
    }
  }
}

const flushed: Readonly<
  Record<FdbState, { readonly bits: readonly string[]; readonly mask: readonly string[] }>
> = {
  permanent: { bits: ["permanent"], mask: ["permanent"] },
  static: { bits: ["noarp"], mask: ["noarp", "permanent"] },
  dynamic: { bits: [], mask: ["noarp", "permanent"] },
};

function describe({ mac, link, dst }: FdbTarget): string {
  return `${mac} of link ${describeTarget(link)}${dst === undefined ? "" : ` to ${dst}`}`;
}

function stateOf(bits: readonly string[]): FdbEntry["state"] {
  if (bits.includes("permanent")) return "permanent";
  if (bits.includes("noarp")) return "static";
  return bits.includes("stale") ? "stale" : "dynamic";
}

// What of the kernel's messages an entry is made of.
const shown = [
  ...(["index", "state", "flags", "lladdr", "master", "vlan", "dst", "port", "vni"] as const),
  ...(["src_vni", "ifindex", "nh_id", "flags_ext"] as const),
];
type Count = number | null;
type FdbRow = readonly [
  index: number,
  state: readonly string[],
  flags: readonly string[],
  lladdr: string | null,
  master: Count,
  vlan: Count,
  dst: string | null,
  port: Count,
  vni: Count,
  sourceVni: Count,
  ifindex: Count,
  nexthopId: Count,
  moreFlags: readonly string[] | null,
];

/** @internal */
export function fdbEntryOf(message: Decoded): FdbEntry {
  return decodeEntry(picked(message, shown) as FdbRow);
}

function decodeEntry(row: FdbRow): FdbEntry {
  const [link, state, flags, mac, master, vlan, dst, port, vni, sourceVni, via, nexthopId, more] =
    row;
  return {
    link,
    mac: mac ?? "",
    state: stateOf(state),
    master: master ?? undefined,
    vlan: vlan ?? undefined,
    dst: dst ?? undefined,
    port: port ?? undefined,
    vni: vni ?? undefined,
    sourceVni: sourceVni ?? undefined,
    via: via ?? undefined,
    nexthopId: nexthopId ?? undefined,
    flags: more === null ? flags : [...flags, ...more],
  };
}
