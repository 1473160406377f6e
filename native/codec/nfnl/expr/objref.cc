// A named object, or what a map of objects has for a register:
// include/uapi/linux/netfilter/nf_tables.h, NFTA_OBJREF_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Attribute kAttributes[] = {
    Be32(NFTA_OBJREF_IMM_TYPE, "imm_type", kObjectTypes),
    Plain(NFTA_OBJREF_IMM_NAME, "imm_name", Type::kString),
    Be32(NFTA_OBJREF_SET_SREG, "set_sreg", kRegisters),
    Plain(NFTA_OBJREF_SET_NAME, "set_name", Type::kString),
    Be32(NFTA_OBJREF_SET_ID, "set_id"),
};

}  // namespace

const Table kObjref = {kAttributes};

}  // namespace vethwork::codec::nfnl
