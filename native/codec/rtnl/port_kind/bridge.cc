// A port of a bridge: IFLA_BRPORT_* of include/uapi/linux/if_link.h, bridge(8).
#include <linux/if_bridge.h>
#include <linux/if_link.h>

#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

// Not in the headers of 6.1
constexpr uint16_t kMab = 40;                // IFLA_BRPORT_MAB, since Linux 6.2
constexpr uint16_t kMcastNGroups = 41;       // IFLA_BRPORT_MCAST_N_GROUPS, since Linux 6.3
constexpr uint16_t kMcastMaxGroups = 42;     // IFLA_BRPORT_MCAST_MAX_GROUPS, since Linux 6.3
constexpr uint16_t kNeighVlanSuppress = 43;  // IFLA_BRPORT_NEIGH_VLAN_SUPPRESS, since Linux 6.4
constexpr uint16_t kBackupNhid = 44;         // IFLA_BRPORT_BACKUP_NHID, since Linux 6.5

constexpr Name kStates[] = {{BR_STATE_DISABLED, "disabled"},
                            {BR_STATE_LISTENING, "listening"},
                            {BR_STATE_LEARNING, "learning"},
                            {BR_STATE_FORWARDING, "forwarding"},
                            {BR_STATE_BLOCKING, "blocking"}};

// enum mdb_rtr_type
constexpr Name kRouters[] = {{MDB_RTR_TYPE_DISABLED, "disabled"},
                             {MDB_RTR_TYPE_TEMP_QUERY, "learn"},
                             {MDB_RTR_TYPE_PERM, "permanent"},
                             {MDB_RTR_TYPE_TEMP, "temporary"}};

constexpr Attribute kBridgePortAttributes[] = {
    U8(IFLA_BRPORT_STATE, "state", kStates),
    U16(IFLA_BRPORT_PRIORITY, "priority"),
    U32(IFLA_BRPORT_COST, "cost"),
    U8(IFLA_BRPORT_MODE, "mode"),  // hairpin
    U8(IFLA_BRPORT_GUARD, "guard"),
    U8(IFLA_BRPORT_PROTECT, "protect"),  // root block
    U8(IFLA_BRPORT_FAST_LEAVE, "fast_leave"),
    U8(IFLA_BRPORT_LEARNING, "learning"),
    U8(IFLA_BRPORT_UNICAST_FLOOD, "unicast_flood"),
    U8(IFLA_BRPORT_PROXYARP, "proxyarp"),
    U8(IFLA_BRPORT_PROXYARP_WIFI, "proxyarp_wifi"),
    Plain(IFLA_BRPORT_ROOT_ID, "root_id", Type::kBytes),
    Plain(IFLA_BRPORT_BRIDGE_ID, "bridge_id", Type::kBytes),
    U16(IFLA_BRPORT_DESIGNATED_PORT, "designated_port"),
    U16(IFLA_BRPORT_DESIGNATED_COST, "designated_cost"),
    U16(IFLA_BRPORT_ID, "id"),
    U16(IFLA_BRPORT_NO, "no"),
    U8(IFLA_BRPORT_TOPOLOGY_CHANGE_ACK, "topology_change_ack"),
    U8(IFLA_BRPORT_CONFIG_PENDING, "config_pending"),
    Plain(IFLA_BRPORT_MESSAGE_AGE_TIMER, "message_age_timer", Type::kU64),
    Plain(IFLA_BRPORT_FORWARD_DELAY_TIMER, "forward_delay_timer", Type::kU64),
    Plain(IFLA_BRPORT_HOLD_TIMER, "hold_timer", Type::kU64),
    Plain(IFLA_BRPORT_FLUSH, "flush", Type::kFlag),
    U8(IFLA_BRPORT_MULTICAST_ROUTER, "multicast_router", kRouters),
    U8(IFLA_BRPORT_MCAST_FLOOD, "mcast_flood"),
    U8(IFLA_BRPORT_MCAST_TO_UCAST, "mcast_to_ucast"),
    U8(IFLA_BRPORT_VLAN_TUNNEL, "vlan_tunnel"),
    U8(IFLA_BRPORT_BCAST_FLOOD, "bcast_flood"),
    U16(IFLA_BRPORT_GROUP_FWD_MASK, "group_fwd_mask"),
    U8(IFLA_BRPORT_NEIGH_SUPPRESS, "neigh_suppress"),
    U8(IFLA_BRPORT_ISOLATED, "isolated"),
    Plain(IFLA_BRPORT_BACKUP_PORT, "backup_port", Type::kLinkIndex),
    U32(IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT, "mcast_eht_hosts_limit"),
    U32(IFLA_BRPORT_MCAST_EHT_HOSTS_CNT, "mcast_eht_hosts_cnt"),
    U8(IFLA_BRPORT_LOCKED, "locked"),
    U8(kMab, "mab"),
    U32(kMcastNGroups, "mcast_n_groups"),
    U32(kMcastMaxGroups, "mcast_max_groups"),
    U8(kNeighVlanSuppress, "neigh_vlan_suppress"),
    U32(kBackupNhid, "backup_nhid"),
};

}  // namespace

const Table kBridgePortOptions = {kBridgePortAttributes};

}  // namespace vethwork::codec::rtnl
