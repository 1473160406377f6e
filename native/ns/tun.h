// Devices of /dev/net/tun: links whose packets a program writes and reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/unique_fd.h"

namespace vethwork::ns {

struct TunWish {
  bool tap = false;  // frames of Ethernet, else packets of IP
  std::string name;  // empty: the kernel chooses
  std::optional<uint32_t> index;
  bool packet_information = false;
  bool vnet_header = false;
  bool multi_queue = false;
  bool blocking = false;
  std::optional<uint32_t> owner;
  std::optional<uint32_t> group;
};

struct TunQueue {
  UniqueFd fd;
  std::string name;
};

// In the namespace that the calling thread is in. The device is gone when `fd` is closed, unless it
// was there already or has other queues.
TunQueue OpenTun(const TunWish& wish);

// There too: a device that is new (else EBUSY), stays, and that nobody has open.
void MakeTun(const TunWish& wish);

// Takes back what MakeTun() has made, unless somebody has it open by now.
void UnmakeTun(const TunWish& wish) noexcept;

}  // namespace vethwork::ns
