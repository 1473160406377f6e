// The multicast groups that a monitor may listen to, by the kernel's names for them.
#pragma once

#include <cstdint>
#include <string_view>

#include "codec/table.h"

namespace vethwork::codec {

struct Group {
  uint32_t number;
  std::string_view name;  // "RTNLGRP_LINK"
  Origin origin;          // of the messages that come
};

// nullptr where there is none.
const Group* FindGroup(std::string_view name);

}  // namespace vethwork::codec
