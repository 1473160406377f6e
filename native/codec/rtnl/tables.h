// The tables of rtnetlink, one subject a file; registry.cc lists the messages.
#pragma once

#include <cstddef>

#include "codec/table.h"

namespace vethwork::codec::rtnl {

extern const MessageTypes kMessages;

extern const Layout kLinkHeader;       // struct ifinfomsg
extern const Table kLink;              // IFLA_*
extern const Layout kAddressHeader;    // struct ifaddrmsg
extern const Table kAddress;           // IFA_*
extern const Layout kRouteHeader;      // struct rtmsg
extern const Table kRoute;             // RTA_*
extern const Layout kNeighborHeader;   // struct ndmsg
extern const Table kNeighbor;          // NDA_*
extern const Layout kNexthopHeader;    // struct nhmsg
extern const Table kNexthop;           // NHA_*
extern const Layout kNamespaceHeader;  // struct rtgenmsg
extern const Table kNamespace;         // NETNSA_*
extern const Layout kRuleHeader;       // struct fib_rule_hdr
extern const Table kRule;              // FRA_*

// IFLA_INFO_DATA of one kind; the list is link_kind/registry.cc. nullptr where there is none.
const Table* FindLinkKind(std::string_view kind);

}  // namespace vethwork::codec::rtnl
