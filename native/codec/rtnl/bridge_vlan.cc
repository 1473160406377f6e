// VLANs of bridges and their ports: include/uapi/linux/if_bridge.h, bridge(8).
#include <linux/if_bridge.h>
#include <linux/if_ether.h>

#include "codec/rtnl/names.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Name kVlanFlags[] = {
    {BRIDGE_VLAN_INFO_MASTER, "master"},       {BRIDGE_VLAN_INFO_PVID, "pvid"},
    {BRIDGE_VLAN_INFO_UNTAGGED, "untagged"},   {BRIDGE_VLAN_INFO_RANGE_BEGIN, "range_begin"},
    {BRIDGE_VLAN_INFO_RANGE_END, "range_end"}, {BRIDGE_VLAN_INFO_BRENTRY, "brentry"},
    {BRIDGE_VLAN_INFO_ONLY_OPTS, "only_opts"}};
constexpr Field kInfoFields[] = {
    {offsetof(bridge_vlan_info, flags), 2, "flags", kVlanFlags, true},
    {offsetof(bridge_vlan_info, vid), 2, "vid"},
};
constexpr Layout kInfo = {sizeof(bridge_vlan_info), kInfoFields};

// IFLA_BRIDGE_FLAGS: whose VLANs, the bridge's (self) or its port's (master).
constexpr Name kTargets[] = {{BRIDGE_FLAGS_MASTER, "master"}, {BRIDGE_FLAGS_SELF, "self"}};
constexpr Attribute kSpecAttributes[] = {
    Bits16(IFLA_BRIDGE_FLAGS, "flags", kTargets),
    Repeated(Struct(IFLA_BRIDGE_VLAN_INFO, "vlan_info", &kInfo)),
};
constexpr Table kSpec = {kSpecAttributes};

constexpr Name kFilters[] = {{RTEXT_FILTER_BRVLAN, "brvlan"},
                             {RTEXT_FILTER_BRVLAN_COMPRESSED, "brvlan_compressed"}};

constexpr Attribute kBridgePortAttributes[] = {
    Plain(IFLA_ADDRESS, "address", Type::kHardware),
    Plain(IFLA_IFNAME, "ifname", Type::kString),
    U32(IFLA_MTU, "mtu"),
    Plain(IFLA_LINK, "link", Type::kLinkIndex),
    Plain(IFLA_MASTER, "master", Type::kLinkIndex),
    Nested(IFLA_PROTINFO, "protinfo", &kBridgePortOptions),
    U8(IFLA_OPERSTATE, "operstate"),
    Nested(IFLA_AF_SPEC, "af_spec", &kSpec),
    Bits32(IFLA_EXT_MASK, "ext_mask", kFilters),
};

constexpr Field kVlanFields[] = {
    {offsetof(br_vlan_msg, family), 1, "family", kFamilies},
    {offsetof(br_vlan_msg, ifindex), 4, "index", {}, false, true},
};

constexpr Name kStates[] = {{BR_STATE_DISABLED, "disabled"},
                            {BR_STATE_LISTENING, "listening"},
                            {BR_STATE_LEARNING, "learning"},
                            {BR_STATE_FORWARDING, "forwarding"},
                            {BR_STATE_BLOCKING, "blocking"}};
constexpr Attribute kStatisticsAttributes[] = {
    Plain(BRIDGE_VLANDB_STATS_RX_BYTES, "rx_bytes", Type::kU64),
    Plain(BRIDGE_VLANDB_STATS_RX_PACKETS, "rx_packets", Type::kU64),
    Plain(BRIDGE_VLANDB_STATS_TX_BYTES, "tx_bytes", Type::kU64),
    Plain(BRIDGE_VLANDB_STATS_TX_PACKETS, "tx_packets", Type::kU64),
};
constexpr Table kStatistics = {kStatisticsAttributes};
constexpr Attribute kEntryAttributes[] = {
    Struct(BRIDGE_VLANDB_ENTRY_INFO, "info", &kInfo),
    U16(BRIDGE_VLANDB_ENTRY_RANGE, "range"),
    U8(BRIDGE_VLANDB_ENTRY_STATE, "state", kStates),
    Nested(BRIDGE_VLANDB_ENTRY_STATS, "stats", &kStatistics),
};
constexpr Table kEntry = {kEntryAttributes};

// BRIDGE_VLANDB_DUMP_FLAGS of a request and BRIDGE_VLANDB_ENTRY of its answers have one number.
constexpr Attribute kVlanAttributes[] = {
    Repeated(Nested(BRIDGE_VLANDB_ENTRY, "entry", &kEntry)),
};

}  // namespace

const Table kBridgePort = {kBridgePortAttributes};
const Layout kVlanHeader = {sizeof(br_vlan_msg), kVlanFields};
const Table kVlan = {kVlanAttributes};

const Table* FindLinkTable(uint8_t family) { return family == AF_BRIDGE ? &kBridgePort : nullptr; }

}  // namespace vethwork::codec::rtnl
