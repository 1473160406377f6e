// A constant or a verdict: include/uapi/linux/netfilter/nf_tables.h, NFTA_IMMEDIATE_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Attribute kAttributes[] = {
    Be32(NFTA_IMMEDIATE_DREG, "dreg", kRegisters),
    Nested(NFTA_IMMEDIATE_DATA, "data", &kData),
};

}  // namespace

const Table kImmediate = {kAttributes};

}  // namespace vethwork::codec::nfnl
