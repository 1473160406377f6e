// Elements that packets add: include/uapi/linux/netfilter/nf_tables.h, NFTA_DYNSET_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kOps[] = {
    {NFT_DYNSET_OP_ADD, "add"},
    {NFT_DYNSET_OP_UPDATE, "update"},
    {NFT_DYNSET_OP_DELETE, "delete"},
};

constexpr Name kFlags[] = {
    {NFT_DYNSET_F_INV, "inv"},
    {NFT_DYNSET_F_EXPR, "expr"},
};

constexpr Attribute kAttributes[] = {
    Plain(NFTA_DYNSET_SET_NAME, "set_name", Type::kString),
    Be32(NFTA_DYNSET_SET_ID, "set_id"),
    Be32(NFTA_DYNSET_OP, "op", kOps),
    Be32(NFTA_DYNSET_SREG_KEY, "sreg_key", kRegisters),
    Be32(NFTA_DYNSET_SREG_DATA, "sreg_data", kRegisters),
    Be64(NFTA_DYNSET_TIMEOUT, "timeout"),
    Nested(NFTA_DYNSET_EXPR, "expr", &kExpression),
    BeBits32(NFTA_DYNSET_FLAGS, "flags", kFlags),
    List(NFTA_DYNSET_EXPRESSIONS, "expressions", &kExpression, NFTA_LIST_ELEM),
};

}  // namespace

const Table kDynset = {kAttributes};

}  // namespace vethwork::codec::nfnl
