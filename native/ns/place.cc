#include "ns/place.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/sys_error.h"
#include "socket/netlink_socket.h"

namespace vethwork::ns {
namespace {

// Of the calling thread: /proc/self would be the main thread's.
constexpr const char* kHere = "/proc/thread-self/ns/net";

bool IsSame(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool IsSameFile(int one, int other) {
  struct stat first, second;
  return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 && IsSame(first, second);
}

}  // namespace

// A thread begins where its maker was.
Place::Place(int home) : home_(home) {
  const UniqueFd here(::open(kHere, O_RDONLY | O_CLOEXEC));
  at_home_ = here && IsSameFile(home_, here.get());
}

void Place::MarkIfHome(Namespace& opened) const {
  opened.is_home = IsSameFile(home_, opened.fd.get());
}

void Place::Enter(const Namespace& target) {
  if (inside_ == &target) return;
  if (target.is_home) {
    GoHome();
    if (at_home_) return;
  }
  if (::setns(target.fd.get(), CLONE_NEWNET) < 0) ThrowErrno("setns");
  at_home_ = false;
  inside_ = &target;
}

bool Place::GoHome() {
  if (at_home_) return true;
  inside_ = nullptr;
  at_home_ = ::setns(home_, CLONE_NEWNET) == 0;
  return at_home_;
}

std::unique_ptr<socket::NetlinkSocket> Place::Create(Namespace& created, const std::string& pin) {
  // mknod(2) of a regular file: open(2) would want a close(2) too.
  if (!pin.empty() && ::mknod(pin.c_str(), S_IFREG | 0444, 0) < 0) ThrowErrno("mknod", pin);
  try {
    if (::unshare(CLONE_NEWNET) < 0) ThrowErrno("unshare", "CLONE_NEWNET");
    at_home_ = false;
    inside_ = nullptr;
    auto socket = std::make_unique<socket::NetlinkSocket>(NETLINK_ROUTE);
    created.fd = socket->NamespaceFile();
    created.is_home = false;
    inside_ = &created;
    if (pin.empty()) return socket;
    if (::mount(kHere, pin.c_str(), nullptr, MS_BIND, nullptr) < 0) ThrowErrno("mount", pin);
    created.pin = pin;
    return socket;
  } catch (...) {
    GoHome();
    created.fd = UniqueFd();
    if (!pin.empty()) ::unlink(pin.c_str());
    throw;
  }
}

UniqueFd OpenNamespaceFile(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));  // a FIFO would wait
  if (!fd) ThrowErrno("open", path);
  CheckIsNetworkNamespace(fd.get(), path);
  return fd;
}

void CheckIsNetworkNamespace(int fd, const std::string& what) {
  if (::ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
    throw SysError(EINVAL, "ioctl", what + " is not a network namespace");
  }
}

void Unpin(const Namespace& pinned) {
  struct stat ours, there;
  if (::fstat(pinned.fd.get(), &ours) < 0) ThrowErrno("fstat");
  if (::stat(pinned.pin.c_str(), &there) < 0) {
    if (errno == ENOENT) return;
    ThrowErrno("stat", pinned.pin);
  }
  if (!IsSame(ours, there)) {
    throw SysError(ESTALE, "umount2", pinned.pin + " is something else by now; it was left alone");
  }
  if (::umount2(pinned.pin.c_str(), MNT_DETACH) < 0) ThrowErrno("umount2", pinned.pin);
  if (::unlink(pinned.pin.c_str()) < 0 && errno != ENOENT) ThrowErrno("unlink", pinned.pin);
}

}  // namespace vethwork::ns
