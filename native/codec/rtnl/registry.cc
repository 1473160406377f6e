// The messages of rtnetlink that the codec knows, in alphabetical order.
#include <linux/rtnetlink.h>

#include "codec/rtnl/tables.h"

namespace vethwork::codec {
namespace {

constexpr MessageType kList[] = {
    {RTM_DELADDR, "RTM_DELADDR", &rtnl::kAddressHeader, &rtnl::kAddress},
    {RTM_DELLINK, "RTM_DELLINK", &rtnl::kLinkHeader, &rtnl::kLink},
    {RTM_DELLINKPROP, "RTM_DELLINKPROP", &rtnl::kLinkHeader, &rtnl::kLink},
    {RTM_DELROUTE, "RTM_DELROUTE", &rtnl::kRouteHeader, &rtnl::kRoute},
    {RTM_GETADDR, "RTM_GETADDR", &rtnl::kAddressHeader, &rtnl::kAddress},
    {RTM_GETLINK, "RTM_GETLINK", &rtnl::kLinkHeader, &rtnl::kLink},
    {RTM_GETROUTE, "RTM_GETROUTE", &rtnl::kRouteHeader, &rtnl::kRoute},
    {RTM_NEWADDR, "RTM_NEWADDR", &rtnl::kAddressHeader, &rtnl::kAddress},
    {RTM_NEWLINK, "RTM_NEWLINK", &rtnl::kLinkHeader, &rtnl::kLink},
    {RTM_NEWLINKPROP, "RTM_NEWLINKPROP", &rtnl::kLinkHeader, &rtnl::kLink},
    {RTM_NEWROUTE, "RTM_NEWROUTE", &rtnl::kRouteHeader, &rtnl::kRoute},
    {RTM_SETLINK, "RTM_SETLINK", &rtnl::kLinkHeader, &rtnl::kLink},
};

}  // namespace

const MessageTypes rtnl::kMessages = kList;

}  // namespace vethwork::codec
