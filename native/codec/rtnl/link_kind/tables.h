// IFLA_INFO_DATA, one kind a file.
#pragma once

#include "codec/table.h"

namespace vethwork::codec::rtnl {

extern const Table kBridge;
extern const Table kVeth;

}  // namespace vethwork::codec::rtnl
