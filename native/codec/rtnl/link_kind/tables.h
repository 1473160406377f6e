// IFLA_INFO_DATA, one kind a file.
#pragma once

#include "codec/table.h"

namespace vethwork::codec::rtnl {

extern const Table kBridge;
extern const Table kIpvlan;
extern const Table kMacvlan;
extern const Table kNetkit;
extern const Table kTun;
extern const Table kVeth;
extern const Table kVlanLink;
extern const Table kVrf;
extern const Table kVxlan;

}  // namespace vethwork::codec::rtnl
