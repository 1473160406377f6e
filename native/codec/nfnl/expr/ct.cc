// The connection of a packet: include/uapi/linux/netfilter/nf_tables.h, NFTA_CT_*.
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kKeys[] = {
    {NFT_CT_STATE, "state"},
    {NFT_CT_DIRECTION, "direction"},
    {NFT_CT_STATUS, "status"},
    {NFT_CT_MARK, "mark"},
    {NFT_CT_SECMARK, "secmark"},
    {NFT_CT_EXPIRATION, "expiration"},
    {NFT_CT_HELPER, "helper"},
    {NFT_CT_L3PROTOCOL, "l3protocol"},
    {NFT_CT_SRC, "src"},
    {NFT_CT_DST, "dst"},
    {NFT_CT_PROTOCOL, "protocol"},
    {NFT_CT_PROTO_SRC, "proto_src"},
    {NFT_CT_PROTO_DST, "proto_dst"},
    {NFT_CT_LABELS, "labels"},
    {NFT_CT_PKTS, "pkts"},
    {NFT_CT_BYTES, "bytes"},
    {NFT_CT_AVGPKT, "avgpkt"},
    {NFT_CT_ZONE, "zone"},
    {NFT_CT_EVENTMASK, "eventmask"},
    {NFT_CT_SRC_IP, "src_ip"},
    {NFT_CT_DST_IP, "dst_ip"},
    {NFT_CT_SRC_IP6, "src_ip6"},
    {NFT_CT_DST_IP6, "dst_ip6"},
    {NFT_CT_ID, "id"},
};

constexpr Name kDirections[] = {
    {IP_CT_DIR_ORIGINAL, "original"},
    {IP_CT_DIR_REPLY, "reply"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_CT_DREG, "dreg", kRegisters),
    Be32(NFTA_CT_KEY, "key", kKeys),
    U8(NFTA_CT_DIRECTION, "direction", kDirections),
    Be32(NFTA_CT_SREG, "sreg", kRegisters),
};

}  // namespace

const Table kCt = {kAttributes};

}  // namespace vethwork::codec::nfnl
