// When a packet was last seen: include/uapi/linux/netfilter/nf_tables.h, NFTA_LAST_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Attribute kAttributes[] = {
    Be32(NFTA_LAST_SET, "set"),
    Be64(NFTA_LAST_MSECS, "msecs"),
};

}  // namespace

const Table kLast = {kAttributes};

}  // namespace vethwork::codec::nfnl
