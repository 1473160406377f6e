// Where a worker thread is: the only code that enters namespaces.
#pragma once

#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "ns/namespace.h"
#include "socket/netlink_socket.h"

namespace vethwork::ns {

// Belongs to one thread. A job enters what it needs; the worker goes home after each job, because
// a thread inside a namespace keeps that namespace alive.
class Place {
 public:
  explicit Place(int home);
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  void Enter(const Namespace& target);
  // setns(2) asks for CAP_SYS_ADMIN even where it changes nothing; who is at home needs none.
  void MarkIfHome(Namespace& opened) const;
  // Makes a namespace (unshare(2)), is inside it then, and fills `created`. Where `pin` is not
  // empty it is bind-mounted there, on a file that must not exist yet. Its rtnetlink socket.
  std::unique_ptr<socket::NetlinkSocket> Create(Namespace& created, const std::string& pin);
  bool GoHome();  // false where that is not permitted
  void Leave(const Namespace& target) {
    if (inside_ == &target) GoHome();
  }

 private:
  int home_;
  bool at_home_;
  const Namespace* inside_ = nullptr;  // nullptr: at home, or nobody knows
};

// Opens an nsfs file. Throws EINVAL where it is not a network namespace.
UniqueFd OpenNamespaceFile(const std::string& path);
void CheckIsNetworkNamespace(int fd, const std::string& what);

// Undoes a pin, unless the path names something else by now (ESTALE). "Not there" is success.
void Unpin(const Namespace& pinned);

}  // namespace vethwork::ns
