// The packet out of another link: include/uapi/linux/netfilter/nf_tables.h, NFTA_FWD_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Attribute kAttributes[] = {
    Be32(NFTA_FWD_SREG_DEV, "sreg_dev", kRegisters),
    Be32(NFTA_FWD_SREG_ADDR, "sreg_addr", kRegisters),
    Be32(NFTA_FWD_NFPROTO, "nfproto", kProtocolFamilies),
};

}  // namespace

const Table kFwd = {kAttributes};

}  // namespace vethwork::codec::nfnl
