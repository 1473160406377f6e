// Connection tracking: include/uapi/linux/netfilter/nfnetlink_conntrack.h. All numbers are in
// network order but the filter's flags.
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "codec/nfnl/tables.h"

namespace vethwork::codec::nfnl {
namespace {

// /etc/protocols has the words; "icmpv6" is nft(8)'s
constexpr Name kIpProtocols[] = {
    {IPPROTO_ICMP, "icmp"}, {IPPROTO_IGMP, "igmp"},      {IPPROTO_TCP, "tcp"},
    {IPPROTO_UDP, "udp"},   {IPPROTO_DCCP, "dccp"},      {IPPROTO_GRE, "gre"},
    {IPPROTO_ESP, "esp"},   {IPPROTO_AH, "ah"},          {IPPROTO_ICMPV6, "icmpv6"},
    {IPPROTO_SCTP, "sctp"}, {IPPROTO_UDPLITE, "udplite"}};

constexpr Name kStatus[] = {
    {IPS_EXPECTED, "expected"},
    {IPS_SEEN_REPLY, "seen_reply"},
    {IPS_ASSURED, "assured"},
    {IPS_CONFIRMED, "confirmed"},
    {IPS_SRC_NAT, "src_nat"},
    {IPS_DST_NAT, "dst_nat"},
    {IPS_SEQ_ADJUST, "seq_adjust"},
    {IPS_SRC_NAT_DONE, "src_nat_done"},
    {IPS_DST_NAT_DONE, "dst_nat_done"},
    {IPS_DYING, "dying"},
    {IPS_FIXED_TIMEOUT, "fixed_timeout"},
    {IPS_TEMPLATE, "template"},
    {IPS_HELPER, "helper"},
    {IPS_OFFLOAD, "offload"},
    {IPS_HW_OFFLOAD, "hw_offload"},
};

constexpr Name kTcpStates[] = {
    {TCP_CONNTRACK_NONE, "none"},         {TCP_CONNTRACK_SYN_SENT, "syn_sent"},
    {TCP_CONNTRACK_SYN_RECV, "syn_recv"}, {TCP_CONNTRACK_ESTABLISHED, "established"},
    {TCP_CONNTRACK_FIN_WAIT, "fin_wait"}, {TCP_CONNTRACK_CLOSE_WAIT, "close_wait"},
    {TCP_CONNTRACK_LAST_ACK, "last_ack"}, {TCP_CONNTRACK_TIME_WAIT, "time_wait"},
    {TCP_CONNTRACK_CLOSE, "close"},       {TCP_CONNTRACK_SYN_SENT2, "syn_sent2"}};

constexpr Attribute kIpAttributes[] = {
    Plain(CTA_IP_V4_SRC, "v4_src", Type::kIp),
    Plain(CTA_IP_V4_DST, "v4_dst", Type::kIp),
    Plain(CTA_IP_V6_SRC, "v6_src", Type::kIp),
    Plain(CTA_IP_V6_DST, "v6_dst", Type::kIp),
};
constexpr Table kIp = {kIpAttributes};

constexpr Attribute kProtoAttributes[] = {
    U8(CTA_PROTO_NUM, "num", kIpProtocols),
    Plain(CTA_PROTO_SRC_PORT, "src_port", Type::kBe16),
    Plain(CTA_PROTO_DST_PORT, "dst_port", Type::kBe16),
    Plain(CTA_PROTO_ICMP_ID, "icmp_id", Type::kBe16),
    U8(CTA_PROTO_ICMP_TYPE, "icmp_type"),
    U8(CTA_PROTO_ICMP_CODE, "icmp_code"),
    Plain(CTA_PROTO_ICMPV6_ID, "icmpv6_id", Type::kBe16),
    U8(CTA_PROTO_ICMPV6_TYPE, "icmpv6_type"),
    U8(CTA_PROTO_ICMPV6_CODE, "icmpv6_code"),
};
constexpr Table kProto = {kProtoAttributes};

constexpr Attribute kTupleAttributes[] = {
    Nested(CTA_TUPLE_IP, "ip", &kIp),
    Nested(CTA_TUPLE_PROTO, "proto", &kProto),
    Plain(CTA_TUPLE_ZONE, "zone", Type::kBe16),
};
constexpr Table kTuple = {kTupleAttributes};

constexpr Attribute kTcpAttributes[] = {
    U8(CTA_PROTOINFO_TCP_STATE, "state", kTcpStates),
    U8(CTA_PROTOINFO_TCP_WSCALE_ORIGINAL, "wscale_original"),
    U8(CTA_PROTOINFO_TCP_WSCALE_REPLY, "wscale_reply"),
};
constexpr Table kTcp = {kTcpAttributes};

constexpr Attribute kProtoinfoAttributes[] = {
    Nested(CTA_PROTOINFO_TCP, "tcp", &kTcp),
};
constexpr Table kProtoinfo = {kProtoinfoAttributes};

constexpr Attribute kNatPortAttributes[] = {
    Plain(CTA_PROTONAT_PORT_MIN, "port_min", Type::kBe16),
    Plain(CTA_PROTONAT_PORT_MAX, "port_max", Type::kBe16),
};
constexpr Table kNatPorts = {kNatPortAttributes};

constexpr Attribute kNatAttributes[] = {
    Plain(CTA_NAT_V4_MINIP, "v4_minip", Type::kIp), Plain(CTA_NAT_V4_MAXIP, "v4_maxip", Type::kIp),
    Nested(CTA_NAT_PROTO, "proto", &kNatPorts),     Plain(CTA_NAT_V6_MINIP, "v6_minip", Type::kIp),
    Plain(CTA_NAT_V6_MAXIP, "v6_maxip", Type::kIp),
};
constexpr Table kNat = {kNatAttributes};

constexpr Attribute kCounterAttributes[] = {
    Be64(CTA_COUNTERS_PACKETS, "packets"),
    Be64(CTA_COUNTERS_BYTES, "bytes"),
};
constexpr Table kCounters = {kCounterAttributes};

constexpr Attribute kTimestampAttributes[] = {
    Be64(CTA_TIMESTAMP_START, "start"),
    Be64(CTA_TIMESTAMP_STOP, "stop"),
};
constexpr Table kTimestamp = {kTimestampAttributes};

constexpr Attribute kHelperAttributes[] = {
    Plain(CTA_HELP_NAME, "name", Type::kString),
};
constexpr Table kHelper = {kHelperAttributes};

// Which parts of a tuple count. The header that has these numbers is the kernel's own:
// net/netfilter/nf_internals.h, CTA_FILTER_F_*, since Linux 5.8.
constexpr Name kFilterFlags[] = {{1U << 0, "ip_src"},         {1U << 1, "ip_dst"},
                                 {1U << 2, "tuple_zone"},     {1U << 3, "proto_num"},
                                 {1U << 4, "proto_src_port"}, {1U << 5, "proto_dst_port"}};
constexpr Attribute kFilterAttributes[] = {
    Bits32(CTA_FILTER_ORIG_FLAGS, "orig_flags", kFilterFlags),
    Bits32(CTA_FILTER_REPLY_FLAGS, "reply_flags", kFilterFlags),
};
constexpr Table kFilter = {kFilterAttributes};

constexpr Attribute kConntrackAttributes[] = {
    Nested(CTA_TUPLE_ORIG, "tuple_orig", &kTuple),
    Nested(CTA_TUPLE_REPLY, "tuple_reply", &kTuple),
    BeBits32(CTA_STATUS, "status", kStatus),
    Nested(CTA_PROTOINFO, "protoinfo", &kProtoinfo),
    Nested(CTA_HELP, "help", &kHelper),
    Nested(CTA_NAT_SRC, "nat_src", &kNat),
    Be32(CTA_TIMEOUT, "timeout"),
    Be32(CTA_MARK, "mark"),
    Nested(CTA_COUNTERS_ORIG, "counters_orig", &kCounters),
    Nested(CTA_COUNTERS_REPLY, "counters_reply", &kCounters),
    Be32(CTA_USE, "use"),
    Be32(CTA_ID, "id"),
    Nested(CTA_NAT_DST, "nat_dst", &kNat),
    Nested(CTA_TUPLE_MASTER, "tuple_master", &kTuple),
    Plain(CTA_ZONE, "zone", Type::kBe16),
    Nested(CTA_TIMESTAMP, "timestamp", &kTimestamp),
    Be32(CTA_MARK_MASK, "mark_mask"),
    Plain(CTA_LABELS, "labels", Type::kBytes),
    Plain(CTA_LABELS_MASK, "labels_mask", Type::kBytes),
    Nested(CTA_FILTER, "filter", &kFilter),
    BeBits32(CTA_STATUS_MASK, "status_mask", kStatus),
};

constexpr Attribute kConntrackTotalAttributes[] = {
    Be32(CTA_STATS_GLOBAL_ENTRIES, "entries"),
    Be32(CTA_STATS_GLOBAL_MAX_ENTRIES, "max_entries"),  // since Linux 4.18
};

}  // namespace

const Table kConntrack = {kConntrackAttributes};
const Table kConntrackTotals = {kConntrackTotalAttributes};

}  // namespace vethwork::codec::nfnl
