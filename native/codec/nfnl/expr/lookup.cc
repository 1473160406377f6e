// A register in a set, or what a map has for it: include/uapi/linux/netfilter/nf_tables.h,
// NFTA_LOOKUP_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kFlags[] = {
    {NFT_LOOKUP_F_INV, "inv"},
};

constexpr Attribute kAttributes[] = {
    Plain(NFTA_LOOKUP_SET, "set", Type::kString), Be32(NFTA_LOOKUP_SREG, "sreg", kRegisters),
    Be32(NFTA_LOOKUP_DREG, "dreg", kRegisters),   Be32(NFTA_LOOKUP_SET_ID, "set_id"),
    BeBits32(NFTA_LOOKUP_FLAGS, "flags", kFlags),
};

}  // namespace

const Table kLookup = {kAttributes};

}  // namespace vethwork::codec::nfnl
