#include "ns/removals.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <system_error>

#include "ns/thread.h"

namespace vethwork::ns {
namespace {

constexpr size_t kMostThreads = 64;  // 64 asleep for 30 ms each: more than the RTNL lets through
constexpr auto kLinger = std::chrono::milliseconds(50);

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

Removals::~Removals() {
  std::list<std::thread> all;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      all.splice(all.end(), ended_);
      all.splice(all.end(), threads_);
    }
    if (all.empty()) return;
    for (std::thread& thread : all) thread.join();
    all.clear();
  }
}

socket::Verdict Removals::Run(std::shared_ptr<socket::NetlinkSocket> socket,
                              std::vector<uint8_t> request, uint32_t sequence, bool single) {
  const uint32_t wanted = LinkIndexOf(request);
  auto removal = std::make_shared<Removal>();
  removal->socket = socket;
  removal->request = std::move(request);
  removal->sent = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  if (!removal->sent) ThrowErrno("eventfd");
  Start(removal);

  std::optional<socket::Verdict> verdict;
  const auto on_message = [&](uint32_t number, socket::View message) {
    if (!single || !IsLinkRemoval(message)) return;
    if (number == sequence) {
      echoes_.store(true, std::memory_order_relaxed);
      verdict.emplace();
    } else if (wanted != 0 && LinkIndexOf(message) == wanted) {
      verdict.emplace();
    }
  };
  const auto on_verdict = [&](uint32_t number, socket::Verdict given) {
    if (number == sequence) verdict = std::move(given);
  };
  for (;;) {
    const bool readable = socket->Wait(removal->sent.get());
    while (!verdict && socket->ReceiveSome(on_message, on_verdict)) {
    }
    if (verdict) return *verdict;
    if (readable) continue;
    if (removal->error) throw *removal->error;
    throw SysError(EPROTO, "recvmsg", "the kernel gave no answer");
  }
}

void Removals::Start(std::shared_ptr<Removal> removal) {
  std::lock_guard lock(mutex_);
  for (std::thread& thread : ended_) thread.join();
  ended_.clear();
  waiting_.push_back(std::move(removal));
  if (idle_ >= waiting_.size() || threads_.size() >= kMostThreads) {
    wake_.notify_one();
    return;
  }
  const auto self = threads_.emplace(threads_.end());
  try {
    *self = StartThread("vw-remove-" + std::to_string(started_++ % 1000),
                        [this, self] { Sleep(self); });
  } catch (const std::system_error&) {
    threads_.erase(self);
    wake_.notify_one();
    if (!threads_.empty()) return;  // one that sleeps now will come to it
    waiting_.pop_back();
    throw SysError(EAGAIN, "pthread_create", "no thread for a removal can be started");
  }
}

// The body of a thread: sends, and sleeps in the kernel while it does.
void Removals::Sleep(std::list<std::thread>::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (waiting_.empty()) {
      idle_++;
      const bool more =
          wake_.wait_for(lock, kLinger, [this] { return stopping_ || !waiting_.empty(); });
      idle_--;
      if (!more || (stopping_ && waiting_.empty())) break;
      continue;
    }
    const std::shared_ptr<Removal> removal = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      removal->socket->Send(removal->request);
    } catch (const SysError& error) {
      removal->error = error;
    }
    ::eventfd_write(removal->sent.get(), 1);
    lock.lock();
  }
  if (!stopping_) ended_.splice(ended_.end(), threads_, self);
}

}  // namespace vethwork::ns
