// Packets or bytes a time: include/uapi/linux/netfilter/nf_tables.h, NFTA_LIMIT_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kTypes[] = {
    {NFT_LIMIT_PKTS, "packets"},
    {NFT_LIMIT_PKT_BYTES, "bytes"},
};

constexpr Name kFlags[] = {
    {NFT_LIMIT_F_INV, "inv"},
};

constexpr Attribute kAttributes[] = {
    Be64(NFTA_LIMIT_RATE, "rate"),
    Be64(NFTA_LIMIT_UNIT, "unit"),
    Be32(NFTA_LIMIT_BURST, "burst"),
    Be32(NFTA_LIMIT_TYPE, "type", kTypes),
    BeBits32(NFTA_LIMIT_FLAGS, "flags", kFlags),
};

}  // namespace

const Table kLimit = {kAttributes};

}  // namespace vethwork::codec::nfnl
