import { CnmError } from "../errors.js";
import type { Decoded, Message } from "../native.js";
import { check, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { boolean, integer } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import type { BridgePortState } from "./link/bridge-port.js";
import { target } from "./link/schemas.js";
import type { LinkTarget } from "./link/types.js";
import { describeTarget, plainTarget, type Scope } from "./scope.js";

/** What `bridgeVlans.delete` takes. */
export interface BridgeVlanTarget {
  /** A bridge's port; with `self` the bridge. */
  readonly link: LinkTarget;
  /** 1 to 4094. */
  readonly vid: number;
  /** The last one of a range that begins with `vid`. */
  readonly to?: number;
  /** VLANs of the bridge's own link, not of a port. */
  readonly self?: boolean;
}

/** What `bridgeVlans.add` takes. */
export interface BridgeVlanSpec extends BridgeVlanTarget {
  /** Untagged packets that come in belong to it: one VLAN, no range. */
  readonly pvid?: boolean;
  /** Its packets leave without a tag. */
  readonly untagged?: boolean;
}

/** One VLAN, or several in a row that have the same settings, as the kernel shows them. */
export interface BridgeVlan {
  /** Index of the port or the bridge. */
  readonly link: number;
  readonly vid: number;
  /** The last one: `vid` itself where it is one. */
  readonly to: number;
  readonly pvid: boolean;
  readonly untagged: boolean;
  /** Of multiple spanning trees. */
  readonly state: BridgePortState | undefined;
}

export interface BridgeVlanFilter {
  /** A port or a bridge. */
  readonly link?: LinkTarget;
}

const vid = integer(1, 4094);
const which = {
  link: target,
  vid,
  to: optional(vid),
  self: optional(boolean()),
};
const targetSchema: Type<BridgeVlanTarget> = options(which);
const specSchema: Type<BridgeVlanSpec> = options({
  ...which,
  pvid: optional(boolean()),
  untagged: optional(boolean()),
});
const filterSchema: Type<BridgeVlanFilter> = options({ link: optional(target) });

/** @internal */
export function checkBridgeVlan(value: BridgeVlanSpec): BridgeVlanSpec {
  return inOrder(check(specSchema, value, "add VLAN"), "add VLAN");
}

/** @internal */
export function checkBridgeVlanTarget(value: BridgeVlanTarget): BridgeVlanTarget {
  return inOrder(check(targetSchema, value, "delete VLAN"), "delete VLAN");
}

// The kernel takes ranges that run backwards for none, and says nothing.
function inOrder<T extends BridgeVlanTarget>(spec: T, operation: string): T {
  if (spec.to === undefined || spec.to >= spec.vid) return spec;
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `${operation}: to: must not be less than vid, ${spec.vid}, and is ${spec.to}`,
    { field: "to" },
  );
}

/** RTM_SETLINK adds, RTM_DELLINK of this family deletes. @internal */
export function bridgeVlanMessage(
  type: "RTM_SETLINK" | "RTM_DELLINK",
  { link, vid, to = vid, self, pvid, untagged }: BridgeVlanSpec,
  scope: Scope,
): Message {
  const flags = [...(pvid === true ? ["pvid"] : []), ...(untagged === true ? ["untagged"] : [])];
  const info =
    to === vid
      ? [{ vid, flags }]
      : [
          { vid, flags: [...flags, "range_begin"] },
          { vid: to, flags: [...flags, "range_end"] },
        ];
  return {
    type,
    header: { family: "bridge", index: scope.target(link, "link") },
    attributes: { af_spec: { flags: self === true ? ["self"] : undefined, vlan_info: info } },
  };
}

/**
 * VLANs of bridges and of their ports: `bridge vlan`.
 *
 * @example
 * await namespace.links.set("br0", { bridge: { vlanFiltering: true } });
 * await namespace.bridgeVlans.add({ link: "veth1", vid: 7, pvid: true, untagged: true });
 */
export class BridgeVlans {
  readonly #channel: Channel;
  readonly #scope: Scope;

  /** @internal */
  constructor(channel: Channel, scope: Scope) {
    this.#channel = channel;
    this.#scope = scope;
  }

  /**
   * Adds VLANs, or changes the settings of those that are there.
   *
   * @throws {KernelError} with `syscall` `"RTM_SETLINK"`: EOPNOTSUPP where the link is no port or
   *   the kernel has no VLAN filtering, EINVAL ...
   */
  async add(spec: BridgeVlanSpec): Promise<void> {
    const checked = checkBridgeVlan(spec);
    await this.#ask("add", "RTM_SETLINK", checked);
  }

  /** Those that are not there are left out without a word, by the kernel. */
  async delete(which: BridgeVlanTarget): Promise<void> {
    const checked = checkBridgeVlanTarget(which);
    await this.#ask("delete", "RTM_DELLINK", checked);
  }

  /** All VLANs, or those of one port or bridge; of a bridge its own, not its ports'. */
  async list(filter: BridgeVlanFilter = {}): Promise<readonly BridgeVlan[]> {
    const { link } = check(filterSchema, filter, "list VLANs");
    this.#channel.assertOpen("list VLANs");
    try {
      const index = link === undefined ? undefined : plainTarget(link, "link");
      const parts = await this.#channel.dump({
        type: "RTM_GETVLAN",
        flags: ["dump"],
        header: { family: "bridge", index },
      });
      return parts.flatMap(decodeVlans);
    } catch (error) {
      throw kernelFailure("list VLANs", error, { namespace: this.#channel.name });
    }
  }

  async #ask(verb: string, type: "RTM_SETLINK" | "RTM_DELLINK", spec: BridgeVlanSpec) {
    const { link, vid, to } = spec;
    const range = to === undefined ? `${vid}` : `${vid}-${to}`;
    const operation = `${verb} VLAN ${range} of link ${describeTarget(link)}`;
    this.#channel.assertOpen(operation);
    const message = bridgeVlanMessage(type, spec, this.#scope);
    try {
      await this.#channel.request(message);
    } catch (error) {
      throw kernelFailure(operation, error, {
        link: describeTarget(link),
        vid,
        namespace: this.#channel.name,
      });
    }
  }
}

interface Entry {
  readonly info: { readonly vid: number; readonly flags: readonly string[] };
  readonly range?: number;
  readonly state?: BridgePortState;
}

function decodeVlans({ header, attributes }: Decoded): readonly BridgeVlan[] {
  const { index } = header as { index: number };
  const { entry = [] } = attributes as { entry?: readonly Entry[] };
  return entry.map(({ info, range, state }) => ({
    link: index,
    vid: info.vid,
    to: range ?? info.vid,
    pvid: info.flags.includes("pvid"),
    untagged: info.flags.includes("untagged"),
    state,
  }));
}
