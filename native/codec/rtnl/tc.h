// What the tables of traffic control share.
#pragma once

#include <linux/pkt_sched.h>

#include "codec/table.h"

namespace vethwork::codec::rtnl {

extern const Table kTrafficStats;  // TCA_STATS_*

// TCA_OPTIONS of one kind. nullptr where there is none.
const Table* FindQdisc(std::string_view kind);  // and of its classes
const Table* FindFilter(std::string_view kind);

inline constexpr Name kLinkLayers[] = {{TC_LINKLAYER_UNAWARE, "unaware"},
                                       {TC_LINKLAYER_ETHERNET, "ethernet"},
                                       {TC_LINKLAYER_ATM, "atm"}};

// struct tc_ratespec at this offset. The kernel wants a table of 1024 bytes where the link layer is
// "unaware", and for policing in any case.
constexpr Field RateLayer(size_t offset, std::string_view name) {
  return {static_cast<uint16_t>(offset + offsetof(tc_ratespec, linklayer)), 1, name, kLinkLayers};
}
constexpr Field RateCell(size_t offset, std::string_view name) {
  return {static_cast<uint16_t>(offset + offsetof(tc_ratespec, cell_log)), 1, name};
}
constexpr Field RateBytes(size_t offset, std::string_view name) {
  return {static_cast<uint16_t>(offset + offsetof(tc_ratespec, rate)), 4, name};
}

}  // namespace vethwork::codec::rtnl
