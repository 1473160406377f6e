// veth(4): the pair's other end is a message of its own. include/uapi/linux/veth.h
#include <linux/veth.h>

#include "codec/rtnl/link_kind/tables.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Attribute kVethAttributes[] = {
    NestedMessage(VETH_INFO_PEER, "peer", &kLinkHeader, &kLink),
};

}  // namespace

const Table kVeth = {kVethAttributes};

}  // namespace vethwork::codec::rtnl
