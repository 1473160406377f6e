// Packets and bytes counted: include/uapi/linux/netfilter/nf_tables.h, NFTA_COUNTER_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Attribute kAttributes[] = {
    Be64(NFTA_COUNTER_BYTES, "bytes"),
    Be64(NFTA_COUNTER_PACKETS, "packets"),
};

}  // namespace

const Table kCounter = {kAttributes};

}  // namespace vethwork::codec::nfnl
