// A hash of a register, or of the connection: include/uapi/linux/netfilter/nf_tables.h,
// NFTA_HASH_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kTypes[] = {
    {NFT_HASH_JENKINS, "jenkins"},
    {NFT_HASH_SYM, "sym"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_HASH_SREG, "sreg", kRegisters),
    Be32(NFTA_HASH_DREG, "dreg", kRegisters),
    Be32(NFTA_HASH_LEN, "len"),
    Be32(NFTA_HASH_MODULUS, "modulus"),
    Be32(NFTA_HASH_SEED, "seed"),
    Be32(NFTA_HASH_OFFSET, "offset"),
    Be32(NFTA_HASH_TYPE, "type", kTypes),
};

}  // namespace

const Table kHash = {kAttributes};

}  // namespace vethwork::codec::nfnl
