// ipvlan: IFLA_IPVLAN_* of include/uapi/linux/if_link.h.
#include <linux/if_link.h>

#include "codec/rtnl/link_kind/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Name kModes[] = {
    {IPVLAN_MODE_L2, "l2"}, {IPVLAN_MODE_L3, "l3"}, {IPVLAN_MODE_L3S, "l3s"}};
// Two bits of which one at most is set; neither: the links of one parent see each other.
constexpr Name kFlags[] = {{0, "bridge"}, {IPVLAN_F_PRIVATE, "private"}, {IPVLAN_F_VEPA, "vepa"}};

constexpr Attribute kIpvlanAttributes[] = {
    U16(IFLA_IPVLAN_MODE, "mode", kModes),
    U16(IFLA_IPVLAN_FLAGS, "flags", kFlags),
};

}  // namespace

const Table kIpvlan = {kIpvlanAttributes};

}  // namespace vethwork::codec::rtnl
