// A copy to another host or link: include/uapi/linux/netfilter/nf_tables.h, NFTA_DUP_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Attribute kAttributes[] = {
    Be32(NFTA_DUP_SREG_ADDR, "sreg_addr", kRegisters),
    Be32(NFTA_DUP_SREG_DEV, "sreg_dev", kRegisters),
};

}  // namespace

const Table kDup = {kAttributes};

}  // namespace vethwork::codec::nfnl
