// The address of the outgoing link as source: include/uapi/linux/netfilter/nf_tables.h,
// NFTA_MASQ_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Attribute kAttributes[] = {
    BeBits32(NFTA_MASQ_FLAGS, "flags", kNatFlags),
    Be32(NFTA_MASQ_REG_PROTO_MIN, "reg_proto_min", kRegisters),
    Be32(NFTA_MASQ_REG_PROTO_MAX, "reg_proto_max", kRegisters),
};

}  // namespace

const Table kMasq = {kAttributes};

}  // namespace vethwork::codec::nfnl
