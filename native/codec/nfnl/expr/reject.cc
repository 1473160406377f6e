// A refusal that the sender is told of: include/uapi/linux/netfilter/nf_tables.h, NFTA_REJECT_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kTypes[] = {
    {NFT_REJECT_ICMP_UNREACH, "icmp_unreach"},
    {NFT_REJECT_TCP_RST, "tcp_rst"},
    {NFT_REJECT_ICMPX_UNREACH, "icmpx_unreach"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_REJECT_TYPE, "type", kTypes),
    U8(NFTA_REJECT_ICMP_CODE, "icmp_code"),
};

}  // namespace

const Table kReject = {kAttributes};

}  // namespace vethwork::codec::nfnl
