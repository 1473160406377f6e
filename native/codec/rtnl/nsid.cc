// Numbers that one namespace has for others: include/uapi/linux/net_namespace.h, ip-netns(8).
#include <linux/net_namespace.h>

#include "codec/rtnl/names.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Field kNamespaceFields[] = {
    {offsetof(rtgenmsg, rtgen_family), 1, "family", kFamilies},
};

constexpr Attribute kNamespaceAttributes[] = {
    Plain(NETNSA_NSID, "nsid", Type::kS32),
    U32(NETNSA_PID, "pid"),
    Plain(NETNSA_FD, "fd", Type::kNamespace),
    Plain(NETNSA_TARGET_NSID, "target_nsid", Type::kS32),
    Plain(NETNSA_CURRENT_NSID, "current_nsid", Type::kS32),
};

}  // namespace

const Layout kNamespaceHeader = {sizeof(rtgenmsg), kNamespaceFields};
const Table kNamespace = {kNamespaceAttributes};

}  // namespace vethwork::codec::rtnl
