// Datagrams as the kernel might send them, through NetlinkSocket: acknowledgements, dumps, ends.
// The linker gives us its system calls (--wrap in CMakeLists.txt), so no kernel is asked.
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "socket/netlink_socket.h"

namespace {

constexpr uint32_t kPort = 7;

// One input is datagrams one behind the other, each after two bytes of its length.
const uint8_t* left = nullptr;
size_t size_left = 0;

}  // namespace

extern "C" {

ssize_t __wrap_recvmsg(int, msghdr* header, int) {
  if (size_left < 2) {
    errno = EAGAIN;
    return -1;
  }
  size_t length = static_cast<size_t>(left[0] | left[1] << 8);
  left += 2, size_left -= 2;
  if (length == UINT16_MAX) {
    errno = ENOBUFS;
    return -1;
  }
  length = std::min(length, size_left);
  const size_t fits = std::min(length, header->msg_iov[0].iov_len);
  std::memcpy(header->msg_iov[0].iov_base, left, fits);
  left += length, size_left -= length;
  auto* from = static_cast<sockaddr_nl*>(header->msg_name);
  from->nl_pid = 0;
  header->msg_controllen = 0;
  header->msg_flags = fits < length ? MSG_TRUNC : 0;
  return static_cast<ssize_t>(fits);
}

ssize_t __wrap_send(int, const void*, size_t length, int) { return static_cast<ssize_t>(length); }
int __wrap_setsockopt(int, int, int, const void*, socklen_t) { return 0; }
int __wrap_getsockname(int, sockaddr* name, socklen_t*) {
  reinterpret_cast<sockaddr_nl*>(name)->nl_pid = kPort;
  return 0;
}
int __wrap_socket(int, int, int) {
  return 1 << 20;  // a number that is never open
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vethwork;
  if (size == 0) return 0;
  left = data + 1, size_left = size - 1;
  socket::NetlinkSocket socket(NETLINK_ROUTE, 0);  // as the seeds are numbered
  const uint32_t sequence = socket.NextSequence();
  uint64_t seen = 0;
  const auto message = [&seen](uint32_t number, socket::View one) {
    for (const uint8_t byte : one) seen = seen * 31 + byte + number;
  };
  const auto verdict = [&seen](uint32_t number, const socket::Verdict& one) {
    seen += number + static_cast<uint32_t>(one.error) + one.sentence.size() + one.offset;
  };
  const auto event = [&](socket::View one, std::optional<int> id) {
    message(id ? static_cast<uint32_t>(*id) : 0, one);
  };
  try {
    switch (data[0] % 4) {
      case 0:
        socket.Receive(sequence, sequence + 1, message, verdict);
        break;
      case 1:
        verdict(0, socket.Dump({}, sequence, message));
        break;
      case 2:
        while (socket.ReceiveEvents(event)) continue;
        break;
      default:
        while (socket.ReceiveSome(message, verdict)) continue;
    }
  } catch (const SysError&) {
  }
  volatile uint64_t kept = seen;
  static_cast<void>(kept);
  return 0;
}
}
