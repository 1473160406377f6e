import type { EventKind } from "./kind.js";
import { packetOf, type PacketSummary } from "./packet.js";

export type { PacketSummary };

export type Verdict =
  | "accept"
  | "break"
  | "continue"
  | "drop"
  | "goto"
  | "jump"
  | "queue"
  | "repeat"
  | "return"
  | "stolen"
  | number;

/** One step of a packet on its way through the rules. */
export interface TraceStep {
  readonly kind: "step";
  /** The same for all steps of one packet. */
  readonly packetId: number;
  /** Of the table. */
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** A rule matched, a chain came to its end, or a base chain's policy decided. */
  readonly step: "rule" | "return" | "policy";
  /** Of the rule that matched. */
  readonly ruleHandle: number | undefined;
  readonly verdict: Verdict | undefined;
  /** The chain that the packet jumps or goes to. */
  readonly target: string | undefined;
  readonly mark: number | undefined;
  /** Index of the link that it came in by. */
  readonly inputLink: number | undefined;
  /** Index of the link that it is to leave by. */
  readonly outputLink: number | undefined;
  /** With the first step in each base chain. */
  readonly packet: PacketSummary | undefined;
}

interface TraceAttributes {
  readonly table?: string;
  readonly chain?: string;
  readonly rule_handle?: number;
  readonly type: TraceStep["step"];
  readonly verdict?: { readonly code: Verdict; readonly chain?: string };
  readonly id: number;
  readonly network_header?: string;
  readonly transport_header?: string;
  readonly iif?: number;
  readonly oif?: number;
  readonly mark?: number;
  readonly policy?: Verdict;
}

/** @internal */
export const traces: EventKind<TraceStep, TraceStep> = {
  groups: ["NFNLGRP_NFTRACE"],
  messages: { NFT_MSG_TRACE: "set" },
  dumps: [],
  decode: ({ header, attributes }) => {
    const a = attributes as unknown as TraceAttributes;
    return {
      kind: "step",
      packetId: a.id,
      family: header["family"] as string,
      table: a.table ?? "",
      chain: a.chain ?? "",
      step: a.type,
      ruleHandle: a.rule_handle,
      verdict: a.verdict?.code ?? a.policy,
      target: a.verdict?.chain,
      mark: a.mark,
      inputLink: a.iif,
      outputLink: a.oif,
      packet:
        a.network_header === undefined
          ? undefined
          : packetOf(a.network_header, a.transport_header ?? ""),
    };
  },
  key: ({ packetId }) => String(packetId),
  event: (step) => step,
};
