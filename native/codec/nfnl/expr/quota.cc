// Bytes, once: include/uapi/linux/netfilter/nf_tables.h, NFTA_QUOTA_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kFlags[] = {
    {NFT_QUOTA_F_INV, "inv"},
    {NFT_QUOTA_F_DEPLETED, "depleted"},
};

constexpr Attribute kAttributes[] = {
    Be64(NFTA_QUOTA_BYTES, "bytes"),
    BeBits32(NFTA_QUOTA_FLAGS, "flags", kFlags),
    Be64(NFTA_QUOTA_CONSUMED, "consumed"),
};

}  // namespace

const Table kQuota = {kAttributes};

}  // namespace vethwork::codec::nfnl
