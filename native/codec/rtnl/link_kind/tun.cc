// tun and tap: IFLA_TUN_* of include/uapi/linux/if_link.h. The kernel shows them and takes none of
// them: these links are made by ioctl(2) on /dev/net/tun.
#include <linux/if_link.h>
#include <linux/if_tun.h>

#include "codec/rtnl/link_kind/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Name kTypes[] = {{IFF_TUN, "tun"}, {IFF_TAP, "tap"}};

constexpr Attribute kTunAttributes[] = {
    U32(IFLA_TUN_OWNER, "owner"),
    U32(IFLA_TUN_GROUP, "group"),
    U8(IFLA_TUN_TYPE, "type", kTypes),
    U8(IFLA_TUN_PI, "pi"),
    U8(IFLA_TUN_VNET_HDR, "vnet_hdr"),
    U8(IFLA_TUN_PERSIST, "persist"),
    U8(IFLA_TUN_MULTI_QUEUE, "multi_queue"),
    U32(IFLA_TUN_NUM_QUEUES, "num_queues"),
    U32(IFLA_TUN_NUM_DISABLED_QUEUES, "num_disabled_queues"),
};

}  // namespace

const Table kTun = {kTunAttributes};

}  // namespace vethwork::codec::rtnl
