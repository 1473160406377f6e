// Removals of links, apart from everything else: RTM_DELLINK sleeps 13 to 36 ms in rcu_barrier()
// after the link is gone and the RTNL released, so each has a socket and a thread to sleep on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "socket/netlink_socket.h"

namespace vethwork::ns {

class Removals {
 public:
  Removals() = default;
  ~Removals();
  Removals(const Removals&) = delete;
  Removals& operator=(const Removals&) = delete;

  // Sends `request` (RTM_DELLINK with NLM_F_ACK and NLM_F_ECHO, numbered `sequence`) and returns
  // when the kernel says that the link is gone, which it does before it sleeps. Not `single`: the
  // request names no one link; returns on the acknowledgement.
  socket::Verdict Run(std::shared_ptr<socket::NetlinkSocket> socket, std::vector<uint8_t> request,
                      uint32_t sequence, bool single);

  // Older kernels (before 6.2) echo no removal; a socket then has to listen to RTNLGRP_LINK.
  bool NeedsGroup() const { return !echoes_.load(std::memory_order_relaxed); }

 private:
  struct Removal {
    std::shared_ptr<socket::NetlinkSocket> socket;
    std::vector<uint8_t> request;
    UniqueFd sent;  // eventfd: send() has returned
    std::optional<SysError> error;
  };
  void Start(std::shared_ptr<Removal> removal);
  void Sleep(std::list<std::thread>::iterator self);

  std::atomic<bool> echoes_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Removal>> waiting_;
  std::list<std::thread> threads_, ended_;
  size_t idle_ = 0;
  size_t started_ = 0;
  bool stopping_ = false;
};

}  // namespace vethwork::ns
