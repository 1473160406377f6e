// This host as destination: include/uapi/linux/netfilter/nf_tables.h, NFTA_REDIR_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Attribute kAttributes[] = {
    Be32(NFTA_REDIR_REG_PROTO_MIN, "reg_proto_min", kRegisters),
    Be32(NFTA_REDIR_REG_PROTO_MAX, "reg_proto_max", kRegisters),
    BeBits32(NFTA_REDIR_FLAGS, "flags", kNatFlags),
};

}  // namespace

const Table kRedir = {kAttributes};

}  // namespace vethwork::codec::nfnl
