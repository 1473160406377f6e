// A register against a constant: include/uapi/linux/netfilter/nf_tables.h, NFTA_CMP_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kOps[] = {
    {NFT_CMP_EQ, "eq"},   {NFT_CMP_NEQ, "neq"}, {NFT_CMP_LT, "lt"},
    {NFT_CMP_LTE, "lte"}, {NFT_CMP_GT, "gt"},   {NFT_CMP_GTE, "gte"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_CMP_SREG, "sreg", kRegisters),
    Be32(NFTA_CMP_OP, "op", kOps),
    Nested(NFTA_CMP_DATA, "data", &kData),
};

}  // namespace

const Table kCmp = {kAttributes};

}  // namespace vethwork::codec::nfnl
