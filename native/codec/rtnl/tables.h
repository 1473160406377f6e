// The tables of rtnetlink, one subject a file; registry.cc lists the messages.
#pragma once

#include <cstddef>

#include "codec/table.h"

namespace vethwork::codec::rtnl {

extern const MessageTypes kMessages;

extern const Layout kLinkHeader;        // struct ifinfomsg
extern const Table kLink;               // IFLA_*
extern const Layout kAddressHeader;     // struct ifaddrmsg
extern const Table kAddress;            // IFA_*
extern const Layout kRouteHeader;       // struct rtmsg
extern const Table kRoute;              // RTA_*
extern const Layout kNeighborHeader;    // struct ndmsg
extern const Table kNeighbor;           // NDA_*
extern const Layout kNexthopHeader;     // struct nhmsg
extern const Table kNexthop;            // NHA_*
extern const Layout kNamespaceHeader;   // struct rtgenmsg
extern const Table kNamespace;          // NETNSA_*
extern const Layout kRuleHeader;        // struct fib_rule_hdr
extern const Table kRule;               // FRA_*
extern const Layout kLinkStatistics;    // struct rtnl_link_stats64
extern const Table kBridgePort;         // IFLA_* of AF_BRIDGE
extern const Table kBridgePortOptions;  // IFLA_BRPORT_*
extern const Layout kStatsHeader;       // struct if_stats_msg
extern const Table kStats;              // IFLA_STATS_*
extern const Layout kVlanHeader;        // struct br_vlan_msg
extern const Table kVlan;               // BRIDGE_VLANDB_*
extern const Layout kClassHeader;       // struct tcmsg
extern const Layout kFilterHeader;      // struct tcmsg, tcm_info taken apart
extern const Table kFilter;             // TCA_* of filters
extern const Layout kQdiscHeader;       // struct tcmsg
extern const Table kQdisc;              // TCA_* of qdiscs and classes

// IFLA_INFO_DATA of one kind; the list is link_kind/registry.cc. nullptr where there is none.
const Table* FindLinkKind(std::string_view kind);
// IFLA_INFO_SLAVE_DATA of a port of this kind of master.
const Table* FindPortKind(std::string_view kind);
// What the messages of links hold in this family, where that differs.
const Table* FindLinkTable(uint8_t family);

}  // namespace vethwork::codec::rtnl
