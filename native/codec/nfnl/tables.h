// The tables of nfnetlink, one subject a file; registry.cc lists the messages.
#pragma once

#include <cstddef>

#include "codec/table.h"

namespace vethwork::codec::nfnl {

extern const MessageTypes kMessages;
extern const Layout kHeader;  // struct nfgenmsg

extern const Table kConntrack;        // CTA_*
extern const Table kConntrackTotals;  // CTA_STATS_GLOBAL_*
extern const Table kGeneration;       // NFTA_GEN_*
extern const Table kTable;            // NFTA_TABLE_*
extern const Table kTrace;            // NFTA_TRACE_*

}  // namespace vethwork::codec::nfnl
