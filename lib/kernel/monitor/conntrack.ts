import { decodeFlow } from "../conntrack/messages.js";
import type { Flow } from "../conntrack/types.js";
import type { ChangeEvent, EventKind } from "./kind.js";

/**
 * A flow began, changed (replied to, assured, state of TCP ...) or ended. Only flows that began
 * while somebody listened: `net.netfilter.nf_conntrack_events`.
 */
export interface FlowEvent extends ChangeEvent {
  readonly kind: "flow";
  readonly flow: Flow;
}

/** @internal */
export const conntrack: EventKind<Flow, FlowEvent> = {
  groups: ["NFNLGRP_CONNTRACK_NEW", "NFNLGRP_CONNTRACK_UPDATE", "NFNLGRP_CONNTRACK_DESTROY"],
  messages: { IPCTNL_MSG_CT_NEW: "set", IPCTNL_MSG_CT_DELETE: "deleted" },
  dumps: [], // there may be millions: not remembered, the kernel's flags tell
  decode: decodeFlow,
  key: ({ id }) => String(id),
  event: (flow, about) => ({ kind: "flow", ...about, flow }),
};
