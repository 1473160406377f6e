// Open netlink sockets of namespaces, at most one a protocol, the least recently used closed first:
// ten thousand open namespaces must not mean ten thousand sockets. One that owns tables of nftables
// stays open: they would go with it.
#pragma once

#include <linux/netlink.h>

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "ns/namespace.h"
#include "socket/netlink_socket.h"

namespace vethwork::ns {

class SocketCache {
 public:
  using Socket = std::unique_ptr<socket::NetlinkSocket>;

  // Null where none is open: open one inside the namespace then.
  Socket Take(const Namespace* owner, int protocol) {
    std::lock_guard lock(mutex_);
    if (auto owning = owning_.extract({owner, protocol})) return std::move(owning.mapped());
    const auto found = where_.find({owner, protocol});
    if (found == where_.end()) return nullptr;
    Socket taken = std::move(found->second->socket);
    entries_.erase(found->second);
    where_.erase(found);
    return taken;
  }

  void Close(const Namespace* owner) {
    for (const int protocol : {NETLINK_ROUTE, NETLINK_NETFILTER, NETLINK_GENERIC}) {
      Take(owner, protocol);
    }
  }

  // Only a socket whose answers have all been read may come back.
  void Give(const Namespace* owner, Socket socket) {
    const Key key = {owner, socket->protocol()};
    Socket oldest;  // closed after the lock is gone
    std::lock_guard lock(mutex_);
    if (socket->owns_tables()) {
      owning_[key] = std::move(socket);
      return;
    }
    entries_.push_front({key, std::move(socket)});
    where_[key] = entries_.begin();
    if (entries_.size() <= kMost) return;
    oldest = std::move(entries_.back().socket);
    where_.erase(entries_.back().key);
    entries_.pop_back();
  }

 private:
  static constexpr size_t kMost = 1024;
  using Key = std::pair<const Namespace*, int>;
  struct Entry {
    Key key;
    Socket socket;
  };

  std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
  std::map<Key, std::list<Entry>::iterator> where_;
  std::map<Key, Socket> owning_;
};

}  // namespace vethwork::ns
