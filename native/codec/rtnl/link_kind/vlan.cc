// 802.1Q and 802.1ad: IFLA_VLAN_* of include/uapi/linux/if_link.h.
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_vlan.h>

#include "codec/rtnl/link_kind/tables.h"
#include "codec/rtnl/names.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Name kFlagNames[] = {{VLAN_FLAG_REORDER_HDR, "reorder_hdr"},
                               {VLAN_FLAG_GVRP, "gvrp"},
                               {VLAN_FLAG_LOOSE_BINDING, "loose_binding"},
                               {VLAN_FLAG_MVRP, "mvrp"},
                               {VLAN_FLAG_BRIDGE_BINDING, "bridge_binding"}};
constexpr Field kFlagFields[] = {
    {offsetof(ifla_vlan_flags, flags), 4, "flags", kFlagNames, true},
    {offsetof(ifla_vlan_flags, mask), 4, "mask", kFlagNames, true},
};
constexpr Layout kFlags = {sizeof(ifla_vlan_flags), kFlagFields};

constexpr Field kMappingFields[] = {
    {offsetof(ifla_vlan_qos_mapping, from), 4, "from"},
    {offsetof(ifla_vlan_qos_mapping, to), 4, "to"},
};
constexpr Layout kMapping = {sizeof(ifla_vlan_qos_mapping), kMappingFields};
constexpr Attribute kQosAttributes[] = {
    Repeated(Struct(IFLA_VLAN_QOS_MAPPING, "mapping", &kMapping)),
};
constexpr Table kQos = {kQosAttributes};

constexpr Attribute kVlanLinkAttributes[] = {
    U16(IFLA_VLAN_ID, "id"),
    Struct(IFLA_VLAN_FLAGS, "flags", &kFlags),
    Nested(IFLA_VLAN_EGRESS_QOS, "egress_qos", &kQos),
    Nested(IFLA_VLAN_INGRESS_QOS, "ingress_qos", &kQos),
    Be16(IFLA_VLAN_PROTOCOL, "protocol", kVlanProtocols),
};

}  // namespace

const Table kVlanLink = {kVlanLinkAttributes};

}  // namespace vethwork::codec::rtnl
