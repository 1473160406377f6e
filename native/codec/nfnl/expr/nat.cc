// Another source or destination: include/uapi/linux/netfilter/nf_tables.h, NFTA_NAT_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kTypes[] = {
    {NFT_NAT_SNAT, "snat"},
    {NFT_NAT_DNAT, "dnat"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_NAT_TYPE, "type", kTypes),
    Be32(NFTA_NAT_FAMILY, "family", kProtocolFamilies),
    Be32(NFTA_NAT_REG_ADDR_MIN, "reg_addr_min", kRegisters),
    Be32(NFTA_NAT_REG_ADDR_MAX, "reg_addr_max", kRegisters),
    Be32(NFTA_NAT_REG_PROTO_MIN, "reg_proto_min", kRegisters),
    Be32(NFTA_NAT_REG_PROTO_MAX, "reg_proto_max", kRegisters),
    BeBits32(NFTA_NAT_FLAGS, "flags", kNatFlags),
};

}  // namespace

const Table kNat = {kAttributes};

}  // namespace vethwork::codec::nfnl
