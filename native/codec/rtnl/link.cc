// Links: include/uapi/linux/if_link.h, rtnetlink(7).
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "codec/rtnl/names.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Name kLinkFlags[] = {{IFF_UP, "up"},
                               {IFF_BROADCAST, "broadcast"},
                               {IFF_DEBUG, "debug"},
                               {IFF_LOOPBACK, "loopback"},
                               {IFF_POINTOPOINT, "pointopoint"},
                               {IFF_RUNNING, "running"},
                               {IFF_NOARP, "noarp"},
                               {IFF_PROMISC, "promisc"},
                               {IFF_ALLMULTI, "allmulti"},
                               {IFF_MASTER, "master"},
                               {IFF_SLAVE, "slave"},
                               {IFF_MULTICAST, "multicast"},
                               {IFF_DYNAMIC, "dynamic"},
                               {IFF_LOWER_UP, "lower_up"},
                               {IFF_DORMANT, "dormant"}};

constexpr Name kHardwareTypes[] = {{ARPHRD_ETHER, "ether"}, {ARPHRD_LOOPBACK, "loopback"},
                                   {ARPHRD_NONE, "none"},   {ARPHRD_INFINIBAND, "infiniband"},
                                   {ARPHRD_PPP, "ppp"},     {ARPHRD_RAWIP, "rawip"},
                                   {ARPHRD_TUNNEL, "ipip"}, {ARPHRD_TUNNEL6, "tunnel6"},
                                   {ARPHRD_SIT, "sit"},     {ARPHRD_IPGRE, "gre"},
                                   {ARPHRD_IP6GRE, "gre6"}, {ARPHRD_NETLINK, "netlink"}};

constexpr Field kLinkFields[] = {
    {offsetof(ifinfomsg, ifi_family), 1, "family", kFamilies},
    {offsetof(ifinfomsg, ifi_type), 2, "type", kHardwareTypes},
    {offsetof(ifinfomsg, ifi_index), 4, "index", {}, false, true},
    {offsetof(ifinfomsg, ifi_flags), 4, "flags", kLinkFlags, true},
    {offsetof(ifinfomsg, ifi_change), 4, "change", kLinkFlags, true, false, true},
};

// RFC 2863, section 3.1.14
constexpr Name kOperStates[] = {{IF_OPER_UNKNOWN, "unknown"},
                                {IF_OPER_NOTPRESENT, "notpresent"},
                                {IF_OPER_DOWN, "down"},
                                {IF_OPER_LOWERLAYERDOWN, "lowerlayerdown"},
                                {IF_OPER_TESTING, "testing"},
                                {IF_OPER_DORMANT, "dormant"},
                                {IF_OPER_UP, "up"}};

constexpr Field kStatisticsFields[] = {
    {offsetof(rtnl_link_stats64, rx_packets), 8, "rxPackets"},
    {offsetof(rtnl_link_stats64, tx_packets), 8, "txPackets"},
    {offsetof(rtnl_link_stats64, rx_bytes), 8, "rxBytes"},
    {offsetof(rtnl_link_stats64, tx_bytes), 8, "txBytes"},
    {offsetof(rtnl_link_stats64, rx_errors), 8, "rxErrors"},
    {offsetof(rtnl_link_stats64, tx_errors), 8, "txErrors"},
    {offsetof(rtnl_link_stats64, rx_dropped), 8, "rxDropped"},
    {offsetof(rtnl_link_stats64, tx_dropped), 8, "txDropped"},
    {offsetof(rtnl_link_stats64, multicast), 8, "multicast"},
    {offsetof(rtnl_link_stats64, collisions), 8, "collisions"},
    {offsetof(rtnl_link_stats64, rx_length_errors), 8, "rxLengthErrors"},
    {offsetof(rtnl_link_stats64, rx_over_errors), 8, "rxOverErrors"},
    {offsetof(rtnl_link_stats64, rx_crc_errors), 8, "rxCrcErrors"},
    {offsetof(rtnl_link_stats64, rx_frame_errors), 8, "rxFrameErrors"},
    {offsetof(rtnl_link_stats64, rx_fifo_errors), 8, "rxFifoErrors"},
    {offsetof(rtnl_link_stats64, rx_missed_errors), 8, "rxMissedErrors"},
    {offsetof(rtnl_link_stats64, tx_aborted_errors), 8, "txAbortedErrors"},
    {offsetof(rtnl_link_stats64, tx_carrier_errors), 8, "txCarrierErrors"},
    {offsetof(rtnl_link_stats64, tx_fifo_errors), 8, "txFifoErrors"},
    {offsetof(rtnl_link_stats64, tx_heartbeat_errors), 8, "txHeartbeatErrors"},
    {offsetof(rtnl_link_stats64, tx_window_errors), 8, "txWindowErrors"},
    {offsetof(rtnl_link_stats64, rx_nohandler), 8, "rxNohandler"},
    {offsetof(rtnl_link_stats64, rx_otherhost_dropped), 8, "rxOtherhostDropped"},
};

constexpr Name kAddrGenModes[] = {{IN6_ADDR_GEN_MODE_EUI64, "eui64"},
                                  {IN6_ADDR_GEN_MODE_NONE, "none"},
                                  {IN6_ADDR_GEN_MODE_STABLE_PRIVACY, "stable_secret"},
                                  {IN6_ADDR_GEN_MODE_RANDOM, "random"}};
constexpr Attribute kInet6Attributes[] = {
    U8(IFLA_INET6_ADDR_GEN_MODE, "addr_gen_mode", kAddrGenModes),
};
constexpr Table kInet6 = {kInet6Attributes};
constexpr Attribute kSpecAttributes[] = {
    Nested(AF_INET6, "inet6", &kInet6),
};
constexpr Table kSpec = {kSpecAttributes};  // IFLA_AF_SPEC of every family but AF_BRIDGE

constexpr Attribute kInfoAttributes[] = {
    Plain(IFLA_INFO_KIND, "kind", Type::kString),
    ByKind(IFLA_INFO_DATA, "data", "kind", FindLinkKind),
    Plain(IFLA_INFO_SLAVE_KIND, "slave_kind", Type::kString),
    ByKind(IFLA_INFO_SLAVE_DATA, "slave_data", "slave_kind", FindPortKind),
};
constexpr Table kInfo = {kInfoAttributes};

constexpr Attribute kPropertyAttributes[] = {
    Plain(IFLA_ALT_IFNAME, "alt_ifname", Type::kStrings),
};
constexpr Table kProperties = {kPropertyAttributes};

constexpr Name kLinkModes[] = {{IF_LINK_MODE_DEFAULT, "default"},
                               {IF_LINK_MODE_DORMANT, "dormant"},
                               {IF_LINK_MODE_TESTING, "testing"}};

// Since Linux 6.3: IFLA_GSO_IPV4_MAX_SIZE, IFLA_GRO_IPV4_MAX_SIZE
constexpr uint16_t kGsoIpv4MaxSize = 63;
constexpr uint16_t kGroIpv4MaxSize = 64;

constexpr Name kDumpFilters[] = {{RTEXT_FILTER_VF, "vf"},
                                 {RTEXT_FILTER_BRVLAN, "brvlan"},
                                 {RTEXT_FILTER_BRVLAN_COMPRESSED, "brvlan_compressed"},
                                 {RTEXT_FILTER_SKIP_STATS, "skip_stats"}};

constexpr Attribute kLinkAttributes[] = {
    Plain(IFLA_ADDRESS, "address", Type::kHardware),
    Plain(IFLA_BROADCAST, "broadcast", Type::kHardware),
    Plain(IFLA_IFNAME, "ifname", Type::kString),
    U32(IFLA_MTU, "mtu"),
    Plain(IFLA_LINK, "link", Type::kLinkIndex),
    Plain(IFLA_QDISC, "qdisc", Type::kString),
    Plain(IFLA_MASTER, "master", Type::kLinkIndex),
    U32(IFLA_TXQLEN, "txqlen"),
    U8(IFLA_OPERSTATE, "operstate", kOperStates),
    U8(IFLA_LINKMODE, "linkmode", kLinkModes),
    Nested(IFLA_LINKINFO, "linkinfo", &kInfo),
    U32(IFLA_NET_NS_PID, "net_ns_pid"),
    Plain(IFLA_IFALIAS, "ifalias", Type::kString),
    Struct(IFLA_STATS64, "stats64", &kLinkStatistics),
    Nested(IFLA_AF_SPEC, "af_spec", &kSpec),
    U32(IFLA_GROUP, "group"),
    Plain(IFLA_NET_NS_FD, "net_ns_fd", Type::kNamespace),
    Bits32(IFLA_EXT_MASK, "ext_mask", kDumpFilters),
    U32(IFLA_PROMISCUITY, "promiscuity"),
    U32(IFLA_NUM_TX_QUEUES, "num_tx_queues"),
    U32(IFLA_NUM_RX_QUEUES, "num_rx_queues"),
    U8(IFLA_CARRIER, "carrier"),
    U32(IFLA_CARRIER_CHANGES, "carrier_changes"),
    Plain(IFLA_LINK_NETNSID, "link_netnsid", Type::kS32),
    U8(IFLA_PROTO_DOWN, "proto_down"),
    U32(IFLA_GSO_MAX_SEGS, "gso_max_segs"),
    U32(IFLA_GSO_MAX_SIZE, "gso_max_size"),
    U32(IFLA_GRO_MAX_SIZE, "gro_max_size"),
    U32(IFLA_TSO_MAX_SIZE, "tso_max_size"),
    U32(IFLA_TSO_MAX_SEGS, "tso_max_segs"),
    U32(IFLA_ALLMULTI, "allmulti"),
    U32(kGsoIpv4MaxSize, "gso_ipv4_max_size"),
    U32(kGroIpv4MaxSize, "gro_ipv4_max_size"),
    U32(IFLA_MIN_MTU, "min_mtu"),
    U32(IFLA_MAX_MTU, "max_mtu"),
    Nested(IFLA_PROP_LIST, "prop_list", &kProperties),
    Plain(IFLA_ALT_IFNAME, "alt_ifname", Type::kString),
    Plain(IFLA_PERM_ADDRESS, "perm_address", Type::kHardware),
    Plain(IFLA_PARENT_DEV_NAME, "parent_dev_name", Type::kString),
    Plain(IFLA_PARENT_DEV_BUS_NAME, "parent_dev_bus_name", Type::kString),
};

}  // namespace

const Layout kLinkHeader = {sizeof(ifinfomsg), kLinkFields};
const Table kLink = {kLinkAttributes};
const Layout kLinkStatistics = {sizeof(rtnl_link_stats64), kStatisticsFields};

}  // namespace vethwork::codec::rtnl
