#include "ns/hold.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <thread>

#include "base/sys_error.h"

namespace vethwork::ns {
namespace {

// Between bind(2) and listen(2) of the one who has it, nobody can ask whose it is; nor after the
// end of one who had it a moment ago, but then the name is free.
constexpr int kMostAttempts = 100;
constexpr auto kPause = std::chrono::milliseconds(1);

struct Address {
  sockaddr_un un;
  socklen_t length;
  const sockaddr* any() const { return reinterpret_cast<const sockaddr*>(&un); }
};

// Abstract: a zero first, and no zero at the end.
Address AbstractAddress(const std::string& name) {
  Address address{};
  address.un.sun_family = AF_UNIX;
  if (name.empty() || name.size() >= sizeof address.un.sun_path) {
    throw SysError(EINVAL, "bind", "the name of a hold has 1 to 107 bytes");
  }
  std::copy(name.begin(), name.end(), address.un.sun_path + 1);
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

UniqueFd NewSocket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) ThrowErrno("socket", "AF_UNIX");
  return fd;
}

struct Answer {
  bool again;  // nobody listens: not yet, or not any more
  int holder;  // as in SysError
};

Answer AskHolder(const Address& address) {
  const UniqueFd fd = NewSocket();
  if (::connect(fd.get(), address.any(), address.length) < 0) {
    return {.again = errno == ECONNREFUSED, .holder = -1};
  }
  // Of the process that called listen(2), as this one's pid namespace numbers it.
  ucred credentials{};
  socklen_t room = sizeof credentials;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &room) < 0) {
    return {.again = false, .holder = -1};
  }
  return {.again = false, .holder = credentials.pid};
}

}  // namespace

UniqueFd TakeHold(const std::string& name) {
  const Address address = AbstractAddress(name);
  UniqueFd fd = NewSocket();
  for (int attempt = 1; ::bind(fd.get(), address.any(), address.length) < 0; attempt++) {
    if (errno != EADDRINUSE) ThrowErrno("bind", "@" + name);
    const Answer answer = AskHolder(address);
    if (answer.again && attempt < kMostAttempts) {
      std::this_thread::sleep_for(kPause);
      continue;
    }
    SysError taken(EADDRINUSE, "bind", "@" + name);
    taken.holder = answer.holder;
    throw taken;
  }
  if (::listen(fd.get(), SOMAXCONN) < 0) ThrowErrno("listen", "@" + name);
  return fd;
}

void DismissVisitors(int listener) {
  for (;;) {
    const UniqueFd visitor(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    if (!visitor) return;  // none is left, or no descriptor is to be had: the next one comes here
  }
}

}  // namespace vethwork::ns
