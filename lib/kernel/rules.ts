import { CnmError } from "../errors.js";
import type { Decoded, Message } from "../native.js";
import { check } from "../util/check.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { requireDscp } from "./rule/dscp.js";
import { decodeRule, describeRule, ruleMessage } from "./rule/messages.js";
import { checkRule, ruleFilter } from "./rule/schema.js";
import type { Rule, RuleFilter, RuleSpec } from "./rule/types.js";

/**
 * The routing policy of one namespace: `ip rule`, both families.
 *
 * @example
 * await namespace.rules.add({ from: "10.0.0.0/24", table: 100 });
 */
export class Rules {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * Adds a rule. Without a priority it comes before all but the first of its family.
   *
   * @returns The rule as the kernel made it, with its priority.
   * @throws {KernelError} with `syscall` `"RTM_NEWRULE"`: EEXIST, EINVAL, EAFNOSUPPORT.
   * @throws {CnmError} `ERR_CNM_UNSUPPORTED` where the kernel looks at no DSCP (before Linux 6.13).
   */
  async add(spec: RuleSpec): Promise<Rule> {
    const rule = checkRule(spec, "add rule");
    const replies = await this.#ask("add rule", rule, ruleMessage("RTM_NEWRULE", rule));
    const [reply] = replies;
    if (reply !== undefined) return decodeRule(reply);
    throw new CnmError("ERR_CNM_UNSUPPORTED", "the kernel did not show the rule that it has");
  }

  /**
   * Deletes the first rule that has all that is given; it may have more.
   *
   * @throws {KernelError} ENOENT where there is none.
   * @throws {CnmError} `ERR_CNM_UNSUPPORTED`, as with {@link add}.
   */
  async delete(spec: RuleSpec): Promise<void> {
    const rule = checkRule(spec, "delete rule");
    if (Object.keys(rule).every((key) => key === "family")) {
      throw new CnmError(
        "ERR_CNM_INVALID_OPTION",
        "delete rule: priority: is needed, or something else of the rule: nothing at all would delete the first of them",
        { field: "priority" },
      );
    }
    await this.#ask("delete rule", rule, ruleMessage("RTM_DELRULE", rule));
  }

  /** All rules in their order, those of IPv4 first. */
  async list(filter: RuleFilter = {}): Promise<readonly Rule[]> {
    const { family, signal } = check(ruleFilter, filter, "list rules");
    this.#channel.assertOpen("list rules");
    const message: Message = {
      type: "RTM_GETRULE",
      flags: ["dump"],
      header: { family: family ?? "unspec" },
    };
    try {
      return (await this.#channel.dump(message, signal)).filter(isIp).map(decodeRule);
    } catch (error) {
      throw kernelFailure("list rules", error, { namespace: this.#channel.name });
    }
  }

  async #ask(verb: string, rule: RuleSpec, message: Message): Promise<readonly Decoded[]> {
    const operation = `${verb} ${describeRule(rule)}`;
    this.#channel.assertOpen(operation);
    if (rule.dscp !== undefined) await requireDscp(this.#channel, operation);
    try {
      return await this.#channel.request(message);
    } catch (error) {
      const { priority } = rule;
      throw kernelFailure(operation, error, { priority, namespace: this.#channel.name });
    }
  }
}

// Multicast routing has rules too.
function isIp({ header }: Decoded): boolean {
  return header["family"] === "inet" || header["family"] === "inet6";
}
