// Removals of links: RTM_DELLINK sleeps 13 to 36 ms in rcu_barrier() after the link is gone and the
// RTNL released. The thread that sends it sleeps; another waits for the kernel's echo and goes on.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/unique_fd.h"
#include "codec/codec.h"
#include "socket/netlink_socket.h"

namespace vethwork::ns {

// What one removal at a time is sent on.
struct RemovalSocket {
  std::unique_ptr<socket::NetlinkSocket> netlink;
  UniqueFd sent;         // eventfd: send() has returned
  bool is_home = false;  // of the namespace where the workers are
};

class Removals {
 public:
  // Null where none is left over: open one, inside the namespace then.
  std::unique_ptr<RemovalSocket> TakeHome();
  // In the namespace that the calling thread is in. `single`: for the removal of one link.
  std::unique_ptr<RemovalSocket> Open(bool is_home, bool single);
  void Give(std::unique_ptr<RemovalSocket> socket);
  // Closes what is kept, and what comes back until the next is opened: nobody needs them now.
  void LetGo();

  // Older kernels (before 6.2) echo no removal; a socket then has to listen to RTNLGRP_LINK.
  void SawEcho() { echoes_.store(true, std::memory_order_relaxed); }

 private:
  static constexpr size_t kMostKept = 16;

  std::atomic<bool> echoes_{false};
  std::mutex mutex_;
  std::vector<std::unique_ptr<RemovalSocket>> kept_;
  bool keeping_ = false;
};

// One removal. Belongs to two threads; the later one gives the socket back.
class Removal {
 public:
  // `request`: RTM_DELLINK with NLM_F_ACK and NLM_F_ECHO, numbered `sequence`. Not `single`: it
  // names no one link, and only the acknowledgement says that all are gone.
  Removal(Removals& owner, std::unique_ptr<RemovalSocket> socket, codec::Bytes request,
          uint32_t sequence, bool single);
  ~Removal();
  Removal(const Removal&) = delete;
  Removal& operator=(const Removal&) = delete;

  const codec::Bytes& request() const { return request_; }
  // Sends, and sleeps in the kernel. Never throws: Wait() does.
  void Send();
  // Returns when the kernel says that the link is gone, which it does before it sleeps.
  socket::Verdict Wait();

 private:
  Removals& owner_;
  std::unique_ptr<RemovalSocket> socket_;
  codec::Bytes request_;
  uint32_t sequence_;
  bool single_;
  std::optional<SysError> error_;  // of send()
};

}  // namespace vethwork::ns
