// Routes: include/uapi/linux/rtnetlink.h, rtnetlink(7).
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

constexpr Name kTables[] = {
    {RT_TABLE_DEFAULT, "default"}, {RT_TABLE_MAIN, "main"}, {RT_TABLE_LOCAL, "local"}};

constexpr Name kRouteFlags[] = {{RTNH_F_DEAD, "dead"},     {RTNH_F_PERVASIVE, "pervasive"},
                                {RTNH_F_ONLINK, "onlink"}, {RTNH_F_LINKDOWN, "linkdown"},
                                {RTM_F_CLONED, "cloned"},  {RTM_F_PREFIX, "prefix"}};

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

constexpr Attribute kMetricAttributes[] = {
    U32(RTAX_MTU, "mtu"),
    U32(RTAX_ADVMSS, "advmss"),
};
constexpr Table kMetrics = {kMetricAttributes};

constexpr Attribute kRouteAttributes[] = {
    Plain(RTA_DST, "dst", Type::kIp),
    Plain(RTA_SRC, "src", Type::kIp),
    Plain(RTA_IIF, "iif", Type::kLinkIndex),
    Plain(RTA_OIF, "oif", Type::kLinkIndex),
    Plain(RTA_GATEWAY, "gateway", Type::kIp),
    U32(RTA_PRIORITY, "priority"),
    Plain(RTA_PREFSRC, "prefsrc", Type::kIp),
    Nested(RTA_METRICS, "metrics", &kMetrics),
    U32(RTA_TABLE, "table", kTables),
    U32(RTA_MARK, "mark"),
    U8(RTA_PREF, "pref"),
};

}  // namespace

const Layout kRouteHeader = {sizeof(rtmsg), kRouteFields};
const Table kRoute = {kRouteAttributes};

}  // namespace vethwork::codec::rtnl
