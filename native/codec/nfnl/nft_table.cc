// Tables of nftables, and the generation of a ruleset: include/uapi/linux/netfilter/nf_tables.h.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/tables.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kTableFlags[] = {
    {NFT_TABLE_F_DORMANT, "dormant"},
    {NFT_TABLE_F_OWNER, "owner"},
    {1 << 2, "persist"},  // NFT_TABLE_F_PERSIST, since Linux 6.9
};

constexpr Attribute kTableAttributes[] = {
    Plain(NFTA_TABLE_NAME, "name", Type::kString),
    BeBits32(NFTA_TABLE_FLAGS, "flags", kTableFlags),
    Be32(NFTA_TABLE_USE, "use"),
    Be64(NFTA_TABLE_HANDLE, "handle"),
    Userdata(NFTA_TABLE_USERDATA, "userdata", &kCommentUserdata),
    Be32(NFTA_TABLE_OWNER, "owner"),
};

constexpr Attribute kGenerationAttributes[] = {
    Be32(NFTA_GEN_ID, "id"),
    Be32(NFTA_GEN_PROC_PID, "proc_pid"),
    Plain(NFTA_GEN_PROC_NAME, "proc_name", Type::kString),
};

}  // namespace

const Table kTable = {kTableAttributes};
const Table kGeneration = {kGenerationAttributes};

}  // namespace vethwork::codec::nfnl
