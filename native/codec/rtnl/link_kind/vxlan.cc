// VXLAN: IFLA_VXLAN_* of include/uapi/linux/if_link.h.
#include <linux/if_link.h>

#include "codec/rtnl/link_kind/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr uint16_t kLocalbypass = 31;  // IFLA_VXLAN_LOCALBYPASS, since Linux 6.5

constexpr Name kDf[] = {
    {VXLAN_DF_UNSET, "unset"}, {VXLAN_DF_SET, "set"}, {VXLAN_DF_INHERIT, "inherit"}};

constexpr Field kPortRangeFields[] = {
    {.offset = offsetof(ifla_vxlan_port_range, low), .size = 2, .name = "low", .big_endian = true},
    {.offset = offsetof(ifla_vxlan_port_range, high),
     .size = 2,
     .name = "high",
     .big_endian = true},
};
constexpr Layout kPortRange = {sizeof(ifla_vxlan_port_range), kPortRangeFields};

constexpr Attribute kVxlanAttributes[] = {
    U32(IFLA_VXLAN_ID, "id"),
    Plain(IFLA_VXLAN_GROUP, "group", Type::kIp),
    Plain(IFLA_VXLAN_GROUP6, "group6", Type::kIp),
    Plain(IFLA_VXLAN_LINK, "link", Type::kLinkIndex),
    Plain(IFLA_VXLAN_LOCAL, "local", Type::kIp),
    Plain(IFLA_VXLAN_LOCAL6, "local6", Type::kIp),
    U8(IFLA_VXLAN_TTL, "ttl"),
    Plain(IFLA_VXLAN_TTL_INHERIT, "ttl_inherit", Type::kFlag),
    U8(IFLA_VXLAN_TOS, "tos"),
    U8(IFLA_VXLAN_DF, "df", kDf),
    Be32(IFLA_VXLAN_LABEL, "label"),
    U8(IFLA_VXLAN_LEARNING, "learning"),
    U32(IFLA_VXLAN_AGEING, "ageing"),
    U32(IFLA_VXLAN_LIMIT, "limit"),
    Struct(IFLA_VXLAN_PORT_RANGE, "port_range", &kPortRange),
    Be16(IFLA_VXLAN_PORT, "port"),
    U8(IFLA_VXLAN_PROXY, "proxy"),
    U8(IFLA_VXLAN_RSC, "rsc"),
    U8(IFLA_VXLAN_L2MISS, "l2miss"),
    U8(IFLA_VXLAN_L3MISS, "l3miss"),
    U8(IFLA_VXLAN_UDP_CSUM, "udp_csum"),
    U8(IFLA_VXLAN_UDP_ZERO_CSUM6_TX, "udp_zero_csum6_tx"),
    U8(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, "udp_zero_csum6_rx"),
    U8(IFLA_VXLAN_REMCSUM_TX, "remcsum_tx"),
    U8(IFLA_VXLAN_REMCSUM_RX, "remcsum_rx"),
    Plain(IFLA_VXLAN_GBP, "gbp", Type::kFlag),
    Plain(IFLA_VXLAN_GPE, "gpe", Type::kFlag),
    Plain(IFLA_VXLAN_REMCSUM_NOPARTIAL, "remcsum_nopartial", Type::kFlag),
    U8(IFLA_VXLAN_COLLECT_METADATA, "collect_metadata"),
    U8(IFLA_VXLAN_VNIFILTER, "vnifilter"),
    U8(kLocalbypass, "localbypass"),
};

}  // namespace

const Table kVxlan = {kVxlanAttributes};

}  // namespace vethwork::codec::rtnl
