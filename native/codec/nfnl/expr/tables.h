// The expressions of rules, one a file; registry.cc lists them by name.
#pragma once

#include "codec/nfnl/tables.h"

namespace vethwork::codec::nfnl {

extern const Table kBitwise;
extern const Table kByteorder;
extern const Table kCmp;
extern const Table kConnlimit;
extern const Table kCounter;
extern const Table kCt;
extern const Table kDup;
extern const Table kDynset;
extern const Table kExthdr;
extern const Table kFib;
extern const Table kFlowOffload;
extern const Table kFwd;
extern const Table kHash;
extern const Table kImmediate;
extern const Table kLast;
extern const Table kLimit;
extern const Table kLog;
extern const Table kLookup;
extern const Table kMasq;
extern const Table kMeta;
extern const Table kNat;
extern const Table kNotrack;
extern const Table kNumgen;
extern const Table kObjref;
extern const Table kPayload;
extern const Table kQueue;
extern const Table kQuota;
extern const Table kRange;
extern const Table kRedir;
extern const Table kReject;
extern const Table kRt;
extern const Table kSocket;
extern const Table kTproxy;

// NFTA_EXPR_DATA of the expression of that name; nullptr where it is not known.
const Table* FindExpression(std::string_view name);

}  // namespace vethwork::codec::nfnl
