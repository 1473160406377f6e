// The tables of nfnetlink, one subject a file; registry.cc lists the messages.
#pragma once

#include <cstddef>

#include "codec/table.h"

namespace vethwork::codec::nfnl {

extern const MessageTypes kMessages;
extern const Layout kHeader;  // struct nfgenmsg

extern const Table kChain;            // NFTA_CHAIN_*
extern const Table kCommentUserdata;  // of all but sets
extern const Table kConntrack;        // CTA_*
extern const Table kConntrackTotals;  // CTA_STATS_GLOBAL_*
extern const Table kData;             // NFTA_DATA_*
extern const Table kDevices;          // NFTA_DEVICE_*
extern const Table kElements;         // NFTA_SET_ELEM_LIST_*
extern const Table kExpression;       // NFTA_EXPR_*
extern const Table kFlowtable;        // NFTA_FLOWTABLE_*
extern const Table kGeneration;       // NFTA_GEN_*
extern const Table kObject;           // NFTA_OBJ_*
extern const Table kRule;             // NFTA_RULE_*
extern const Table kSet;              // NFTA_SET_*
extern const Table kSetUserdata;
extern const Table kTable;  // NFTA_TABLE_*
extern const Table kTrace;  // NFTA_TRACE_*

}  // namespace vethwork::codec::nfnl
