import { CnmError } from "../errors.js";
import type { Decoded } from "../native.js";
import { check } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { string } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { linkGetMessage } from "./link/messages.js";
import { target } from "./link/schema.js";
import { describeTarget, plainTarget } from "./scope.js";
import {
  checkQdisc,
  checkQdiscTarget,
  qdiscMessage,
  qdiscRemoval,
  toQdisc,
} from "./traffic/qdisc.js";
import type { Qdisc, QdiscSpec, QdiscTarget } from "./traffic/types.js";

/** Which qdiscs `list` is to give. */
export interface QdiscFilter {
  readonly link?: string | number;
  readonly kind?: string;
}

const filterSchema = options({ link: optional(target), kind: optional(string()) });

/**
 * Queueing disciplines: `tc qdisc`. See docs/netlink/traffic-control.md.
 *
 * @example
 * await namespace.qdiscs.add({ kind: "netem", link: "eth0", delayMs: 20, lossPercent: 1 });
 */
export class Qdiscs {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** @throws {KernelError} EEXIST where there is one already, ENOENT of a kind that is not there. */
  async add(spec: QdiscSpec): Promise<Qdisc> {
    return this.#make(spec, "add", "excl");
  }

  /** As `add`; what is there of the same kind and handle is changed, anything else replaced. */
  async replace(spec: QdiscSpec): Promise<Qdisc> {
    return this.#make(spec, "replace", "replace");
  }

  /** Those of all links, or those that pass the filter. */
  async list(filter: QdiscFilter = {}): Promise<readonly Qdisc[]> {
    const { link, kind } = check(filterSchema, filter, "list qdiscs");
    this.#channel.assertOpen("list qdiscs");
    const wanted = link === undefined ? undefined : plainTarget(link, "link");
    try {
      const all = (await this.#dump(wanted as string | number | undefined)).map(toQdisc);
      return kind === undefined ? all : all.filter((one) => one.kind === kind);
    } catch (error) {
      throw kernelFailure("list qdiscs", error, { namespace: this.#channel.name });
    }
  }

  /**
   * Removes a qdisc with its classes and filters; the link gets the one that it had at first.
   *
   * @throws {KernelError} ENOENT, EINVAL where there is none.
   */
  async delete(where: QdiscTarget): Promise<void> {
    const checked = checkQdiscTarget(where, "delete qdisc");
    const operation = `delete ${checked.parent ?? "root"} qdisc of ${describeTarget(checked.link)}`;
    const message = qdiscRemoval(checked);
    this.#channel.assertOpen(operation);
    try {
      await this.#channel.request(message);
    } catch (error) {
      throw kernelFailure(operation, error, { namespace: this.#channel.name });
    }
  }

  async #make(spec: QdiscSpec, verb: string, flag: "excl" | "replace"): Promise<Qdisc> {
    const checked = checkQdisc(spec, `${verb} qdisc`);
    const operation = `${verb} qdisc ${checked.kind} to ${describeTarget(checked.link)}`;
    const message = qdiscMessage(checked, ["create", flag, "echo"]);
    this.#channel.assertOpen(operation);
    try {
      const replies = await this.#channel.request(message);
      // What was replaced is told as well.
      const made = replies.findLast(({ type }) => type === "RTM_NEWQDISC");
      if (made !== undefined) return toQdisc(made);
    } catch (error) {
      throw kernelFailure(operation, error, { namespace: this.#channel.name });
    }
    throw new CnmError("ERR_CNM_UNSUPPORTED", `${operation}: the kernel did not show what it made`);
  }

  // The kernel gives those of all links, by index: a name is looked up in the same hop.
  async #dump(link: string | number | undefined): Promise<readonly Decoded[]> {
    const message = { type: "RTM_GETQDISC", flags: ["dump"] } as const;
    if (typeof link !== "string") {
      const all = await this.#channel.dump(message);
      return all.filter(({ header }) => link === undefined || header["index"] === link);
    }
    const results = await this.#channel.run([
      { do: "request", in: 0, messages: [linkGetMessage(link)] },
      { do: "dump", in: 0, message },
    ]);
    const [[found] = []] = results.at(0) as readonly (readonly Decoded[])[];
    const all = results.at(1) as readonly Decoded[];
    return all.filter(({ header }) => header["index"] === found?.header["index"]);
  }
}
