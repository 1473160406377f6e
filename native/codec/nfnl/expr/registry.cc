// The expressions that the codec knows, in alphabetical order, and what holds them.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"

namespace vethwork::codec::nfnl {
namespace {

struct Expression {
  std::string_view name;
  const Table* table;
};

constexpr Expression kExpressions[] = {
    {"bitwise", &kBitwise},
    {"byteorder", &kByteorder},
    {"cmp", &kCmp},
    {"connlimit", &kConnlimit},
    {"counter", &kCounter},
    {"ct", &kCt},
    {"dup", &kDup},
    {"dynset", &kDynset},
    {"exthdr", &kExthdr},
    {"fib", &kFib},
    {"flow_offload", &kFlowOffload},
    {"fwd", &kFwd},
    {"hash", &kHash},
    {"immediate", &kImmediate},
    {"last", &kLast},
    {"limit", &kLimit},
    {"log", &kLog},
    {"lookup", &kLookup},
    {"masq", &kMasq},
    {"meta", &kMeta},
    {"nat", &kNat},
    {"notrack", &kNotrack},
    {"numgen", &kNumgen},
    {"objref", &kObjref},
    {"payload", &kPayload},
    {"queue", &kQueue},
    {"quota", &kQuota},
    {"range", &kRange},
    {"redir", &kRedir},
    {"reject", &kReject},
    {"rt", &kRt},
    {"socket", &kSocket},
    {"tproxy", &kTproxy},
};

constexpr Attribute kExpressionAttributes[] = {
    Plain(NFTA_EXPR_NAME, "name", Type::kString),
    ByKind(NFTA_EXPR_DATA, "data", "name", FindExpression),
};

}  // namespace

const Table* FindExpression(std::string_view name) {
  for (const Expression& expression : kExpressions) {
    if (expression.name == name) return expression.table;
  }
  return nullptr;
}

const Table kExpression = {kExpressionAttributes};

}  // namespace vethwork::codec::nfnl
