#include "ns/tun.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

#include <algorithm>

#include "base/sys_error.h"

namespace vethwork::ns {
namespace {

constexpr const char* kDevice = "/dev/net/tun";

void Set(const UniqueFd& fd, unsigned long request, unsigned long value, std::string what) {
  if (::ioctl(fd.get(), request, value) < 0) ThrowErrno("ioctl", std::move(what));
}

int FlagsOf(const TunWish& wish) {
  int flags = wish.tap ? IFF_TAP : IFF_TUN;
  if (!wish.packet_information) flags |= IFF_NO_PI;
  if (wish.vnet_header) flags |= IFF_VNET_HDR;
  if (wish.multi_queue) flags |= IFF_MULTI_QUEUE;
  return flags;
}

TunQueue Open(const TunWish& wish, int flags) {
  ifreq request{};
  if (wish.name.size() >= sizeof request.ifr_name) {
    throw SysError(ENAMETOOLONG, "ioctl", "TUNSETIFF " + wish.name);
  }
  std::copy(wish.name.begin(), wish.name.end(), request.ifr_name);
  request.ifr_flags = static_cast<short>(flags);
  // Which namespace its devices are of is settled by the open(2), not by the ioctl(2).
  const int blocking = wish.blocking ? 0 : O_NONBLOCK;
  UniqueFd fd(::open(kDevice, O_RDWR | O_CLOEXEC | blocking));
  if (!fd) ThrowErrno("open", kDevice);
  if (wish.index) {
    unsigned int index = *wish.index;
    if (::ioctl(fd.get(), TUNSETIFINDEX, &index) < 0) {
      ThrowErrno("ioctl", "TUNSETIFINDEX " + std::to_string(index));
    }
  }
  if (::ioctl(fd.get(), TUNSETIFF, &request) < 0) ThrowErrno("ioctl", "TUNSETIFF " + wish.name);
  if (wish.owner) Set(fd, TUNSETOWNER, *wish.owner, "TUNSETOWNER " + std::to_string(*wish.owner));
  if (wish.group) Set(fd, TUNSETGROUP, *wish.group, "TUNSETGROUP " + std::to_string(*wish.group));
  return {std::move(fd), request.ifr_name};
}

void Persist(const TunQueue& queue, bool on) {
  Set(queue.fd, TUNSETPERSIST, on ? 1 : 0, "TUNSETPERSIST " + queue.name);
}

}  // namespace

TunQueue OpenTun(const TunWish& wish) { return Open(wish, FlagsOf(wish)); }

void MakeTun(const TunWish& wish) { Persist(Open(wish, FlagsOf(wish) | IFF_TUN_EXCL), true); }

void UnmakeTun(const TunWish& wish) noexcept {
  try {
    TunWish there = wish;
    there.index.reset();  // is refused where the device is there
    Persist(OpenTun(there), false);
  } catch (const SysError&) {
    // the error that led here is the one to tell
  }
}

}  // namespace vethwork::ns
