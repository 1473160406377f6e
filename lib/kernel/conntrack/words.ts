// The words of native/codec/nfnl/conntrack.cc, for the types and for what is checked.

/** Source: enum ip_conntrack_status. */
export const statusBits = [
  ...(["expected", "seen_reply", "assured", "confirmed", "src_nat", "dst_nat"] as const),
  ...(["seq_adjust", "src_nat_done", "dst_nat_done", "dying", "fixed_timeout"] as const),
  ...(["template", "helper", "offload", "hw_offload"] as const),
] as const;

/** Source: enum tcp_conntrack. */
export const tcpStates = [
  ...(["none", "syn_sent", "syn_recv", "established", "fin_wait"] as const),
  ...(["close_wait", "last_ack", "time_wait", "close", "syn_sent2"] as const),
] as const;

/** Those with ports that the kernel's filter compares (ctnetlink_filter_match_tuple()). @internal */
export const comparedPorts: readonly unknown[] = ["tcp", "udp"];
