// Options of TCP, SCTP and IP, extension headers of IPv6: include/uapi/linux/netfilter/nf_tables.h,
// NFTA_EXTHDR_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kFlags[] = {
    {NFT_EXTHDR_F_PRESENT, "present"},
};

constexpr Name kOps[] = {
    {NFT_EXTHDR_OP_IPV6, "ipv6"},
    {NFT_EXTHDR_OP_TCPOPT, "tcpopt"},
    {NFT_EXTHDR_OP_IPV4, "ipv4"},
    {NFT_EXTHDR_OP_SCTP, "sctp"},
    {4, "dccp"},  // NFT_EXTHDR_OP_DCCP, since Linux 6.5
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_EXTHDR_DREG, "dreg", kRegisters),   U8(NFTA_EXTHDR_TYPE, "type"),
    Be32(NFTA_EXTHDR_OFFSET, "offset"),           Be32(NFTA_EXTHDR_LEN, "len"),
    BeBits32(NFTA_EXTHDR_FLAGS, "flags", kFlags), Be32(NFTA_EXTHDR_OP, "op", kOps),
    Be32(NFTA_EXTHDR_SREG, "sreg", kRegisters),
};

}  // namespace

const Table kExthdr = {kAttributes};

}  // namespace vethwork::codec::nfnl
