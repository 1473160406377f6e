// Routes: include/uapi/linux/rtnetlink.h, rtnetlink(7).
#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>

#include "codec/rtnl/names.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Name kRouteTypes[] = {{RTN_UNSPEC, "unspec"},       {RTN_UNICAST, "unicast"},
                                {RTN_LOCAL, "local"},         {RTN_BROADCAST, "broadcast"},
                                {RTN_ANYCAST, "anycast"},     {RTN_MULTICAST, "multicast"},
                                {RTN_BLACKHOLE, "blackhole"}, {RTN_UNREACHABLE, "unreachable"},
                                {RTN_PROHIBIT, "prohibit"},   {RTN_THROW, "throw"}};

constexpr Name kRouteFlags[] = {{RTNH_F_DEAD, "dead"},
                                {RTNH_F_PERVASIVE, "pervasive"},
                                {RTNH_F_ONLINK, "onlink"},
                                {RTNH_F_OFFLOAD, "offload"},
                                {RTNH_F_LINKDOWN, "linkdown"},
                                {RTNH_F_UNRESOLVED, "unresolved"},
                                {RTNH_F_TRAP, "trap"},
                                {RTM_F_NOTIFY, "notify"},
                                {RTM_F_CLONED, "cloned"},
                                {RTM_F_PREFIX, "prefix"},
                                {RTM_F_LOOKUP_TABLE, "lookup_table"},
                                {RTM_F_FIB_MATCH, "fib_match"},
                                {RTM_F_OFFLOAD, "rt_offload"},
                                {RTM_F_TRAP, "rt_trap"},
                                {RTM_F_OFFLOAD_FAILED, "rt_offload_failed"}};

constexpr Field kRouteFields[] = {
    {offsetof(rtmsg, rtm_family), 1, "family", kFamilies},
    {offsetof(rtmsg, rtm_dst_len), 1, "dst_len"},
    {offsetof(rtmsg, rtm_src_len), 1, "src_len"},
    {offsetof(rtmsg, rtm_tos), 1, "tos"},
    {offsetof(rtmsg, rtm_table), 1, "table", kTables},
    {offsetof(rtmsg, rtm_protocol), 1, "protocol", kProtocols},
    {offsetof(rtmsg, rtm_scope), 1, "scope", kScopes},
    {offsetof(rtmsg, rtm_type), 1, "type", kRouteTypes},
    {offsetof(rtmsg, rtm_flags), 4, "flags", kRouteFlags, true},
};

// RTAX_LOCK: which metrics path MTU discovery and the like leave alone
constexpr Name kLocks[] = {{1u << RTAX_MTU, "mtu"},           {1u << RTAX_WINDOW, "window"},
                           {1u << RTAX_RTT, "rtt"},           {1u << RTAX_RTTVAR, "rttvar"},
                           {1u << RTAX_SSTHRESH, "ssthresh"}, {1u << RTAX_CWND, "cwnd"},
                           {1u << RTAX_ADVMSS, "advmss"},     {1u << RTAX_REORDERING, "reordering"},
                           {1u << RTAX_HOPLIMIT, "hoplimit"}, {1u << RTAX_RTO_MIN, "rto_min"}};

constexpr Name kFeatures[] = {{RTAX_FEATURE_ECN, "ecn"},
                              {1u << 4, "tcp_usec_ts"}};  // since Linux 6.7

constexpr Attribute kMetricAttributes[] = {
    Bits32(RTAX_LOCK, "lock", kLocks),
    U32(RTAX_MTU, "mtu"),
    U32(RTAX_WINDOW, "window"),
    U32(RTAX_RTT, "rtt"),
    U32(RTAX_RTTVAR, "rttvar"),
    U32(RTAX_SSTHRESH, "ssthresh"),
    U32(RTAX_CWND, "cwnd"),
    U32(RTAX_ADVMSS, "advmss"),
    U32(RTAX_REORDERING, "reordering"),
    U32(RTAX_HOPLIMIT, "hoplimit"),
    U32(RTAX_INITCWND, "initcwnd"),
    Bits32(RTAX_FEATURES, "features", kFeatures),
    U32(RTAX_RTO_MIN, "rto_min"),
    U32(RTAX_INITRWND, "initrwnd"),
    U32(RTAX_QUICKACK, "quickack"),
    Plain(RTAX_CC_ALGO, "cc_algo", Type::kString),
    U32(RTAX_FASTOPEN_NO_COOKIE, "fastopen_no_cookie"),
};
constexpr Table kMetrics = {kMetricAttributes};

constexpr Field kCacheFields[] = {
    {offsetof(rta_cacheinfo, rta_expires), 4, "expires"},
    {offsetof(rta_cacheinfo, rta_error), 4, "error"},
};
constexpr Layout kCache = {sizeof(rta_cacheinfo), kCacheFields};

constexpr Field kHopFields[] = {
    {offsetof(rtnexthop, rtnh_flags), 1, "flags", kNexthopFlags, true},
    {offsetof(rtnexthop, rtnh_hops), 1, "hops"},
    {offsetof(rtnexthop, rtnh_ifindex), 4, "index", {}, false, true},
};
constexpr Layout kHopHeader = {sizeof(rtnexthop), kHopFields};
constexpr Attribute kHopAttributes[] = {
    Plain(RTA_GATEWAY, "gateway", Type::kIp),
    U32(RTA_FLOW, "flow"),
    Plain(RTA_VIA, "via", Type::kFamilyIp),
};
constexpr Table kHop = {kHopAttributes};

// RFC 4191, section 2.1
constexpr Name kPreferences[] = {{ICMPV6_ROUTER_PREF_MEDIUM, "medium"},
                                 {ICMPV6_ROUTER_PREF_HIGH, "high"},
                                 {ICMPV6_ROUTER_PREF_LOW, "low"}};

constexpr Attribute kRouteAttributes[] = {
    Plain(RTA_DST, "dst", Type::kIp),
    Plain(RTA_SRC, "src", Type::kIp),
    Plain(RTA_IIF, "iif", Type::kLinkIndex),
    Plain(RTA_OIF, "oif", Type::kLinkIndex),
    Plain(RTA_GATEWAY, "gateway", Type::kIp),
    U32(RTA_PRIORITY, "priority"),
    Plain(RTA_PREFSRC, "prefsrc", Type::kIp),
    Nested(RTA_METRICS, "metrics", &kMetrics),
    Records(RTA_MULTIPATH, "multipath", &kHopHeader, &kHop),
    U32(RTA_FLOW, "flow"),
    Struct(RTA_CACHEINFO, "cacheinfo", &kCache),
    U32(RTA_TABLE, "table", kTables),
    U32(RTA_MARK, "mark"),
    Plain(RTA_VIA, "via", Type::kFamilyIp),
    U8(RTA_PREF, "pref", kPreferences),
    U32(RTA_EXPIRES, "expires"),
    U32(RTA_UID, "uid"),
    U8(RTA_IP_PROTO, "ip_proto", kIpProtocols),
    Plain(RTA_SPORT, "sport", Type::kBe16),
    Plain(RTA_DPORT, "dport", Type::kBe16),
    U32(RTA_NH_ID, "nh_id"),
};

}  // namespace

const Layout kRouteHeader = {sizeof(rtmsg), kRouteFields};
const Table kRoute = {kRouteAttributes};

}  // namespace vethwork::codec::rtnl
