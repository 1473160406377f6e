// Nexthops and their groups: include/uapi/linux/nexthop.h, ip-nexthop(8).
#include <linux/nexthop.h>

#include "codec/rtnl/names.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Field kNexthopFields[] = {
    {offsetof(nhmsg, nh_family), 1, "family", kFamilies},
    {offsetof(nhmsg, nh_scope), 1, "scope", kScopes},
    {offsetof(nhmsg, nh_protocol), 1, "protocol", kProtocols},
    {offsetof(nhmsg, nh_flags), 4, "flags", kNexthopFlags, true},
};

// One less than the weight
constexpr Field kMemberFields[] = {
    {offsetof(nexthop_grp, id), 4, "id"},
    {offsetof(nexthop_grp, weight), 1, "weight"},
    {offsetof(nexthop_grp, weight) + 1, 1, "weight_high"},  // since Linux 6.12
};
constexpr Layout kMember = {sizeof(nexthop_grp), kMemberFields};

constexpr Name kGroupTypes[] = {{NEXTHOP_GRP_TYPE_MPATH, "mpath"},
                                {NEXTHOP_GRP_TYPE_RES, "resilient"}};

// Times in 1/100 s
constexpr Attribute kResilientAttributes[] = {
    U16(NHA_RES_GROUP_BUCKETS, "buckets"),
    U32(NHA_RES_GROUP_IDLE_TIMER, "idle_timer"),
    U32(NHA_RES_GROUP_UNBALANCED_TIMER, "unbalanced_timer"),
    Plain(NHA_RES_GROUP_UNBALANCED_TIME, "unbalanced_time", Type::kU64),
};
constexpr Table kResilient = {kResilientAttributes};

constexpr Attribute kNexthopAttributes[] = {
    U32(NHA_ID, "id"),
    Structs(NHA_GROUP, "group", &kMember),
    {.number = NHA_GROUP_TYPE, .name = "group_type", .type = Type::kU16, .names = kGroupTypes},
    Plain(NHA_BLACKHOLE, "blackhole", Type::kFlag),
    Plain(NHA_OIF, "oif", Type::kLinkIndex),
    Plain(NHA_GATEWAY, "gateway", Type::kIp),
    Plain(NHA_GROUPS, "groups", Type::kFlag),
    Plain(NHA_MASTER, "master", Type::kLinkIndex),
    Plain(NHA_FDB, "fdb", Type::kFlag),
    Nested(NHA_RES_GROUP, "res_group", &kResilient),
};

}  // namespace

const Layout kNexthopHeader = {sizeof(nhmsg), kNexthopFields};
const Table kNexthop = {kNexthopAttributes};

}  // namespace vethwork::codec::rtnl
