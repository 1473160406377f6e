// Open rtnetlink sockets of namespaces, the least recently used closed first: ten thousand open
// namespaces must not mean ten thousand sockets.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "ns/namespace.h"
#include "socket/netlink_socket.h"

namespace vethwork::ns {

class SocketCache {
 public:
  using Socket = std::unique_ptr<socket::NetlinkSocket>;

  // Null where none is open: open one inside the namespace then.
  Socket Take(const Namespace* owner) {
    std::lock_guard lock(mutex_);
    const auto found = where_.find(owner);
    if (found == where_.end()) return nullptr;
    Socket taken = std::move(found->second->socket);
    entries_.erase(found->second);
    where_.erase(found);
    return taken;
  }

  // Only a socket whose answers have all been read may come back.
  void Give(const Namespace* owner, Socket socket) {
    Socket oldest;  // closed after the lock is gone
    std::lock_guard lock(mutex_);
    entries_.push_front({owner, std::move(socket)});
    where_[owner] = entries_.begin();
    if (entries_.size() <= kMost) return;
    oldest = std::move(entries_.back().socket);
    where_.erase(entries_.back().owner);
    entries_.pop_back();
  }

 private:
  static constexpr size_t kMost = 1024;
  struct Entry {
    const Namespace* owner;
    Socket socket;
  };

  std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<const Namespace*, std::list<Entry>::iterator> where_;
};

}  // namespace vethwork::ns
