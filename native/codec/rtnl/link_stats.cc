// Statistics of links: include/uapi/linux/if_link.h, struct if_stats_msg.
#include <linux/if_link.h>

#include "codec/rtnl/names.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Name kFilters[] = {{IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64), "link_64"}};

constexpr Field kStatsFields[] = {
    {offsetof(if_stats_msg, family), 1, "family", kFamilies},
    {offsetof(if_stats_msg, ifindex), 4, "index", {}, false, true},
    {offsetof(if_stats_msg, filter_mask), 4, "filter_mask", kFilters, true},
};

constexpr Attribute kStatsAttributes[] = {
    Struct(IFLA_STATS_LINK_64, "link_64", &kLinkStatistics),
};

}  // namespace

const Layout kStatsHeader = {sizeof(if_stats_msg), kStatsFields};
const Table kStats = {kStatsAttributes};

}  // namespace vethwork::codec::rtnl
