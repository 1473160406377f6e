// Traffic control: struct tcmsg and TCA_* of include/uapi/linux/rtnetlink.h, tc(8).
#include "codec/rtnl/tc.h"

#include <linux/gen_stats.h>
#include <linux/if_ether.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Name kParents[] = {
    {TC_H_ROOT, "root"},
    {TC_H_INGRESS, "ingress_qdisc"},  // of the qdiscs ingress and clsact
    {TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), "ingress"},
    {TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), "egress"},
};

constexpr Name kEtherTypes[] = {{ETH_P_ALL, "all"},      {ETH_P_IP, "ip"},
                                {ETH_P_IPV6, "ipv6"},    {ETH_P_ARP, "arp"},
                                {ETH_P_8021Q, "802.1Q"}, {ETH_P_8021AD, "802.1ad"}};

constexpr Field kIndex = {offsetof(tcmsg, tcm_ifindex), 4, "index", {}, false, true};
constexpr Field kHandle = {offsetof(tcmsg, tcm_handle), 4, "handle"};
constexpr Field kParent = {offsetof(tcmsg, tcm_parent), 4, "parent", kParents};

constexpr Field kQdiscFields[] = {
    kIndex, kHandle, kParent, {offsetof(tcmsg, tcm_info), 4, "refcount"}};
constexpr Field kClassFields[] = {kIndex, kHandle, kParent, {offsetof(tcmsg, tcm_info), 4, "leaf"}};
// tcm_info: the protocol as on the wire in the lower half, the priority in the upper one
constexpr Field kFilterFields[] = {
    kIndex,
    kHandle,
    kParent,
    {.offset = offsetof(tcmsg, tcm_info),
     .size = 2,
     .name = "protocol",
     .names = kEtherTypes,
     .big_endian = true},
    {offsetof(tcmsg, tcm_info) + 2, 2, "priority"},
};

constexpr Field kBasicFields[] = {
    {offsetof(gnet_stats_basic, bytes), 8, "bytes"},
    {offsetof(gnet_stats_basic, packets), 4, "packets"},
};
constexpr Layout kBasic = {sizeof(gnet_stats_basic), kBasicFields};

constexpr Field kQueueFields[] = {
    {offsetof(gnet_stats_queue, qlen), 4, "queueLength"},
    {offsetof(gnet_stats_queue, backlog), 4, "backlogBytes"},
    {offsetof(gnet_stats_queue, drops), 4, "drops"},
    {offsetof(gnet_stats_queue, requeues), 4, "requeues"},
    {offsetof(gnet_stats_queue, overlimits), 4, "overlimits"},
};
constexpr Layout kQueue = {sizeof(gnet_stats_queue), kQueueFields};

constexpr Attribute kStatsAttributes[] = {
    Struct(TCA_STATS_BASIC, "basic", &kBasic),
    Struct(TCA_STATS_QUEUE, "queue", &kQueue),
    Plain(TCA_STATS_PKT64, "packets64", Type::kU64),
};

constexpr Attribute kQdiscAttributes[] = {
    Plain(TCA_KIND, "kind", Type::kString),
    ByKind(TCA_OPTIONS, "options", "kind", FindQdisc),
    Nested(TCA_STATS2, "stats2", &kTrafficStats),
};

constexpr Attribute kFilterAttributes[] = {
    Plain(TCA_KIND, "kind", Type::kString),
    ByKind(TCA_OPTIONS, "options", "kind", FindFilter),
    U32(TCA_CHAIN, "chain"),
};

}  // namespace

const Layout kQdiscHeader = {sizeof(tcmsg), kQdiscFields};
const Layout kClassHeader = {sizeof(tcmsg), kClassFields};
const Layout kFilterHeader = {sizeof(tcmsg), kFilterFields};
const Table kTrafficStats = {kStatsAttributes};
const Table kQdisc = {kQdiscAttributes};
const Table kFilter = {kFilterAttributes};

}  // namespace vethwork::codec::rtnl
