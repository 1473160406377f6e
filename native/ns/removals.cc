#include "ns/removals.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cstring>

namespace vethwork::ns {
namespace {

uint32_t LinkIndexOf(socket::View message) {
  if (message.size() < NLMSG_HDRLEN + sizeof(ifinfomsg)) return 0;
  ifinfomsg header;
  std::memcpy(&header, message.data() + NLMSG_HDRLEN, sizeof header);
  // AF_BRIDGE says that a port left its bridge, not that the link is gone.
  return header.ifi_family == AF_UNSPEC ? static_cast<uint32_t>(header.ifi_index) : 0;
}

bool IsLinkRemoval(socket::View message) {
  nlmsghdr header;
  std::memcpy(&header, message.data(), sizeof header);
  return header.nlmsg_type == RTM_DELLINK;
}

}  // namespace

std::unique_ptr<RemovalSocket> Removals::TakeHome() {
  std::lock_guard lock(mutex_);
  if (kept_.empty()) return nullptr;
  auto taken = std::move(kept_.back());
  kept_.pop_back();
  return taken;
}

std::unique_ptr<RemovalSocket> Removals::Open(bool is_home, bool single) {
  auto opened = std::make_unique<RemovalSocket>();
  opened->netlink = std::make_unique<socket::NetlinkSocket>(NETLINK_ROUTE);
  opened->sent = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!opened->sent) ThrowErrno("eventfd");
  // One that listens to everything would fill up between two removals.
  const bool echoes = echoes_.load(std::memory_order_relaxed);
  opened->is_home = is_home && echoes;
  if (!echoes && single) opened->netlink->JoinGroup(RTNLGRP_LINK);
  std::lock_guard lock(mutex_);
  keeping_ = true;
  return opened;
}

// Sockets of other namespaces are closed: they would keep those alive.
void Removals::Give(std::unique_ptr<RemovalSocket> socket) {
  if (!socket->is_home) return;
  eventfd_t count;
  ::eventfd_read(socket->sent.get(), &count);
  try {
    while (socket->netlink->ReceiveSome([](uint32_t, socket::View) {},
                                        [](uint32_t, const socket::Verdict&) {})) {
    }
  } catch (const SysError&) {
    return;  // it is no good any more
  }
  std::lock_guard lock(mutex_);
  if (keeping_ && kept_.size() < kMostKept) kept_.push_back(std::move(socket));
}

void Removals::LetGo() {
  std::lock_guard lock(mutex_);
  keeping_ = false;
  kept_.clear();
}

Removal::Removal(Removals& owner, std::unique_ptr<RemovalSocket> socket, codec::Bytes request,
                 uint32_t sequence, bool single)
    : owner_(owner),
      socket_(std::move(socket)),
      request_(std::move(request)),
      sequence_(sequence),
      single_(single) {}

Removal::~Removal() { owner_.Give(std::move(socket_)); }

void Removal::Send() {
  try {
    socket_->netlink->Send(request_);
  } catch (const SysError& error) {
    error_ = error;
  }
  ::eventfd_write(socket_->sent.get(), 1);
}

socket::Verdict Removal::Wait() {
  const uint32_t wanted = LinkIndexOf(request_);
  std::optional<socket::Verdict> verdict;
  const auto on_message = [&](uint32_t number, socket::View message) {
    // A pair's other end is echoed too, and maybe to a socket that is not concerned.
    if (!single_ || !IsLinkRemoval(message) || LinkIndexOf(message) != wanted) return;
    if (number == sequence_) owner_.SawEcho();
    verdict.emplace();
  };
  const auto on_verdict = [&](uint32_t number, socket::Verdict given) {
    if (number == sequence_) verdict = std::move(given);
  };
  socket::NetlinkSocket& netlink = *socket_->netlink;
  for (;;) {
    const bool readable = netlink.Wait(socket_->sent.get());
    while (!verdict && netlink.ReceiveSome(on_message, on_verdict)) {
    }
    if (verdict) return *verdict;
    if (readable) continue;
    if (error_) throw *error_;
    throw SysError(EPROTO, "recvmsg", "the kernel gave no answer");
  }
}

}  // namespace vethwork::ns
