import { decodeRule } from "../rule/messages.js";
import type { Rule } from "../rule/types.js";
import type { ChangeEvent, EventKind } from "./kind.js";

/** A rule was added or removed. */
export interface RuleEvent extends ChangeEvent {
  readonly kind: "rule";
  readonly rule: Rule;
}

const isIp = (family: unknown) => family === "inet" || family === "inet6";

/** @internal */
export const rules: EventKind<Rule, RuleEvent> = {
  groups: ["RTNLGRP_IPV4_RULE", "RTNLGRP_IPV6_RULE"],
  messages: { RTM_NEWRULE: "set", RTM_DELRULE: "deleted" },
  dumps: [{ type: "RTM_GETRULE", flags: ["dump"] }],
  decode: (message) => (isIp(message.header["family"]) ? decodeRule(message) : undefined),
  key: (rule) => JSON.stringify({ ...rule, flags: undefined }), // there may be two of a priority
  event: (rule, about) => ({ kind: "rule", ...about, rule }),
};
