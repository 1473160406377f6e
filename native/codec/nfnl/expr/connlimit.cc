// Connections at a time: include/uapi/linux/netfilter/nf_tables.h, NFTA_CONNLIMIT_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kFlags[] = {
    {NFT_CONNLIMIT_F_INV, "inv"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_CONNLIMIT_COUNT, "count"),
    BeBits32(NFTA_CONNLIMIT_FLAGS, "flags", kFlags),
};

}  // namespace

const Table kConnlimit = {kAttributes};

}  // namespace vethwork::codec::nfnl
