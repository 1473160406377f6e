#include "ns/step.h"

#include <utility>

#include "ns/request.h"

namespace vethwork::ns {

SocketCache::Socket Step::TakeSocket(const codec::Value& message) const {
  const int protocol = ProtocolNumber(codec::TypeOf(message).origin);
  if (auto socket = engine.sockets().Take(&in, protocol)) return socket;
  place.Enter(in);
  return std::make_unique<socket::NetlinkSocket>(protocol);
}

void Step::GiveBack(SocketCache::Socket socket) const {
  engine.sockets().Give(&in, std::move(socket));
}

void Step::GiveBack(SocketCache::Socket socket, bool spoiled) const {
  if (spoiled && !socket->owns_tables()) return;
  if (spoiled) socket->Drain();
  GiveBack(std::move(socket));
}

bool Spoils(const SysError& error) {
  return error.syscall == "recvmsg" || error.syscall == "sendmsg";
}

}  // namespace vethwork::ns
