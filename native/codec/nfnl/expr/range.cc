// A register against two constants: include/uapi/linux/netfilter/nf_tables.h, NFTA_RANGE_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kOps[] = {
    {NFT_RANGE_EQ, "eq"},
    {NFT_RANGE_NEQ, "neq"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_RANGE_SREG, "sreg", kRegisters),
    Be32(NFTA_RANGE_OP, "op", kOps),
    Nested(NFTA_RANGE_FROM_DATA, "from_data", &kData),
    Nested(NFTA_RANGE_TO_DATA, "to_data", &kData),
};

}  // namespace

const Table kRange = {kAttributes};

}  // namespace vethwork::codec::nfnl
