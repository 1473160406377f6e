// UDP and TCP sockets opened in the namespace that the calling thread is in.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.h"

namespace vethwork::ns {

struct InetSocket {
  UniqueFd fd;
  uint16_t port;
};

// Bound, not listening; non-blocking. `address` is IPv4 or IPv6 text; an IPv6 socket takes IPv6
// only. Port 0 lets the kernel choose.
InetSocket OpenInetSocket(bool stream, const std::string& address, uint16_t port);

}  // namespace vethwork::ns
