#include "ns/inet_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "base/sys_error.h"

namespace vethwork::ns {
namespace {

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

socklen_t Fill(Address& address, const std::string& text, uint16_t port) {
  std::memset(&address, 0, sizeof address);
  if (inet_pton(AF_INET6, text.c_str(), &address.v6.sin6_addr) == 1) {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(port);
    return sizeof address.v6;
  }
  if (inet_pton(AF_INET, text.c_str(), &address.v4.sin_addr) != 1) {
    throw SysError(EINVAL, "bind", text + " is not an IP address");
  }
  address.v4.sin_family = AF_INET;
  address.v4.sin_port = htons(port);
  return sizeof address.v4;
}

}  // namespace

InetSocket OpenInetSocket(bool stream, const std::string& address, uint16_t port) {
  Address name;
  const socklen_t length = Fill(name, address, port);
  const int type = stream ? SOCK_STREAM : SOCK_DGRAM;
  UniqueFd fd(::socket(name.any.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) ThrowErrno("socket");
  const int on = 1;
  if (stream) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (name.any.sa_family == AF_INET6) {
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  const std::string what = address + " port " + std::to_string(port);
  if (::bind(fd.get(), &name.any, length) < 0) ThrowErrno("bind", what);
  socklen_t room = sizeof name;
  if (::getsockname(fd.get(), &name.any, &room) < 0) ThrowErrno("getsockname", what);
  // sin_port and sin6_port lie at the same place (RFC 3493, section 3.3)
  return {std::move(fd), ntohs(name.v4.sin_port)};
}

}  // namespace vethwork::ns
