import { CnmError } from "../errors.js";
import type { Decoded } from "../native.js";
import { check } from "../util/check.js";
import { options } from "../util/options.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { target } from "./link/schema.js";
import { describeTarget } from "./scope.js";
import {
  checkFilter,
  checkFilterTarget,
  filterListMessage,
  filterMessage,
  filterParent,
  filterRemoval,
  toFilter,
} from "./traffic/filter.js";
import type { TrafficFilter, TrafficFilterSpec, TrafficFilterTarget } from "./traffic/types.js";

const place = options({ link: target, parent: filterParent });

/**
 * Filters and their actions: `tc filter`. See docs/netlink/traffic-control.md.
 *
 * @example
 * const match = { ipProtocol: "udp", destinationPort: 53 } as const;
 * await namespace.trafficFilters.add({ kind: "u32", link: "eth0", parent: "1:", classid: "1:10", match });
 */
export class TrafficFilters {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * @returns The filter with the priority and the handle that the kernel gave it.
   * @throws {KernelError} EINVAL where there is no such parent, ENOENT of a kind that is not there.
   */
  async add(spec: TrafficFilterSpec): Promise<TrafficFilter> {
    const checked = checkFilter(spec, "add filter");
    const operation = `add filter ${checked.kind} to ${describeTarget(checked.link)}`;
    const message = filterMessage(checked, ["create", "excl", "echo"]);
    this.#channel.assertOpen(operation);
    try {
      const [reply] = await this.#channel.request(message);
      const made = reply === undefined ? undefined : await this.#made(reply, checked.parent);
      if (made !== undefined) return made;
    } catch (error) {
      throw kernelFailure(operation, error, { namespace: this.#channel.name });
    }
    throw new CnmError("ERR_CNM_UNSUPPORTED", `${operation}: the kernel did not show what it made`);
  }

  /** Those of one parent, in the order in which they are asked. */
  async list(
    where: Pick<TrafficFilterTarget, "link" | "parent">,
  ): Promise<readonly TrafficFilter[]> {
    const message = filterListMessage(check(place, where, "list filters"));
    this.#channel.assertOpen("list filters");
    try {
      const parts = await this.#channel.dump(message);
      return parts.flatMap((part) => toFilter(part) ?? []);
    } catch (error) {
      throw kernelFailure("list filters", error, { namespace: this.#channel.name });
    }
  }

  /**
   * Removes one filter, those of one priority, or all of the parent.
   *
   * @throws {KernelError} ENOENT, EINVAL where there is none.
   */
  async delete(where: TrafficFilterTarget): Promise<void> {
    const checked = checkFilterTarget(where, "delete filter");
    const operation = `delete filters of ${describeTarget(checked.link)}`;
    const message = filterRemoval(checked);
    this.#channel.assertOpen(operation);
    try {
      await this.#channel.request(message);
    } catch (error) {
      throw kernelFailure(operation, error, { namespace: this.#channel.name });
    }
  }

  // Of matchall the kernel echoes the head of the priority, without the filter.
  async #made(reply: Decoded, parent: string): Promise<TrafficFilter | undefined> {
    const echoed = toFilter(reply);
    if (echoed !== undefined) return echoed;
    const { index, priority } = reply.header as { index: number; priority: number };
    const parts = await this.#channel.dump(filterListMessage({ link: index, parent }));
    const { chain = 0 } = reply.attributes as { chain?: number };
    return parts
      .flatMap((part) => toFilter(part) ?? [])
      .find((one) => one.priority === priority && one.chain === chain);
  }
}
