// VRF: IFLA_VRF_* of include/uapi/linux/if_link.h.
#include <linux/if_link.h>

#include "codec/rtnl/link_kind/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Attribute kVrfAttributes[] = {
    U32(IFLA_VRF_TABLE, "table"),
};

}  // namespace

const Table kVrf = {kVrfAttributes};

}  // namespace vethwork::codec::rtnl
