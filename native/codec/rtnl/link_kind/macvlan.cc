// macvlan and macvtap: IFLA_MACVLAN_* of include/uapi/linux/if_link.h.
#include <linux/if_link.h>

#include "codec/rtnl/link_kind/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr uint16_t kBcCutoff = 9;  // IFLA_MACVLAN_BC_CUTOFF, since Linux 6.4

constexpr Name kModes[] = {{MACVLAN_MODE_PRIVATE, "private"},
                           {MACVLAN_MODE_VEPA, "vepa"},
                           {MACVLAN_MODE_BRIDGE, "bridge"},
                           {MACVLAN_MODE_PASSTHRU, "passthru"},
                           {MACVLAN_MODE_SOURCE, "source"}};
constexpr Name kFlags[] = {{MACVLAN_FLAG_NOPROMISC, "nopromisc"}, {MACVLAN_FLAG_NODST, "nodst"}};
constexpr Name kAddressModes[] = {{MACVLAN_MACADDR_ADD, "add"},
                                  {MACVLAN_MACADDR_DEL, "del"},
                                  {MACVLAN_MACADDR_FLUSH, "flush"},
                                  {MACVLAN_MACADDR_SET, "set"}};

constexpr Attribute kAddressAttributes[] = {
    Repeated(Plain(IFLA_MACVLAN_MACADDR, "macaddr", Type::kHardware)),
};
constexpr Table kAddresses = {kAddressAttributes};

constexpr Attribute kMacvlanAttributes[] = {
    U32(IFLA_MACVLAN_MODE, "mode", kModes),
    Bits16(IFLA_MACVLAN_FLAGS, "flags", kFlags),
    U32(IFLA_MACVLAN_MACADDR_MODE, "macaddr_mode", kAddressModes),
    Nested(IFLA_MACVLAN_MACADDR_DATA, "macaddr_data", &kAddresses),
    U32(IFLA_MACVLAN_MACADDR_COUNT, "macaddr_count"),
    U32(IFLA_MACVLAN_BC_QUEUE_LEN, "bc_queue_len"),
    U32(IFLA_MACVLAN_BC_QUEUE_LEN_USED, "bc_queue_len_used"),
    Plain(kBcCutoff, "bc_cutoff", Type::kS32),
};

}  // namespace

const Table kMacvlan = {kMacvlanAttributes};

}  // namespace vethwork::codec::rtnl
