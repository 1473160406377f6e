// Named objects and flowtables: include/uapi/linux/netfilter/nf_tables.h, NFTA_OBJ_*,
// NFTA_FLOWTABLE_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

// The object of a kind has the attributes of the expression.
const Table* FindObject(std::string_view type) {
  if (type == "counter") return &kCounter;
  if (type == "quota") return &kQuota;
  if (type == "limit") return &kLimit;
  if (type == "connlimit") return &kConnlimit;
  return nullptr;
}

constexpr Attribute kObjectAttributes[] = {
    Plain(NFTA_OBJ_TABLE, "table", Type::kString),
    Plain(NFTA_OBJ_NAME, "name", Type::kString),
    Be32(NFTA_OBJ_TYPE, "type", kObjectTypes),
    ByKind(NFTA_OBJ_DATA, "data", "type", FindObject),
    Be32(NFTA_OBJ_USE, "use"),
    Be64(NFTA_OBJ_HANDLE, "handle"),
    Userdata(NFTA_OBJ_USERDATA, "userdata", &kCommentUserdata),
};

constexpr Name kFlowtableFlags[] = {
    {NFT_FLOWTABLE_HW_OFFLOAD, "offload"},
    {NFT_FLOWTABLE_COUNTER, "counter"},
};

constexpr Attribute kFlowtableHookAttributes[] = {
    Be32(NFTA_FLOWTABLE_HOOK_NUM, "num"),
    Plain(NFTA_FLOWTABLE_HOOK_PRIORITY, "priority", Type::kBeS32),
    Nested(NFTA_FLOWTABLE_HOOK_DEVS, "devs", &kDevices),
};
constexpr Table kFlowtableHook = {kFlowtableHookAttributes};

constexpr Attribute kFlowtableAttributes[] = {
    Plain(NFTA_FLOWTABLE_TABLE, "table", Type::kString),
    Plain(NFTA_FLOWTABLE_NAME, "name", Type::kString),
    Nested(NFTA_FLOWTABLE_HOOK, "hook", &kFlowtableHook),
    Be32(NFTA_FLOWTABLE_USE, "use"),
    Be64(NFTA_FLOWTABLE_HANDLE, "handle"),
    BeBits32(NFTA_FLOWTABLE_FLAGS, "flags", kFlowtableFlags),
};

}  // namespace

const Table kObject = {kObjectAttributes};
const Table kFlowtable = {kFlowtableAttributes};

}  // namespace vethwork::codec::nfnl
