import { CnmError } from "../errors.js";
import type { Decoded, Message } from "../native.js";
import { check, type Type } from "../util/check.js";
import { boolean, choice, ifname, integer, record } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { describeTarget } from "./scope.js";

/** One feature of a link, as `ethtool -k` shows it. */
export interface LinkFeature {
  readonly active: boolean;
  /** Asked for; becomes active as soon as what it depends on is. */
  readonly wanted: boolean;
  /** The link does not let it be changed: `[fixed]`. */
  readonly fixed: boolean;
}

/** By the kernel's names: `"tx-checksum-ip-generic"`, `"rx-gro"` ... */
export type LinkFeatures = Readonly<Record<string, LinkFeature>>;

const index = integer(1, 0x7fff_ffff);
const name = ifname();
/** A link by name or index; other protocols than rtnetlink know no altnames. @internal */
export const nameOrIndex: Type<string | number> = choice("string or number", (value) => {
  if (typeof value === "number") return index;
  return typeof value === "string" ? name : undefined;
});
const wantedFeatures = record(boolean());

/**
 * Properties of links that ethtool(8) shows. See docs/netlink/ethtool.md.
 *
 * @example
 * await namespace.ethtool.setFeatures("eth0", { "tx-checksum-ip-generic": false });
 */
export class Ethtool {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * The offloads and other features of a link: `ethtool -k`, by the kernel's own names.
   *
   * @throws {KernelError} ENODEV.
   */
  async features(link: string | number): Promise<LinkFeatures> {
    const checked = check(nameOrIndex, link, "get features", "link");
    const operation = `get features of ${describeTarget(checked)}`;
    const [reply] = await this.#ask(operation, {
      type: "ETHTOOL_MSG_FEATURES_GET",
      attributes: { header: headerOf(checked) },
    });
    if (reply !== undefined) return toFeatures(reply);
    throw new CnmError("ERR_CNM_UNSUPPORTED", `${operation}: the kernel showed none`);
  }

  /**
   * Switches features on and off: `ethtool -K`.
   *
   * @returns All features afterwards: what depends on others may not be active yet.
   * @throws {KernelError} ENODEV; EINVAL where the kernel knows no feature of that name.
   * @throws {CnmError} `ERR_CNM_UNSUPPORTED` where one of them is fixed; the others are changed.
   */
  async setFeatures(
    link: string | number,
    features: Readonly<Record<string, boolean>>,
  ): Promise<LinkFeatures> {
    const checked = check(nameOrIndex, link, "set features", "link");
    const operation = `set features of ${describeTarget(checked)}`;
    const wanted = Object.entries(check(wantedFeatures, features, operation, "features"));
    const bits = wanted.map(([name, value]) => ({ name, value }));
    if (bits.length > 0) {
      await this.#ask(operation, {
        type: "ETHTOOL_MSG_FEATURES_SET",
        attributes: { header: headerOf(checked), wanted: { bits } },
      });
    }
    const after = await this.features(checked);
    const refused = wanted.flatMap(([name, value]) => {
      const { fixed, active } = after[name] ?? { fixed: true, active: !value };
      return fixed && active !== value ? [name] : [];
    });
    if (refused.length === 0) return after;
    throw new CnmError(
      "ERR_CNM_UNSUPPORTED",
      `${operation}: ${refused.join(", ")}: fixed, the link does not let it be changed`,
      { link: checked, features: refused },
    );
  }

  async #ask(operation: string, message: Message): Promise<readonly Decoded[]> {
    this.#channel.assertOpen(operation);
    try {
      return await this.#channel.request(message);
    } catch (error) {
      throw kernelFailure(operation, error, { namespace: this.#channel.name });
    }
  }
}

function headerOf(link: string | number) {
  return typeof link === "number" ? { dev_index: link } : { dev_name: link };
}

interface Bit {
  readonly name: string;
  readonly value?: boolean;
}
interface Bitset {
  readonly bits?: readonly Bit[];
}

// `hw` lists every feature, with a value where it can be changed; the others list what is set.
function toFeatures({ attributes }: Decoded): LinkFeatures {
  const a = attributes as Readonly<Record<"hw" | "wanted" | "active" | "nochange", Bitset>>;
  const set = ({ bits = [] }: Bitset) => new Set(bits.map(({ name }) => name));
  const [wanted, active, unchangeable] = [set(a.wanted), set(a.active), set(a.nochange)];
  return Object.fromEntries(
    (a.hw.bits ?? []).map(({ name, value }) => [
      name,
      {
        active: active.has(name),
        wanted: wanted.has(name),
        fixed: value !== true || unchangeable.has(name),
      },
    ]),
  );
}
