// The socket of this host that a packet belongs to: include/uapi/linux/netfilter/nf_tables.h,
// NFTA_SOCKET_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kKeys[] = {
    {NFT_SOCKET_TRANSPARENT, "transparent"},
    {NFT_SOCKET_MARK, "mark"},
    {NFT_SOCKET_WILDCARD, "wildcard"},
    {NFT_SOCKET_CGROUPV2, "cgroupv2"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_SOCKET_KEY, "key", kKeys),
    Be32(NFTA_SOCKET_DREG, "dreg", kRegisters),
    Be32(NFTA_SOCKET_LEVEL, "level"),
};

}  // namespace

const Table kSocket = {kAttributes};

}  // namespace vethwork::codec::nfnl
