// Chains of nftables: include/uapi/linux/netfilter/nf_tables.h, NFTA_CHAIN_*.
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/tables.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kChainFlags[] = {
    {NFT_CHAIN_BASE, "base"},
    {NFT_CHAIN_HW_OFFLOAD, "offload"},
    {NFT_CHAIN_BINDING, "binding"},
};
constexpr Name kPolicies[] = {{NF_DROP, "drop"}, {NF_ACCEPT, "accept"}};

// Hooks are numbered by family: lib/kernel/nft/hooks.ts has their names.
constexpr Attribute kHookAttributes[] = {
    Be32(NFTA_HOOK_HOOKNUM, "hooknum"),
    Plain(NFTA_HOOK_PRIORITY, "priority", Type::kBeS32),
    Plain(NFTA_HOOK_DEV, "dev", Type::kString),
    Nested(NFTA_HOOK_DEVS, "devs", &kDevices),
};
constexpr Table kHook = {kHookAttributes};

constexpr Attribute kCountersAttributes[] = {
    Be64(NFTA_COUNTER_BYTES, "bytes"),
    Be64(NFTA_COUNTER_PACKETS, "packets"),
};
constexpr Table kCounters = {kCountersAttributes};

constexpr Attribute kChainAttributes[] = {
    Plain(NFTA_CHAIN_TABLE, "table", Type::kString),
    Be64(NFTA_CHAIN_HANDLE, "handle"),
    Plain(NFTA_CHAIN_NAME, "name", Type::kString),
    Nested(NFTA_CHAIN_HOOK, "hook", &kHook),
    Be32(NFTA_CHAIN_POLICY, "policy", kPolicies),
    Be32(NFTA_CHAIN_USE, "use"),
    Plain(NFTA_CHAIN_TYPE, "type", Type::kString),
    Nested(NFTA_CHAIN_COUNTERS, "counters", &kCounters),
    BeBits32(NFTA_CHAIN_FLAGS, "flags", kChainFlags),
    Be32(NFTA_CHAIN_ID, "id"),
    Userdata(NFTA_CHAIN_USERDATA, "userdata", &kCommentUserdata),
};

constexpr Attribute kDeviceAttributes[] = {
    Plain(NFTA_DEVICE_NAME, "name", Type::kStrings),
};

}  // namespace

const Table kChain = {kChainAttributes};
const Table kDevices = {kDeviceAttributes};

}  // namespace vethwork::codec::nfnl
