// Masks and shifts: include/uapi/linux/netfilter/nf_tables.h, NFTA_BITWISE_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kOps[] = {
    {0, "mask_xor"},  // NFT_BITWISE_MASK_XOR, NFT_BITWISE_BOOL in older headers
    {NFT_BITWISE_LSHIFT, "lshift"},
    {NFT_BITWISE_RSHIFT, "rshift"},
    {3, "and"},  // NFT_BITWISE_AND and these: since Linux 6.13
    {4, "or"},
    {5, "xor"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_BITWISE_SREG, "sreg", kRegisters),
    Be32(NFTA_BITWISE_DREG, "dreg", kRegisters),
    Be32(NFTA_BITWISE_LEN, "len"),
    Nested(NFTA_BITWISE_MASK, "mask", &kData),
    Nested(NFTA_BITWISE_XOR, "xor", &kData),
    Be32(NFTA_BITWISE_OP, "op", kOps),
    Nested(NFTA_BITWISE_DATA, "data", &kData),
    Be32(8, "sreg2", kRegisters),  // NFTA_BITWISE_SREG2, since Linux 6.13
};

}  // namespace

const Table kBitwise = {kAttributes};

}  // namespace vethwork::codec::nfnl
