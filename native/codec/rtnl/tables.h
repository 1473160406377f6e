// The tables of rtnetlink, one subject a file; registry.cc lists the messages.
#pragma once

#include <cstddef>

#include "codec/table.h"

namespace vethwork::codec::rtnl {

extern const MessageTypes kMessages;

extern const Layout kLinkHeader;     // struct ifinfomsg
extern const Table kLink;            // IFLA_*
extern const Layout kAddressHeader;  // struct ifaddrmsg
extern const Table kAddress;         // IFA_*
extern const Layout kRouteHeader;    // struct rtmsg
extern const Table kRoute;           // RTA_*

// IFLA_INFO_DATA of one kind; the list is link_kind/registry.cc. nullptr where there is none.
const Table* FindLinkKind(std::string_view kind);

}  // namespace vethwork::codec::rtnl
