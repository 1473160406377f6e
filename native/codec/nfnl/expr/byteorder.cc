// Host to network order and back: include/uapi/linux/netfilter/nf_tables.h, NFTA_BYTEORDER_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kOps[] = {
    {NFT_BYTEORDER_NTOH, "ntoh"},
    {NFT_BYTEORDER_HTON, "hton"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_BYTEORDER_SREG, "sreg", kRegisters),
    Be32(NFTA_BYTEORDER_DREG, "dreg", kRegisters),
    Be32(NFTA_BYTEORDER_OP, "op", kOps),
    Be32(NFTA_BYTEORDER_LEN, "len"),
    Be32(NFTA_BYTEORDER_SIZE, "size"),
};

}  // namespace

const Table kByteorder = {kAttributes};

}  // namespace vethwork::codec::nfnl
