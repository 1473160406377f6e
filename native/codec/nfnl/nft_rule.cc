// Rules of nftables: include/uapi/linux/netfilter/nf_tables.h, NFTA_RULE_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/tables.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Attribute kRuleAttributes[] = {
    Plain(NFTA_RULE_TABLE, "table", Type::kString),
    Plain(NFTA_RULE_CHAIN, "chain", Type::kString),
    Be64(NFTA_RULE_HANDLE, "handle"),
    List(NFTA_RULE_EXPRESSIONS, "expressions", &kExpression, NFTA_LIST_ELEM),
    Be64(NFTA_RULE_POSITION, "position"),
    Userdata(NFTA_RULE_USERDATA, "userdata", &kCommentUserdata),
    Be32(NFTA_RULE_ID, "id"),
    Be32(NFTA_RULE_POSITION_ID, "position_id"),
    Be32(NFTA_RULE_CHAIN_ID, "chain_id"),
};

}  // namespace

const Table kRule = {kRuleAttributes};

}  // namespace vethwork::codec::nfnl
