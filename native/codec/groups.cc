#include "codec/groups.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>

namespace vethwork::codec {
namespace {

constexpr Origin kRtnl = {.protocol = Protocol::kRoute};
constexpr Origin kNfnl = {.protocol = Protocol::kNetfilter};

constexpr Group kGroups[] = {
    {NFNLGRP_CONNTRACK_DESTROY, "NFNLGRP_CONNTRACK_DESTROY", kNfnl},
    {NFNLGRP_CONNTRACK_NEW, "NFNLGRP_CONNTRACK_NEW", kNfnl},
    {NFNLGRP_CONNTRACK_UPDATE, "NFNLGRP_CONNTRACK_UPDATE", kNfnl},
    {NFNLGRP_NFTABLES, "NFNLGRP_NFTABLES", kNfnl},
    {NFNLGRP_NFTRACE, "NFNLGRP_NFTRACE", kNfnl},
    {RTNLGRP_IPV4_IFADDR, "RTNLGRP_IPV4_IFADDR", kRtnl},
    {RTNLGRP_IPV4_ROUTE, "RTNLGRP_IPV4_ROUTE", kRtnl},
    {RTNLGRP_IPV4_RULE, "RTNLGRP_IPV4_RULE", kRtnl},
    {RTNLGRP_IPV6_IFADDR, "RTNLGRP_IPV6_IFADDR", kRtnl},
    {RTNLGRP_IPV6_ROUTE, "RTNLGRP_IPV6_ROUTE", kRtnl},
    {RTNLGRP_IPV6_RULE, "RTNLGRP_IPV6_RULE", kRtnl},
    {RTNLGRP_LINK, "RTNLGRP_LINK", kRtnl},
    {RTNLGRP_NEIGH, "RTNLGRP_NEIGH", kRtnl},
    {RTNLGRP_NEXTHOP, "RTNLGRP_NEXTHOP", kRtnl},
    {RTNLGRP_NSID, "RTNLGRP_NSID", kRtnl},
    {RTNLGRP_TC, "RTNLGRP_TC", kRtnl},
};

}  // namespace

const Group* FindGroup(std::string_view name) {
  for (const Group& group : kGroups) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

}  // namespace vethwork::codec
