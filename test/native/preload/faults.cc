// Preloaded into a process under test (LD_PRELOAD): counts what it asks of the kernel, and at the
// n-th of these ends it as kill -9 would, or has the kernel refuse. What counts: each netlink
// message that is no question, each call that makes, mounts or removes something, and each write to
// a file of a store. Nothing counts before the process looks for /faults/begin, nor after
// /faults/end.
//
// FAULTS_KILL=n: kills at the n-th, before it is done; of a send, what stands before it goes.
//
// FAULTS_REFUSE=n:errno: the n-th, writes to a store not counted, is refused once, with this errno;
// with FAULTS_STORE=1 of the writes to a store alone.
//
// FAULTS_COUNT=path: how many there were, and of what kind, is written there at /faults/end.

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace {

template <typename Call>
Call Real(const char* name) {
  return reinterpret_cast<Call>(dlsym(RTLD_NEXT, name));
}
#define REAL(name) static const auto real = Real<decltype(&name)>(#name)

std::atomic<bool> counting{false};
std::mutex mutex;  // guards all below
int counted = 0;
std::map<std::string, int> kinds;
std::map<int, std::vector<std::string>> refusals;  // answers that a socket is to be given first

int Number(const char* name) {
  const char* text = getenv(name);
  return text == nullptr ? 0 : atoi(text);
}
int RefusedErrno() {
  const char* text = getenv("FAULTS_REFUSE");
  const char* colon = text == nullptr ? nullptr : strchr(text, ':');
  return colon == nullptr ? 0 : atoi(colon + 1);
}

void Die() {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

// Whether this one, the next, is to be refused. Dies where it is to die.
bool Count(const std::string& kind) {
  if (!counting) return false;
  const bool refusing = getenv("FAULTS_REFUSE") != nullptr;
  const bool stores = getenv("FAULTS_STORE") != nullptr;
  if (refusing && (kind == "store") != stores) return false;
  const std::lock_guard lock(mutex);
  counted++;
  kinds[kind]++;
  if (counted == Number("FAULTS_KILL")) Die();
  return counted == Number("FAULTS_REFUSE");
}

void End() {
  counting = false;
  const char* path = getenv("FAULTS_COUNT");
  if (path == nullptr) return;
  FILE* file = fopen(path, "we");
  if (file == nullptr) return;
  const std::lock_guard lock(mutex);
  fprintf(file, "{\"count\":%d,\"kinds\":{", counted);
  const char* comma = "";
  for (const auto& [kind, number] : kinds) {
    fprintf(file, "%s\"%s\":%d", comma, kind.c_str(), number);
    comma = ",";
  }
  fprintf(file, "}}\n");
  fclose(file);
}

void Look(const char* path) {
  if (strcmp(path, "/faults/begin") == 0) counting = true;
  if (strcmp(path, "/faults/end") == 0) End();
}

bool IsNetlink(int fd) {
  int domain = 0;
  socklen_t length = sizeof domain;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_NETLINK;
}

// Questions change nothing: RTM_GET* is every fourth type and the third of its four.
bool IsQuestion(const nlmsghdr& header, int protocol) {
  if ((header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) return true;
  return protocol == NETLINK_ROUTE && header.nlmsg_type % 4 == 2;
}

int ProtocolOf(int fd) {
  int protocol = 0;
  socklen_t length = sizeof protocol;
  getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length);
  return protocol;
}

uint32_t PortOf(int fd) {
  sockaddr_nl name = {};
  socklen_t length = sizeof name;
  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length);
  return name.nl_pid;
}

std::string RefusalOf(const nlmsghdr& request, uint32_t port) {
  struct {
    nlmsghdr header;
    nlmsgerr error;
  } answer = {};
  answer.header.nlmsg_len = sizeof answer;
  answer.header.nlmsg_type = NLMSG_ERROR;
  answer.header.nlmsg_flags = NLM_F_CAPPED;
  answer.header.nlmsg_seq = request.nlmsg_seq;
  answer.header.nlmsg_pid = port;
  answer.error.error = -RefusedErrno();
  answer.error.msg = request;
  return std::string(reinterpret_cast<const char*>(&answer), sizeof answer);
}

bool IsOfStore(int fd) {
  char link[64], path[512];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t got = readlink(link, path, sizeof path - 1);
  if (got <= 0) return false;
  path[got] = 0;
  return strstr(path, ".mdb") != nullptr || strstr(path, ".lmdb") != nullptr;
}

}  // namespace

extern "C" {

int access(const char* path, int mode) {
  REAL(access);
  Look(path);
  return real(path, mode);
}

ssize_t send(int fd, const void* data, size_t size, int flags) {
  REAL(send);
  if (!counting || !IsNetlink(fd)) return real(fd, data, size, flags);
  const auto* bytes = static_cast<const char*>(data);
  const int protocol = ProtocolOf(fd);
  std::string rest;
  bool refused = false;
  for (size_t at = 0; at + sizeof(nlmsghdr) <= size;) {
    nlmsghdr header;
    memcpy(&header, bytes + at, sizeof header);
    const size_t step = NLMSG_ALIGN(header.nlmsg_len);
    if (header.nlmsg_len < sizeof header || at + header.nlmsg_len > size) break;
    bool refuse = false;
    if (!IsQuestion(header, protocol)) {
      // What stands before it in the same send is done: it is sent before the end.
      if (counted + 1 == Number("FAULTS_KILL") && !rest.empty()) {
        real(fd, rest.data(), rest.size(), flags);
      }
      refuse = Count("netlink");
    }
    if (refuse) {
      refused = true;
      if (!rest.empty()) real(fd, rest.data(), rest.size(), flags);
      rest.clear();
      const std::lock_guard lock(mutex);
      refusals[fd].push_back(RefusalOf(header, PortOf(fd)));
    } else {
      rest.append(bytes + at, at + step <= size ? step : size - at);
    }
    at += step;
  }
  if (!refused) return real(fd, data, size, flags);
  if (!rest.empty() && real(fd, rest.data(), rest.size(), flags) < 0) return -1;
  return static_cast<ssize_t>(size);
}

ssize_t recvmsg(int fd, msghdr* header, int flags) {
  REAL(recvmsg);
  {
    const std::lock_guard lock(mutex);
    const auto found = refusals.find(fd);
    if (found != refusals.end() && !found->second.empty() && header->msg_iovlen > 0) {
      const std::string answer = found->second.front();
      found->second.erase(found->second.begin());
      memcpy(header->msg_iov[0].iov_base, answer.data(), answer.size());
      if (header->msg_name != nullptr) memset(header->msg_name, 0, header->msg_namelen);
      header->msg_controllen = 0;
      header->msg_flags = 0;
      return static_cast<ssize_t>(answer.size());
    }
  }
  return real(fd, header, flags);
}

// A call that makes or removes something, refused as the kernel would.
#define COUNTED(name, declaration, arguments, when)                \
  int name declaration {                                           \
    REAL(name);                                                    \
    if ((when) && Count(#name)) return errno = RefusedErrno(), -1; \
    return real arguments;                                         \
  }

COUNTED(unshare, (int flags), (flags), true)
COUNTED(mount,
        (const char* source, const char* target, const char* type, unsigned long flags,
         const void* data),
        (source, target, type, flags, data), true)
COUNTED(umount2, (const char* target, int flags), (target, flags), true)
COUNTED(unlink, (const char* path), (path), true)
COUNTED(rmdir, (const char* path), (path), true)
COUNTED(mkdir, (const char* path, mode_t mode), (path, mode), true)

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  REAL(pwrite64);
  if (counting && IsOfStore(fd) && Count("store")) return errno = RefusedErrno(), -1;
  return real(fd, data, size, at);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  REAL(pwrite);
  if (counting && IsOfStore(fd) && Count("store")) return errno = RefusedErrno(), -1;
  return real(fd, data, size, at);
}

ssize_t writev(int fd, const iovec* parts, int count) {
  REAL(writev);
  if (counting && IsOfStore(fd) && Count("store")) return errno = RefusedErrno(), -1;
  return real(fd, parts, count);
}

ssize_t pwritev64(int fd, const iovec* parts, int count, off64_t at) {
  REAL(pwritev64);
  if (counting && IsOfStore(fd) && Count("store")) return errno = RefusedErrno(), -1;
  return real(fd, parts, count, at);
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t at) {
  REAL(pwritev);
  if (counting && IsOfStore(fd) && Count("store")) return errno = RefusedErrno(), -1;
  return real(fd, parts, count, at);
}

}  // extern "C"
