// Bytes of the packet, read or written: include/uapi/linux/netfilter/nf_tables.h, NFTA_PAYLOAD_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kBases[] = {
    {NFT_PAYLOAD_LL_HEADER, "link"},
    {NFT_PAYLOAD_NETWORK_HEADER, "network"},
    {NFT_PAYLOAD_TRANSPORT_HEADER, "transport"},
    {NFT_PAYLOAD_INNER_HEADER, "inner"},
};

constexpr Name kChecksums[] = {
    {NFT_PAYLOAD_CSUM_NONE, "none"},
    {NFT_PAYLOAD_CSUM_INET, "inet"},
    {NFT_PAYLOAD_CSUM_SCTP, "sctp"},
};

constexpr Name kChecksumFlags[] = {
    {NFT_PAYLOAD_L4CSUM_PSEUDOHDR, "pseudohdr"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_PAYLOAD_DREG, "dreg", kRegisters),
    Be32(NFTA_PAYLOAD_BASE, "base", kBases),
    Be32(NFTA_PAYLOAD_OFFSET, "offset"),
    Be32(NFTA_PAYLOAD_LEN, "len"),
    Be32(NFTA_PAYLOAD_SREG, "sreg", kRegisters),
    Be32(NFTA_PAYLOAD_CSUM_TYPE, "csum_type", kChecksums),
    Be32(NFTA_PAYLOAD_CSUM_OFFSET, "csum_offset"),
    BeBits32(NFTA_PAYLOAD_CSUM_FLAGS, "csum_flags", kChecksumFlags),
};

}  // namespace

const Table kPayload = {kAttributes};

}  // namespace vethwork::codec::nfnl
