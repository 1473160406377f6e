// Routing policy: include/uapi/linux/fib_rules.h, ip-rule(8).
#include <linux/fib_rules.h>

#include "codec/rtnl/names.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Name kActions[] = {{FR_ACT_UNSPEC, "unspec"},       {FR_ACT_TO_TBL, "to_tbl"},
                             {FR_ACT_GOTO, "goto"},           {FR_ACT_NOP, "nop"},
                             {FR_ACT_BLACKHOLE, "blackhole"}, {FR_ACT_UNREACHABLE, "unreachable"},
                             {FR_ACT_PROHIBIT, "prohibit"}};

constexpr Name kRuleFlags[] = {{FIB_RULE_PERMANENT, "permanent"},
                               {FIB_RULE_INVERT, "invert"},
                               {FIB_RULE_UNRESOLVED, "unresolved"},
                               {FIB_RULE_IIF_DETACHED, "iif_detached"},
                               {FIB_RULE_OIF_DETACHED, "oif_detached"}};

constexpr Field kRuleFields[] = {
    {offsetof(fib_rule_hdr, family), 1, "family", kFamilies},
    {offsetof(fib_rule_hdr, dst_len), 1, "dst_len"},
    {offsetof(fib_rule_hdr, src_len), 1, "src_len"},
    {offsetof(fib_rule_hdr, tos), 1, "tos"},
    {offsetof(fib_rule_hdr, table), 1, "table", kTables},
    {offsetof(fib_rule_hdr, action), 1, "action", kActions},
    {offsetof(fib_rule_hdr, flags), 4, "flags", kRuleFlags, true},
};

constexpr Field kUidFields[] = {
    {offsetof(fib_rule_uid_range, start), 4, "start"},
    {offsetof(fib_rule_uid_range, end), 4, "end"},
};
constexpr Layout kUids = {sizeof(fib_rule_uid_range), kUidFields};

constexpr Field kPortFields[] = {
    {offsetof(fib_rule_port_range, start), 2, "start"},
    {offsetof(fib_rule_port_range, end), 2, "end"},
};
constexpr Layout kPorts = {sizeof(fib_rule_port_range), kPortFields};

constexpr uint16_t kDscp = 25;           // FRA_DSCP, since Linux 6.13
constexpr uint16_t kFlowLabel = 26;      // FRA_FLOWLABEL, since Linux 6.14
constexpr uint16_t kFlowLabelMask = 27;  // FRA_FLOWLABEL_MASK, since Linux 6.14
constexpr uint16_t kSportMask = 28;      // FRA_SPORT_MASK, since Linux 6.15
constexpr uint16_t kDportMask = 29;      // FRA_DPORT_MASK, since Linux 6.15
constexpr uint16_t kDscpMask = 30;       // FRA_DSCP_MASK, since Linux 6.15

constexpr Attribute kRuleAttributes[] = {
    Plain(FRA_DST, "dst", Type::kIp),
    Plain(FRA_SRC, "src", Type::kIp),
    Plain(FRA_IIFNAME, "iifname", Type::kString),
    U32(FRA_GOTO, "goto"),
    U32(FRA_PRIORITY, "priority"),
    U32(FRA_FWMARK, "fwmark"),
    U32(FRA_FLOW, "flow"),
    Be64(FRA_TUN_ID, "tun_id"),
    U32(FRA_SUPPRESS_IFGROUP, "suppress_ifgroup"),
    U32(FRA_SUPPRESS_PREFIXLEN, "suppress_prefixlen"),
    U32(FRA_TABLE, "table", kTables),
    U32(FRA_FWMASK, "fwmask"),
    Plain(FRA_OIFNAME, "oifname", Type::kString),
    U8(FRA_L3MDEV, "l3mdev"),
    Struct(FRA_UID_RANGE, "uid_range", &kUids),
    U8(FRA_PROTOCOL, "protocol", kProtocols),
    U8(FRA_IP_PROTO, "ip_proto", kIpProtocols),
    Struct(FRA_SPORT_RANGE, "sport_range", &kPorts),
    Struct(FRA_DPORT_RANGE, "dport_range", &kPorts),
    U8(kDscp, "dscp"),
    Be32(kFlowLabel, "flowlabel"),
    Be32(kFlowLabelMask, "flowlabel_mask"),
    U16(kSportMask, "sport_mask"),
    U16(kDportMask, "dport_mask"),
    U8(kDscpMask, "dscp_mask"),
};

}  // namespace

const Layout kRuleHeader = {sizeof(fib_rule_hdr), kRuleFields};
const Table kRule = {kRuleAttributes};

}  // namespace vethwork::codec::rtnl
