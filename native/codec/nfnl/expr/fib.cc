// What routing says of an address: include/uapi/linux/netfilter/nf_tables.h, NFTA_FIB_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kResults[] = {
    {NFT_FIB_RESULT_OIF, "oif"},
    {NFT_FIB_RESULT_OIFNAME, "oifname"},
    {NFT_FIB_RESULT_ADDRTYPE, "addrtype"},
};

constexpr Name kFlags[] = {
    {NFTA_FIB_F_SADDR, "saddr"}, {NFTA_FIB_F_DADDR, "daddr"}, {NFTA_FIB_F_MARK, "mark"},
    {NFTA_FIB_F_IIF, "iif"},     {NFTA_FIB_F_OIF, "oif"},     {NFTA_FIB_F_PRESENT, "present"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_FIB_DREG, "dreg", kRegisters),
    Be32(NFTA_FIB_RESULT, "result", kResults),
    BeBits32(NFTA_FIB_FLAGS, "flags", kFlags),
};

}  // namespace

const Table kFib = {kAttributes};

}  // namespace vethwork::codec::nfnl
