// A program that decides: include/uapi/linux/netfilter/nf_tables.h, NFTA_QUEUE_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kFlags[] = {
    {NFT_QUEUE_FLAG_BYPASS, "bypass"},
    {NFT_QUEUE_FLAG_CPU_FANOUT, "fanout"},
};

constexpr Attribute kAttributes[] = {
    Be16(NFTA_QUEUE_NUM, "num"),
    Be16(NFTA_QUEUE_TOTAL, "total"),
    BeBits16(NFTA_QUEUE_FLAGS, "flags", kFlags),
    Be32(NFTA_QUEUE_SREG_QNUM, "sreg_qnum", kRegisters),
};

}  // namespace

const Table kQueue = {kAttributes};

}  // namespace vethwork::codec::nfnl
