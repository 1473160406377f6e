// Numbers, one after another or random: include/uapi/linux/netfilter/nf_tables.h, NFTA_NG_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kTypes[] = {
    {NFT_NG_INCREMENTAL, "incremental"},
    {NFT_NG_RANDOM, "random"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_NG_DREG, "dreg", kRegisters),
    Be32(NFTA_NG_MODULUS, "modulus"),
    Be32(NFTA_NG_TYPE, "type", kTypes),
    Be32(NFTA_NG_OFFSET, "offset"),
};

}  // namespace

const Table kNumgen = {kAttributes};

}  // namespace vethwork::codec::nfnl
