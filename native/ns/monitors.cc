#include "ns/monitors.h"

#include <linux/netlink.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cstring>
#include <system_error>

#include "codec/codec.h"
#include "codec/wire.h"
#include "ns/engine.h"
#include "ns/error_text.h"
#include "ns/hold.h"
#include "ns/thread.h"

namespace vethwork::ns {
namespace {

// A batch: JavaScript parses 64 KiB in less than 1 ms.
constexpr size_t kMostEvents = 64;
constexpr size_t kMostBytes = 64 * 1024;

// What a message of an event says beside its content (netlink(7), modifiers to NEW requests).
constexpr codec::Name kEventFlags[] = {{NLM_F_REPLACE, "replace"},
                                       {NLM_F_EXCL, "excl"},
                                       {NLM_F_CREATE, "create"},
                                       {NLM_F_APPEND, "append"}};

// False for a message that the tables do not know; nothing is written then.
bool WriteEvent(codec::View message, const codec::Origin& origin, std::optional<int> namespace_id,
                bool first, std::string& text) {
  const size_t start = text.size();
  if (!first) text.push_back(',');
  codec::JsonWriter out(text);
  out.Open('{');
  out.Key("message");
  if (!codec::Decode(message, origin, out)) {
    text.resize(start);
    return false;
  }
  if (namespace_id) {
    out.Key("nsid");
    out.Signed(*namespace_id);
  }
  const uint16_t flags = codec::Load<nlmsghdr>(message.data()).nlmsg_flags;
  if (flags & (NLM_F_REPLACE | NLM_F_EXCL | NLM_F_CREATE | NLM_F_APPEND)) {
    out.Key("flags");
    out.Open('[');
    for (const codec::Name& flag : kEventFlags) {
      if ((flags & flag.value) == 0) continue;
      out.Comma();
      out.String(flag.name);
    }
    out.Close(']');
  }
  out.Close('}');
  return true;
}

}  // namespace

uint32_t Monitors::Open() {
  std::lock_guard lock(mutex_);
  if (stopping_) throw SysError(ECANCELED, "epoll_wait", "the environment is shutting down");
  if (!running_) {
    if (thread_.joinable()) thread_.join();  // it has nothing to do any more that wants the lock
    UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake) ThrowErrno("eventfd");
    UniqueFd ready(::epoll_create1(EPOLL_CLOEXEC));
    if (!ready) ThrowErrno("epoll_create1");
    epoll_event event{.events = EPOLLIN, .data = {.u64 = 0}};
    if (::epoll_ctl(ready.get(), EPOLL_CTL_ADD, wake.get(), &event) < 0) ThrowErrno("epoll_ctl");
    wake_ = std::move(wake);
    ready_ = std::move(ready);
    try {
      thread_ = StartThread("vw-monitor", [this] { Run(); });
    } catch (const std::system_error& error) {
      throw SysError(error.code().value(), "pthread_create", "no thread can be had");
    }
    running_ = true;
  }
  do {
    if (++last_ == 0) last_ = 1;  // 0 is `wake_`
  } while (!open_.insert(last_).second);
  return last_;
}

void Monitors::Post(Command command) {
  commands_.push_back(std::move(command));
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void Monitors::Listen(uint32_t feed, std::unique_ptr<socket::NetlinkSocket> socket,
                      codec::Origin origin) {
  std::lock_guard lock(mutex_);
  if (open_.count(feed) == 0) return;
  Post(Listened{feed, {.socket = std::move(socket), .origin = origin}});
}

void Monitors::Keep(uint32_t feed, UniqueFd hold) {
  std::lock_guard lock(mutex_);
  if (open_.count(feed) == 0) return;
  Post(Kept{feed, std::move(hold)});
}

bool Monitors::Next(uint32_t feed, std::unique_ptr<Task> task) {
  std::lock_guard lock(mutex_);
  if (open_.count(feed) == 0) return false;
  Post(Asked{feed, std::move(task)});
  return true;
}

void Monitors::Close(uint32_t feed) {
  std::lock_guard lock(mutex_);
  if (open_.erase(feed) != 0) Post(Closed{feed});
}

void Monitors::Stop() {
  std::thread ending;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    open_.clear();
    ending = std::move(thread_);
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  }
  if (ending.joinable()) ending.join();
  feeds_.clear();
  commands_.clear();
}

void Monitors::Run() {
  constexpr int kMost = 64;
  epoll_event events[kMost];
  for (;;) {
    std::deque<Command> commands;
    {
      std::lock_guard lock(mutex_);
      if (stopping_ || (open_.empty() && commands_.empty())) {
        running_ = false;
        if (stopping_) return;
        wake_ = UniqueFd();
        ready_ = UniqueFd();
        return;
      }
      commands.swap(commands_);
    }
    for (Command& command : commands) {
      std::visit([this](auto& one) { Obey(one); }, command);
    }
    if (!commands.empty()) continue;  // the last feed may have been closed
    const int count = ::epoll_wait(ready_.get(), events, kMost, -1);
    for (int at = 0; at < count; at++) {
      if (events[at].data.u64 == 0) {
        uint64_t times;
        [[maybe_unused]] const auto got = ::read(wake_.get(), &times, sizeof times);
      } else if (const auto found = feeds_.find(static_cast<uint32_t>(events[at].data.u64));
                 found != feeds_.end()) {
        if (found->second.hold) DismissVisitors(found->second.hold.get());
        Answer(found->first, found->second);
      }
    }
  }
}

void Monitors::Obey(Listened& listened) {
  Feed& feed = feeds_[listened.feed];
  feed.sources.push_back(std::move(listened.source));
  Arm(listened.feed, feed.sources.back(), EPOLL_CTL_ADD);
  Answer(listened.feed, feed);
}

// By edge: where visitors cannot be dismissed for want of descriptors, the next one is tried again.
void Monitors::Obey(Kept& kept) {
  Feed& feed = feeds_[kept.feed];
  feed.hold = std::move(kept.hold);
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = kept.feed}};
  ::epoll_ctl(ready_.get(), EPOLL_CTL_ADD, feed.hold.get(), &event);
}

void Monitors::Obey(Asked& asked) {
  Feed& feed = feeds_[asked.feed];
  feed.asked.push_back(std::move(asked.task));
  Answer(asked.feed, feed);
}

void Monitors::Obey(Closed& closed) {
  const auto found = feeds_.find(closed.feed);
  if (found == feeds_.end()) return;
  auto asked = std::move(found->second.asked);
  feeds_.erase(found);  // closes its sockets, and so takes them from epoll
  for (auto& task : asked) done_(std::move(task));
}

// One shot: not readable to epoll until somebody asks again.
void Monitors::Arm(uint32_t id, const Source& source, int verb) {
  epoll_event event{.events = EPOLLIN | EPOLLONESHOT, .data = {.u64 = id}};
  ::epoll_ctl(ready_.get(), verb, source.socket->fd(), &event);
}

void Monitors::Answer(uint32_t id, Feed& feed) {
  while (!feed.asked.empty()) {
    std::string text = "[";
    size_t count = 0;
    for (Source& source : feed.sources) {
      while (!source.failed && count < kMostEvents && text.size() < kMostBytes) {
        if (!Read(source, text, count)) break;
      }
    }
    if (count == 0) break;
    text.push_back(']');
    auto task = std::move(feed.asked.front());
    feed.asked.pop_front();
    task->result = std::move(text);
    done_(std::move(task));
  }
  if (feed.asked.empty()) return;
  for (const Source& source : feed.sources) {
    if (!source.failed) Arm(id, source, EPOLL_CTL_MOD);
  }
}

// False where nothing is left to read. What was dropped is told after what had been kept: who
// looks anew then knows of nothing later than what comes next.
bool Monitors::Read(Source& source, std::string& text, size_t& count) {
  const auto say = [&](std::string_view what) {
    if (count++ > 0) text.push_back(',');
    text.append(what);
  };
  constexpr std::string_view kOverrun = R"({"overrun":true})";
  try {
    const bool some =
        source.socket->ReceiveEvents([&](codec::View message, std::optional<int> namespace_id) {
          if (WriteEvent(message, source.origin, namespace_id, count == 0, text)) count++;
        });
    if (!some && std::exchange(source.overrun, false)) say(kOverrun);
    return some;
  } catch (const SysError& error) {
    if (error.number == ENOBUFS || error.number == EMSGSIZE) {
      if (std::exchange(source.overrun, true)) say(kOverrun);
      return true;
    }
    source.failed = true;
    say(R"({"error":)" + ErrorText(error) + "}");
    return false;
  }
}

}  // namespace vethwork::ns
