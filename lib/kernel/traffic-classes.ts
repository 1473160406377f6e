import { CnmError } from "../errors.js";
import { check } from "../util/check.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { target } from "./link/schema.js";
import { describeTarget, plainTarget } from "./scope.js";
import {
  checkClass,
  checkClassTarget,
  classMessage,
  classRemoval,
  toClass,
} from "./traffic/class.js";
import type { TrafficClass, TrafficClassSpec, TrafficClassTarget } from "./traffic/types.js";

/**
 * Classes of qdiscs: `tc class`. See docs/netlink/traffic-control.md.
 *
 * @example
 * const htb = { kind: "htb", link: "eth0", parent: "1:" } as const;
 * await namespace.trafficClasses.add({ ...htb, classid: "1:10", rateBitsPerSecond: 8_000_000 });
 */
export class TrafficClasses {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** @throws {KernelError} EEXIST; ENOENT, EINVAL where there is no such parent. */
  async add(spec: TrafficClassSpec): Promise<TrafficClass> {
    return this.#make(spec, "add", "excl");
  }

  /** As `add`; a class that is there is changed. */
  async replace(spec: TrafficClassSpec): Promise<TrafficClass> {
    return this.#make(spec, "replace", "replace");
  }

  /** Those of all qdiscs of the link. */
  async list(link: string | number): Promise<readonly TrafficClass[]> {
    const index = plainTarget(check(target, link, "list classes", "link"), "link");
    this.#channel.assertOpen("list classes");
    try {
      const header = { index };
      const parts = await this.#channel.dump({ type: "RTM_GETTCLASS", flags: ["dump"], header });
      return parts.map(toClass);
    } catch (error) {
      throw kernelFailure("list classes", error, { link, namespace: this.#channel.name });
    }
  }

  /** @throws {KernelError} ENOENT; EBUSY where it has classes or filters. */
  async delete(where: TrafficClassTarget): Promise<void> {
    const checked = checkClassTarget(where, "delete class");
    const operation = `delete class ${checked.classid} of ${describeTarget(checked.link)}`;
    const message = classRemoval(checked);
    this.#channel.assertOpen(operation);
    try {
      await this.#channel.request(message);
    } catch (error) {
      throw kernelFailure(operation, error, { namespace: this.#channel.name });
    }
  }

  async #make(spec: TrafficClassSpec, verb: string, flag: "excl" | "replace") {
    const checked = checkClass(spec, `${verb} class`);
    const operation = `${verb} class ${checked.classid} to ${describeTarget(checked.link)}`;
    const message = classMessage(checked, ["create", flag, "echo"]);
    this.#channel.assertOpen(operation);
    try {
      const [made] = await this.#channel.request(message);
      if (made !== undefined) return toClass(made);
    } catch (error) {
      throw kernelFailure(operation, error, { namespace: this.#channel.name });
    }
    throw new CnmError("ERR_CNM_UNSUPPORTED", `${operation}: the kernel did not show what it made`);
  }
}
