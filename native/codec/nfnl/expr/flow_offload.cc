// Established connections past the rules: include/uapi/linux/netfilter/nf_tables.h, NFTA_FLOW_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Attribute kAttributes[] = {
    Plain(NFTA_FLOW_TABLE_NAME, "table_name", Type::kString),
};

}  // namespace

const Table kFlowOffload = {kAttributes};

}  // namespace vethwork::codec::nfnl
