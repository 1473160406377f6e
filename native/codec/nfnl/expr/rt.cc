// Where a packet is to go: include/uapi/linux/netfilter/nf_tables.h, NFTA_RT_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kKeys[] = {
    {NFT_RT_CLASSID, "classid"}, {NFT_RT_NEXTHOP4, "nexthop4"}, {NFT_RT_NEXTHOP6, "nexthop6"},
    {NFT_RT_TCPMSS, "tcpmss"},   {NFT_RT_XFRM, "xfrm"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_RT_DREG, "dreg", kRegisters),
    Be32(NFTA_RT_KEY, "key", kKeys),
};

}  // namespace

const Table kRt = {kAttributes};

}  // namespace vethwork::codec::nfnl
