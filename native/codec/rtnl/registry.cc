// The messages of rtnetlink that the codec knows, in alphabetical order.
#include <linux/rtnetlink.h>

#include "codec/rtnl/tables.h"

namespace vethwork::codec {
namespace {

constexpr MessageType kList[] = {
    {RTM_DELADDR, "RTM_DELADDR", &rtnl::kAddressHeader, &rtnl::kAddress},
    {RTM_DELLINK, "RTM_DELLINK", &rtnl::kLinkHeader, &rtnl::kLink, {}, rtnl::FindLinkTable},
    {RTM_DELLINKPROP, "RTM_DELLINKPROP", &rtnl::kLinkHeader, &rtnl::kLink},
    {RTM_DELNEIGH, "RTM_DELNEIGH", &rtnl::kNeighborHeader, &rtnl::kNeighbor},
    {RTM_DELNEXTHOP, "RTM_DELNEXTHOP", &rtnl::kNexthopHeader, &rtnl::kNexthop},
    {RTM_DELNSID, "RTM_DELNSID", &rtnl::kNamespaceHeader, &rtnl::kNamespace},
    {RTM_DELQDISC, "RTM_DELQDISC", &rtnl::kQdiscHeader, &rtnl::kQdisc},
    {RTM_DELROUTE, "RTM_DELROUTE", &rtnl::kRouteHeader, &rtnl::kRoute},
    {RTM_DELRULE, "RTM_DELRULE", &rtnl::kRuleHeader, &rtnl::kRule},
    {RTM_DELTCLASS, "RTM_DELTCLASS", &rtnl::kClassHeader, &rtnl::kQdisc},
    {RTM_DELTFILTER, "RTM_DELTFILTER", &rtnl::kFilterHeader, &rtnl::kFilter},
    {RTM_DELVLAN, "RTM_DELVLAN", &rtnl::kVlanHeader, &rtnl::kVlan},
    {RTM_GETADDR, "RTM_GETADDR", &rtnl::kAddressHeader, &rtnl::kAddress},
    {RTM_GETLINK, "RTM_GETLINK", &rtnl::kLinkHeader, &rtnl::kLink, {}, rtnl::FindLinkTable},
    {RTM_GETNEIGH, "RTM_GETNEIGH", &rtnl::kNeighborHeader, &rtnl::kNeighbor},
    {RTM_GETNEXTHOP, "RTM_GETNEXTHOP", &rtnl::kNexthopHeader, &rtnl::kNexthop},
    {RTM_GETNSID, "RTM_GETNSID", &rtnl::kNamespaceHeader, &rtnl::kNamespace},
    {RTM_GETQDISC, "RTM_GETQDISC", &rtnl::kQdiscHeader, &rtnl::kQdisc},
    {RTM_GETROUTE, "RTM_GETROUTE", &rtnl::kRouteHeader, &rtnl::kRoute},
    {RTM_GETRULE, "RTM_GETRULE", &rtnl::kRuleHeader, &rtnl::kRule},
    {RTM_GETSTATS, "RTM_GETSTATS", &rtnl::kStatsHeader, &rtnl::kStats},
    {RTM_GETTCLASS, "RTM_GETTCLASS", &rtnl::kClassHeader, &rtnl::kQdisc},
    {RTM_GETTFILTER, "RTM_GETTFILTER", &rtnl::kFilterHeader, &rtnl::kFilter},
    {RTM_GETVLAN, "RTM_GETVLAN", &rtnl::kVlanHeader, &rtnl::kVlan},
    {RTM_NEWADDR, "RTM_NEWADDR", &rtnl::kAddressHeader, &rtnl::kAddress},
    {RTM_NEWLINK, "RTM_NEWLINK", &rtnl::kLinkHeader, &rtnl::kLink, {}, rtnl::FindLinkTable},
    {RTM_NEWLINKPROP, "RTM_NEWLINKPROP", &rtnl::kLinkHeader, &rtnl::kLink},
    {RTM_NEWNEIGH, "RTM_NEWNEIGH", &rtnl::kNeighborHeader, &rtnl::kNeighbor},
    {RTM_NEWNEXTHOP, "RTM_NEWNEXTHOP", &rtnl::kNexthopHeader, &rtnl::kNexthop},
    {RTM_NEWNSID, "RTM_NEWNSID", &rtnl::kNamespaceHeader, &rtnl::kNamespace},
    {RTM_NEWQDISC, "RTM_NEWQDISC", &rtnl::kQdiscHeader, &rtnl::kQdisc},
    {RTM_NEWROUTE, "RTM_NEWROUTE", &rtnl::kRouteHeader, &rtnl::kRoute},
    {RTM_NEWRULE, "RTM_NEWRULE", &rtnl::kRuleHeader, &rtnl::kRule},
    {RTM_NEWSTATS, "RTM_NEWSTATS", &rtnl::kStatsHeader, &rtnl::kStats},
    {RTM_NEWTCLASS, "RTM_NEWTCLASS", &rtnl::kClassHeader, &rtnl::kQdisc},
    {RTM_NEWTFILTER, "RTM_NEWTFILTER", &rtnl::kFilterHeader, &rtnl::kFilter},
    {RTM_NEWVLAN, "RTM_NEWVLAN", &rtnl::kVlanHeader, &rtnl::kVlan},
    {RTM_SETLINK, "RTM_SETLINK", &rtnl::kLinkHeader, &rtnl::kLink, {}, rtnl::FindLinkTable},
};

}  // namespace

const MessageTypes rtnl::kMessages = kList;

}  // namespace vethwork::codec
