// No connection for the packet: include/uapi/linux/netfilter/nf_tables.h, NFTA_-_*.
#include "codec/nfnl/expr/tables.h"

namespace vethwork::codec::nfnl {
const Table kNotrack = {};

}  // namespace vethwork::codec::nfnl
