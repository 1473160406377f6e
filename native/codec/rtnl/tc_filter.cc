// Filters and their actions: include/uapi/linux/pkt_cls.h and linux/tc_act, tc-u32(8) and so on.
#include <linux/pkt_cls.h>
#include <linux/tc_act/tc_gact.h>
#include <linux/tc_act/tc_mirred.h>

#include "codec/rtnl/tc.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Name kControls[] = {
    {static_cast<uint32_t>(TC_ACT_UNSPEC), "continue"},
    {TC_ACT_OK, "pass"},
    {TC_ACT_RECLASSIFY, "reclassify"},
    {TC_ACT_SHOT, "drop"},
    {TC_ACT_PIPE, "pipe"},
    {TC_ACT_STOLEN, "stolen"},
    {TC_ACT_TRAP, "trap"},
};

constexpr Field kGactFields[] = {
    {offsetof(tc_gact, index), 4, "index"},
    {offsetof(tc_gact, action), 4, "control", kControls},
};
constexpr Layout kGactParms = {sizeof(tc_gact), kGactFields};
constexpr Attribute kGactAttributes[] = {Struct(TCA_GACT_PARMS, "parms", &kGactParms)};
constexpr Table kGact = {kGactAttributes};

constexpr Name kMirredActions[] = {{TCA_EGRESS_REDIR, "egress_redirect"},
                                   {TCA_EGRESS_MIRROR, "egress_mirror"},
                                   {TCA_INGRESS_REDIR, "ingress_redirect"},
                                   {TCA_INGRESS_MIRROR, "ingress_mirror"}};
constexpr Field kMirredFields[] = {
    {offsetof(tc_mirred, index), 4, "index"},
    {offsetof(tc_mirred, action), 4, "control", kControls},
    {offsetof(tc_mirred, eaction), 4, "eaction", kMirredActions},
    {offsetof(tc_mirred, ifindex), 4, "ifindex", {}, false, true},
};
constexpr Layout kMirredParms = {sizeof(tc_mirred), kMirredFields};
constexpr Attribute kMirredAttributes[] = {Struct(TCA_MIRRED_PARMS, "parms", &kMirredParms)};
constexpr Table kMirred = {kMirredAttributes};

constexpr Field kPoliceFields[] = {
    {offsetof(tc_police, index), 4, "index"},
    {offsetof(tc_police, action), 4, "control", kControls},
    {offsetof(tc_police, burst), 4, "burst"},
    {offsetof(tc_police, mtu), 4, "mtu"},
    RateLayer(offsetof(tc_police, rate), "linklayer"),
    RateCell(offsetof(tc_police, rate), "cell_log"),
    RateBytes(offsetof(tc_police, rate), "rate"),
};
constexpr Layout kPoliceParms = {sizeof(tc_police), kPoliceFields};
constexpr Attribute kPoliceAttributes[] = {
    Struct(TCA_POLICE_TBF, "parms", &kPoliceParms),
    Plain(TCA_POLICE_RATE, "rate_table", Type::kBytes),
    Plain(TCA_POLICE_RATE64, "rate64", Type::kU64),
};
constexpr Table kPolice = {kPoliceAttributes};

struct Kind {
  std::string_view name;
  const Table* options;
};

const Table* Find(std::span<const Kind> kinds, std::string_view name) {
  for (const Kind& known : kinds) {
    if (known.name == name) return known.options;
  }
  return nullptr;
}

const Table* FindAction(std::string_view kind) {
  static constexpr Kind kKinds[] = {{"gact", &kGact}, {"mirred", &kMirred}, {"police", &kPolice}};
  return Find(kKinds, kind);
}

constexpr Attribute kActionAttributes[] = {
    Plain(TCA_ACT_KIND, "kind", Type::kString),
    ByKind(TCA_ACT_OPTIONS, "options", "kind", FindAction),
    Nested(TCA_ACT_STATS, "stats", &kTrafficStats),
};
constexpr Table kAction = {kActionAttributes};

constexpr Name kU32Flags[] = {{TC_U32_TERMINAL, "terminal"}};
constexpr Field kU32SelectorFields[] = {
    {offsetof(tc_u32_sel, flags), 1, "flags", kU32Flags, true},
    {offsetof(tc_u32_sel, nkeys), 1, "nkeys"},
};
constexpr Layout kU32Selector = {sizeof(tc_u32_sel), kU32SelectorFields};
constexpr Field kU32KeyFields[] = {
    {.offset = offsetof(tc_u32_key, mask), .size = 4, .name = "mask", .big_endian = true},
    {.offset = offsetof(tc_u32_key, val), .size = 4, .name = "value", .big_endian = true},
    {offsetof(tc_u32_key, off), 4, "offset"},
};
constexpr Layout kU32Key = {sizeof(tc_u32_key), kU32KeyFields};
constexpr Attribute kU32Attributes[] = {
    U32(TCA_U32_CLASSID, "classid"),
    U32(TCA_U32_DIVISOR, "divisor"),
    StructWithRows(TCA_U32_SEL, "sel", &kU32Selector, &kU32Key),
    NumberedList(TCA_U32_ACT, "actions", &kAction),
};
constexpr Table kU32 = {kU32Attributes};

constexpr Attribute kMatchallAttributes[] = {
    U32(TCA_MATCHALL_CLASSID, "classid"),
    NumberedList(TCA_MATCHALL_ACT, "actions", &kAction),
};
constexpr Table kMatchall = {kMatchallAttributes};

constexpr Name kBpfFlags[] = {{TCA_BPF_FLAG_ACT_DIRECT, "direct_action"}};
constexpr Attribute kBpfAttributes[] = {
    NumberedList(TCA_BPF_ACT, "actions", &kAction),
    U32(TCA_BPF_CLASSID, "classid"),
    U32(TCA_BPF_FD, "fd"),
    Plain(TCA_BPF_NAME, "name", Type::kString),
    Bits32(TCA_BPF_FLAGS, "flags", kBpfFlags),
    Plain(TCA_BPF_TAG, "tag", Type::kBytes),
    U32(TCA_BPF_ID, "id"),
};
constexpr Table kBpf = {kBpfAttributes};

}  // namespace

const Table* FindFilter(std::string_view kind) {
  static constexpr Kind kKinds[] = {{"bpf", &kBpf}, {"matchall", &kMatchall}, {"u32", &kU32}};
  return Find(kKinds, kind);
}

}  // namespace vethwork::codec::rtnl
