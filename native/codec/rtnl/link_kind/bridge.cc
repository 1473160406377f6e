// The bridge: IFLA_BR_* of include/uapi/linux/if_link.h. Times are in 1/100 s (USER_HZ).
#include <linux/if_link.h>

#include "codec/rtnl/link_kind/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Attribute kBridgeAttributes[] = {
    U32(IFLA_BR_FORWARD_DELAY, "forward_delay"),
    U32(IFLA_BR_HELLO_TIME, "hello_time"),
    U32(IFLA_BR_MAX_AGE, "max_age"),
    U32(IFLA_BR_AGEING_TIME, "ageing_time"),
    U32(IFLA_BR_STP_STATE, "stp_state"),
    U16(IFLA_BR_PRIORITY, "priority"),
    U8(IFLA_BR_VLAN_FILTERING, "vlan_filtering"),
    Plain(IFLA_BR_VLAN_PROTOCOL, "vlan_protocol", Type::kBe16),
    U16(IFLA_BR_GROUP_FWD_MASK, "group_fwd_mask"),
    U8(IFLA_BR_MCAST_ROUTER, "mcast_router"),
    U8(IFLA_BR_MCAST_SNOOPING, "mcast_snooping"),
    U8(IFLA_BR_MCAST_QUERIER, "mcast_querier"),
    U8(IFLA_BR_NF_CALL_IPTABLES, "nf_call_iptables"),
    U8(IFLA_BR_NF_CALL_IP6TABLES, "nf_call_ip6tables"),
    U8(IFLA_BR_NF_CALL_ARPTABLES, "nf_call_arptables"),
    U16(IFLA_BR_VLAN_DEFAULT_PVID, "vlan_default_pvid"),
};

}  // namespace

const Table kBridge = {kBridgeAttributes};

}  // namespace vethwork::codec::rtnl
