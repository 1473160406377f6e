// A socket of this host, the packet untouched: include/uapi/linux/netfilter/nf_tables.h,
// NFTA_TPROXY_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Attribute kAttributes[] = {
    Be32(NFTA_TPROXY_FAMILY, "family", kProtocolFamilies),
    Be32(NFTA_TPROXY_REG_ADDR, "reg_addr", kRegisters),
    Be32(NFTA_TPROXY_REG_PORT, "reg_port", kRegisters),
};

}  // namespace

const Table kTproxy = {kAttributes};

}  // namespace vethwork::codec::nfnl
