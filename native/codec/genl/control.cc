// Who is there and under which number: include/uapi/linux/genetlink.h.
#include <linux/genetlink.h>

#include "codec/genl/tables.h"

namespace vethwork::codec::genl {
namespace {

constexpr Attribute kGroupAttributes[] = {
    Plain(CTRL_ATTR_MCAST_GRP_NAME, "name", Type::kString),
    U32(CTRL_ATTR_MCAST_GRP_ID, "id"),
};
constexpr Table kGroup = {kGroupAttributes};

constexpr Attribute kControlAttributes[] = {
    U16(CTRL_ATTR_FAMILY_ID, "family_id"),
    Plain(CTRL_ATTR_FAMILY_NAME, "family_name", Type::kString),
    U32(CTRL_ATTR_VERSION, "version"),
    U32(CTRL_ATTR_HDRSIZE, "hdrsize"),
    U32(CTRL_ATTR_MAXATTR, "maxattr"),
    List(CTRL_ATTR_MCAST_GROUPS, "mcast_groups", &kGroup, 1),
};

}  // namespace

const Family kControlFamily = {"nlctrl", 2};
const Table kControl = {kControlAttributes};

}  // namespace vethwork::codec::genl
