// The bridge: IFLA_BR_* of include/uapi/linux/if_link.h. Times are in 1/100 s (USER_HZ).
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>

#include "codec/rtnl/link_kind/tables.h"
#include "codec/rtnl/names.h"

namespace vethwork::codec::rtnl {
namespace {

// Since Linux 6.7, not in the headers of 6.1
constexpr uint16_t kFdbNLearned = 48;    // IFLA_BR_FDB_N_LEARNED
constexpr uint16_t kFdbMaxLearned = 49;  // IFLA_BR_FDB_MAX_LEARNED

// enum mdb_rtr_type
constexpr Name kRouters[] = {{MDB_RTR_TYPE_DISABLED, "disabled"},
                             {MDB_RTR_TYPE_TEMP_QUERY, "learn"},
                             {MDB_RTR_TYPE_PERM, "permanent"}};

// enum br_boolopt_id
constexpr Name kSwitches[] = {
    {1u << BR_BOOLOPT_NO_LL_LEARN, "no_ll_learn"},
    {1u << BR_BOOLOPT_MCAST_VLAN_SNOOPING, "mcast_vlan_snooping"},
    {1u << BR_BOOLOPT_MST_ENABLE, "mst_enable"},
    {1u << 3, "mdb_offload_fail_notification"},  // since Linux 6.16
    {1u << 4, "fdb_local_vlan_0"},               // since Linux 6.18
};
constexpr Field kMultiFields[] = {
    {offsetof(br_boolopt_multi, optval), 4, "optval", kSwitches, true},
    {offsetof(br_boolopt_multi, optmask), 4, "optmask", kSwitches, true},
};
constexpr Layout kMulti = {sizeof(br_boolopt_multi), kMultiFields};

constexpr Attribute kBridgeAttributes[] = {
    U32(IFLA_BR_FORWARD_DELAY, "forward_delay"),
    U32(IFLA_BR_HELLO_TIME, "hello_time"),
    U32(IFLA_BR_MAX_AGE, "max_age"),
    U32(IFLA_BR_AGEING_TIME, "ageing_time"),
    U32(IFLA_BR_STP_STATE, "stp_state"),
    U16(IFLA_BR_PRIORITY, "priority"),
    U8(IFLA_BR_VLAN_FILTERING, "vlan_filtering"),
    Be16(IFLA_BR_VLAN_PROTOCOL, "vlan_protocol", kVlanProtocols),
    U16(IFLA_BR_GROUP_FWD_MASK, "group_fwd_mask"),
    Plain(IFLA_BR_ROOT_ID, "root_id", Type::kBytes),
    Plain(IFLA_BR_BRIDGE_ID, "bridge_id", Type::kBytes),
    U16(IFLA_BR_ROOT_PORT, "root_port"),
    U32(IFLA_BR_ROOT_PATH_COST, "root_path_cost"),
    U8(IFLA_BR_TOPOLOGY_CHANGE, "topology_change"),
    U8(IFLA_BR_TOPOLOGY_CHANGE_DETECTED, "topology_change_detected"),
    Plain(IFLA_BR_HELLO_TIMER, "hello_timer", Type::kU64),
    Plain(IFLA_BR_TCN_TIMER, "tcn_timer", Type::kU64),
    Plain(IFLA_BR_TOPOLOGY_CHANGE_TIMER, "topology_change_timer", Type::kU64),
    Plain(IFLA_BR_GC_TIMER, "gc_timer", Type::kU64),
    Plain(IFLA_BR_GROUP_ADDR, "group_addr", Type::kHardware),
    Plain(IFLA_BR_FDB_FLUSH, "fdb_flush", Type::kFlag),
    U8(IFLA_BR_MCAST_ROUTER, "mcast_router", kRouters),
    U8(IFLA_BR_MCAST_SNOOPING, "mcast_snooping"),
    U8(IFLA_BR_MCAST_QUERY_USE_IFADDR, "mcast_query_use_ifaddr"),
    U8(IFLA_BR_MCAST_QUERIER, "mcast_querier"),
    U32(IFLA_BR_MCAST_HASH_ELASTICITY, "mcast_hash_elasticity"),
    U32(IFLA_BR_MCAST_HASH_MAX, "mcast_hash_max"),
    U32(IFLA_BR_MCAST_LAST_MEMBER_CNT, "mcast_last_member_cnt"),
    U32(IFLA_BR_MCAST_STARTUP_QUERY_CNT, "mcast_startup_query_cnt"),
    Plain(IFLA_BR_MCAST_LAST_MEMBER_INTVL, "mcast_last_member_intvl", Type::kU64),
    Plain(IFLA_BR_MCAST_MEMBERSHIP_INTVL, "mcast_membership_intvl", Type::kU64),
    Plain(IFLA_BR_MCAST_QUERIER_INTVL, "mcast_querier_intvl", Type::kU64),
    Plain(IFLA_BR_MCAST_QUERY_INTVL, "mcast_query_intvl", Type::kU64),
    Plain(IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, "mcast_query_response_intvl", Type::kU64),
    Plain(IFLA_BR_MCAST_STARTUP_QUERY_INTVL, "mcast_startup_query_intvl", Type::kU64),
    U8(IFLA_BR_NF_CALL_IPTABLES, "nf_call_iptables"),
    U8(IFLA_BR_NF_CALL_IP6TABLES, "nf_call_ip6tables"),
    U8(IFLA_BR_NF_CALL_ARPTABLES, "nf_call_arptables"),
    U16(IFLA_BR_VLAN_DEFAULT_PVID, "vlan_default_pvid"),
    U8(IFLA_BR_VLAN_STATS_ENABLED, "vlan_stats_enabled"),
    U8(IFLA_BR_MCAST_STATS_ENABLED, "mcast_stats_enabled"),
    U8(IFLA_BR_MCAST_IGMP_VERSION, "mcast_igmp_version"),
    U8(IFLA_BR_MCAST_MLD_VERSION, "mcast_mld_version"),
    U8(IFLA_BR_VLAN_STATS_PER_PORT, "vlan_stats_per_port"),
    Struct(IFLA_BR_MULTI_BOOLOPT, "multi_boolopt", &kMulti),
    U32(kFdbNLearned, "fdb_n_learned"),
    U32(kFdbMaxLearned, "fdb_max_learned"),
};

}  // namespace

const Table kBridge = {kBridgeAttributes};

}  // namespace vethwork::codec::rtnl
