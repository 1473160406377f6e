#include "socket/netlink_socket.h"

#include <linux/netlink.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <limits>
#include <memory>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71  // include/uapi/asm-generic/socket.h, since 5.14
#endif

namespace vethwork::socket {
namespace {

// Up to 32 KiB a datagram of a dump; but one link with its altnames may take 67 KB.
constexpr size_t kReceiveBytes = 120 * 1024;
constexpr int kReceiveQueue = 4 * 1024 * 1024;  // acks of a batch, echoes, multicasts

// The thread's own, until it receives again. Not the socket's: thousands are open, few are read
// from at a time. Not made for each answer: malloc(3) would give so much back to the kernel each
// time, with an interrupt of every CPU that runs a thread of this process.
uint8_t* Buffer() {
  thread_local const auto buffer = std::make_unique_for_overwrite<uint8_t[]>(kReceiveBytes);
  return buffer.get();
}

constexpr size_t Align(size_t length) { return (length + 3) & ~size_t{3}; }

void Enable(int fd, int option) {
  const int on = 1;
  if (::setsockopt(fd, SOL_NETLINK, option, &on, sizeof on) < 0) {
    ThrowErrno("setsockopt", "netlink option " + std::to_string(option));
  }
}

// The kernel takes a message only whole (netlink_sendmsg()): its buffer has to hold all of it.
void MakeRoom(int fd, size_t bytes) {
  constexpr size_t kOverhead = 32;
  constexpr size_t kMost = size_t{1} << 30;
  const auto room = [fd] {
    int size = 0;
    socklen_t length = sizeof size;
    if (::getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &length) < 0) ThrowErrno("getsockopt");
    return static_cast<size_t>(size) - kOverhead;
  };
  if (bytes <= room()) return;
  const int wanted = static_cast<int>(std::min(bytes + kOverhead, kMost));
  // FORCE wants CAP_NET_ADMIN in the first user namespace; elsewhere net.core.wmem_max bounds it.
  if (::setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof wanted) < 0) {
    ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
  }
  if (bytes <= room()) return;
  throw SysError(EMSGSIZE, "sendmsg",
                 std::to_string(bytes) + " bytes in one transaction; the socket takes " +
                     std::to_string(room()));
}

// nlmsgerr, then, with NETLINK_CAP_ACK, the attributes of the extended acknowledgement.
Verdict ReadVerdict(View message) {
  if (message.size() < NLMSG_HDRLEN + sizeof(int)) throw SysError(EPROTO, "recvmsg", "short ack");
  nlmsghdr header;
  int error = 0;
  std::memcpy(&header, message.data(), sizeof header);
  std::memcpy(&error, message.data() + NLMSG_HDRLEN, sizeof error);
  Verdict verdict;
  verdict.error = -std::max(error, -std::numeric_limits<int>::max());
  const size_t start = header.nlmsg_type == NLMSG_DONE ? Align(NLMSG_HDRLEN + sizeof(int))
                                                       : NLMSG_HDRLEN + sizeof(nlmsgerr);
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0 || message.size() < start) return verdict;
  View left = message.subspan(start);
  nlattr attribute;
  while (left.size() >= sizeof attribute) {
    std::memcpy(&attribute, left.data(), sizeof attribute);
    if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > left.size()) break;
    const View payload = left.subspan(NLA_HDRLEN, attribute.nla_len - size_t{NLA_HDRLEN});
    if (attribute.nla_type == NLMSGERR_ATTR_MSG) {
      const auto* text = reinterpret_cast<const char*>(payload.data());
      verdict.sentence.assign(text, strnlen(text, payload.size()));
    } else if (attribute.nla_type == NLMSGERR_ATTR_OFFS && payload.size() >= sizeof(uint32_t)) {
      std::memcpy(&verdict.offset, payload.data(), sizeof verdict.offset);
    }
    if (Align(attribute.nla_len) >= left.size()) break;
    left = left.subspan(Align(attribute.nla_len));
  }
  return verdict;
}

// Calls `each(header, message)` for the messages of one datagram; false from it ends the walk.
template <typename Each>
void ForEachMessage(View datagram, Each each) {
  nlmsghdr header;
  while (datagram.size() >= sizeof header) {
    std::memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) {
      throw SysError(EPROTO, "recvmsg", "a message that does not fit its datagram");
    }
    if (!each(header, datagram.first(header.nlmsg_len))) return;
    const size_t step = Align(header.nlmsg_len);
    datagram = step >= datagram.size() ? View{} : datagram.subspan(step);
  }
}

// Whose event it is, where that is not the socket's own namespace (NETLINK_LISTEN_ALL_NSID).
std::optional<int> NamespaceIdOf(msghdr& header) {
  for (cmsghdr* one = CMSG_FIRSTHDR(&header); one; one = CMSG_NXTHDR(&header, one)) {
    if (one->cmsg_level != SOL_NETLINK || one->cmsg_type != NETLINK_LISTEN_ALL_NSID) continue;
    int id = -1;
    std::memcpy(&id, CMSG_DATA(one), sizeof id);
    return id;
  }
  return std::nullopt;
}

}  // namespace

// Steps of the golden ratio spread evenly, however many there are. Below 2^31: no socket lives to
// see its numbers wrap.
uint32_t NetlinkSocket::NewStart() {
  static std::atomic<uint32_t> next{
      static_cast<uint32_t>(std::chrono::steady_clock::now().time_since_epoch().count())};
  return next.fetch_add(0x9E3779B1U, std::memory_order_relaxed) >> 1;
}

NetlinkSocket::NetlinkSocket(int protocol, uint32_t start)
    : fd_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)),
      protocol_(protocol),
      sequence_(start) {
  if (!fd_) ThrowErrno("socket", "AF_NETLINK");
  Enable(fd_.get(), NETLINK_EXT_ACK);
  Enable(fd_.get(), NETLINK_CAP_ACK);
  Enable(fd_.get(), NETLINK_GET_STRICT_CHK);
  ResizeQueue(kReceiveQueue);
}

void NetlinkSocket::ResizeQueue(int bytes) {
  // FORCE wants CAP_NET_ADMIN in the first user namespace; elsewhere net.core.rmem_max bounds it.
  if (::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0) {
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
}

void NetlinkSocket::ListenToAllNamespaces() { Enable(fd_.get(), NETLINK_LISTEN_ALL_NSID); }

// Answers carry our port id, multicasts that of whoever caused them.
uint32_t NetlinkSocket::PortId() {
  if (port_id_ != 0) return port_id_;
  sockaddr_nl name{};
  socklen_t length = sizeof name;
  if (::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&name), &length) < 0) {
    ThrowErrno("getsockname", "AF_NETLINK");
  }
  return port_id_ = name.nl_pid;
}

uint64_t NetlinkSocket::NamespaceCookie() const {
  uint64_t cookie = 0;
  socklen_t length = sizeof cookie;
  if (::getsockopt(fd_.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) < 0) {
    ThrowErrno("getsockopt", "SO_NETNS_COOKIE (Linux 5.14 or newer)");
  }
  return cookie;
}

UniqueFd NetlinkSocket::NamespaceFile() const {
  UniqueFd file(::ioctl(fd_.get(), SIOCGSKNS));
  if (!file) ThrowErrno("ioctl", "SIOCGSKNS");
  return file;
}

// A socket without a port id, 0, is passed over by multicasts that name nobody to pass over, with 0
// (do_one_broadcast() in net/netlink/af_netlink.c). A send would bind it, but a listener sends
// nothing.
void NetlinkSocket::JoinGroup(uint32_t group) {
  sockaddr_nl any{};
  any.nl_family = AF_NETLINK;
  if (port_id_ == 0 && ::bind(fd_.get(), reinterpret_cast<sockaddr*>(&any), sizeof any) < 0) {
    ThrowErrno("bind", "AF_NETLINK");
  }
  PortId();
  if (::setsockopt(fd_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0) {
    ThrowErrno("setsockopt", "NETLINK_ADD_MEMBERSHIP");
  }
}

void NetlinkSocket::Drain() {
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), Buffer(), kReceiveBytes, MSG_DONTWAIT);
    if (got < 0 && errno != EINTR && errno != ENOBUFS) return;
  }
}

void NetlinkSocket::Send(View messages) {
  ssize_t sent = 0;
  do {
    sent = ::send(fd_.get(), messages.data(), messages.size(), 0);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) ThrowErrno("sendmsg", std::to_string(messages.size()) + " bytes");
}

View NetlinkSocket::ReceiveDatagram(std::optional<int>* namespace_id) {
  uint8_t* const buffer = Buffer();
  sockaddr_nl from{};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  iovec part = {.iov_base = buffer, .iov_len = kReceiveBytes};
  msghdr header{};
  header.msg_name = &from;
  header.msg_namelen = sizeof from;
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  for (;;) {
    header.msg_control = namespace_id ? control : nullptr;
    header.msg_controllen = namespace_id ? sizeof control : 0;
    const ssize_t got = ::recvmsg(fd_.get(), &header, MSG_DONTWAIT);
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return {};
      ThrowErrno("recvmsg", errno == ENOBUFS ? "answers were lost" : "");
    }
    if (header.msg_flags & MSG_TRUNC) throw SysError(EMSGSIZE, "recvmsg", "a datagram was cut");
    if (from.nl_pid != 0) continue;  // another process wrote to us: never the kernel's answer
    if (namespace_id) *namespace_id = NamespaceIdOf(header);
    return {buffer, static_cast<size_t>(got)};
  }
}

void NetlinkSocket::Receive(uint32_t first, uint32_t last, const OnMessage& message,
                            const OnVerdict& verdict) {
  bool ended = false;
  while (!ended) {
    const View datagram = ReceiveDatagram();
    if (datagram.empty()) throw SysError(EPROTO, "recvmsg", "the kernel gave no answer");
    ForEachMessage(datagram, [&](const nlmsghdr& header, View one) {
      // Serial arithmetic: numbers may wrap. What answers somebody else's messages is skipped.
      if (header.nlmsg_pid != PortId() || header.nlmsg_seq - first > last - first) return true;
      if (header.nlmsg_type == NLMSG_ERROR) {
        verdict(header.nlmsg_seq, ReadVerdict(one));
        ended = ended || header.nlmsg_seq == last;
      } else if (header.nlmsg_type >= NLMSG_MIN_TYPE) {
        message(header.nlmsg_seq, one);
      }
      return true;
    });
  }
}

bool NetlinkSocket::Transact(View messages, const OnMessage& message, const OnVerdict& verdict) {
  MakeRoom(fd_.get(), messages.size());
  Send(messages);
  bool whole = true;
  for (bool more = true; more;) {
    try {
      more = ReceiveSome(message, verdict);
    } catch (const SysError& error) {
      if (error.number != ENOBUFS) throw;
      whole = false;  // said once, before what came in first
    }
  }
  return whole;
}

Verdict NetlinkSocket::Dump(View request, uint32_t sequence, const OnMessage& message) {
  Send(request);
  bool interrupted = false, ended = false;
  Verdict verdict;
  while (!ended) {
    const View datagram = ReceiveDatagram();
    if (datagram.empty()) throw SysError(EPROTO, "recvmsg", "a dump without an end");
    ForEachMessage(datagram, [&](const nlmsghdr& header, View one) {
      if (header.nlmsg_pid != PortId() || header.nlmsg_seq != sequence) return true;
      interrupted = interrupted || (header.nlmsg_flags & NLM_F_DUMP_INTR);
      if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
        verdict = ReadVerdict(one);
        ended = true;
        return false;
      }
      if (header.nlmsg_type >= NLMSG_MIN_TYPE) message(sequence, one);
      return true;
    });
  }
  if (interrupted) throw SysError(EINTR, "dump", "the kernel's tables changed meanwhile");
  return verdict;
}

bool NetlinkSocket::Wait(int wake) {
  pollfd ready[2] = {{fd_.get(), POLLIN, 0}, {wake, POLLIN, 0}};
  for (;;) {
    if (::poll(ready, 2, -1) >= 0) return ready[0].revents != 0;
    if (errno != EINTR) ThrowErrno("poll");
  }
}

bool NetlinkSocket::ReceiveSome(const OnMessage& message, const OnVerdict& verdict) {
  const View datagram = ReceiveDatagram();
  if (datagram.empty()) return false;
  ForEachMessage(datagram, [&](const nlmsghdr& header, View one) {
    const uint32_t sequence = header.nlmsg_pid == PortId() ? header.nlmsg_seq : 0;
    if (header.nlmsg_type == NLMSG_ERROR) {
      verdict(sequence, ReadVerdict(one));
    } else if (header.nlmsg_type >= NLMSG_MIN_TYPE) {
      message(sequence, one);
    }
    return true;
  });
  return true;
}

bool NetlinkSocket::ReceiveEvents(const OnEvent& event) {
  std::optional<int> namespace_id;
  const View datagram = ReceiveDatagram(&namespace_id);
  if (datagram.empty()) return false;
  ForEachMessage(datagram, [&](const nlmsghdr& header, View one) {
    if (header.nlmsg_type >= NLMSG_MIN_TYPE) event(one, namespace_id);
    return true;
  });
  return true;
}

}  // namespace vethwork::socket
