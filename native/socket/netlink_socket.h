// Bytes <-> kernel: one netlink socket. Knows headers and acknowledgements, no attributes but those
// of an extended acknowledgement.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/sys_error.h"
#include "base/unique_fd.h"

namespace vethwork::socket {

using View = std::span<const uint8_t>;

// The kernel's answer to one message: 0, or what it refused and why (NETLINK_EXT_ACK).
struct Verdict {
  int error = 0;         // errno, positive
  std::string sentence;  // NLMSGERR_ATTR_MSG
  uint32_t offset = 0;   // NLMSGERR_ATTR_OFFS: where in our message; 0 where it is not said
};

// Stays in the namespace where it was opened, and may be used from any thread, one at a time.
class NetlinkSocket {
 public:
  // Opens in the namespace that the calling thread is in. `protocol`: NETLINK_ROUTE ...
  explicit NetlinkSocket(int protocol) : NetlinkSocket(protocol, NewStart()) {}
  // Its messages are numbered from behind `start`.
  NetlinkSocket(int protocol, uint32_t start);
  NetlinkSocket(const NetlinkSocket&) = delete;
  NetlinkSocket& operator=(const NetlinkSocket&) = delete;

  int fd() const { return fd_.get(); }
  int protocol() const { return protocol_; }
  // Never 0, which is no message's number.
  uint32_t NextSequence() { return ++sequence_ == 0 ? ++sequence_ : sequence_; }
  // SO_NETNS_COOKIE: names the namespace for as long as the machine runs (kernel 5.14).
  uint64_t NamespaceCookie() const;
  // The namespace's nsfs file (kernel 4.10): a third of what opening it under /proc costs.
  UniqueFd NamespaceFile() const;
  void JoinGroup(uint32_t group);
  // Hears of other namespaces too: those that have an id in the socket's own (kernel 4.2).
  void ListenToAllNamespaces();
  // Bytes of the kernel's queue for what has not been read yet; it counts its own overhead.
  void ResizeQueue(int bytes);
  // Tables of nftables with the flag "owner" go when the socket is closed (NFT_TABLE_F_OWNER).
  bool owns_tables() const { return owns_tables_; }
  void OwnTables() { owns_tables_ = true; }
  // Throws away what has come in: after an error, before the socket is used again.
  void Drain();

  // One sendmsg(2) with whole messages, of which at least the last asks for an acknowledgement.
  void Send(View messages);

  using OnMessage = std::function<void(uint32_t sequence, View message)>;
  using OnVerdict = std::function<void(uint32_t sequence, Verdict verdict)>;
  // Hands out what answers the messages numbered `first` to `last`, until `last` has its verdict.
  // The kernel answers inside sendmsg(2), so this never waits; an answer that is not there is lost
  // (ENOBUFS) or was never made (EPROTO). A socket that threw is to be closed.
  void Receive(uint32_t first, uint32_t last, const OnMessage& message, const OnVerdict& verdict);

  // Sends one transaction of nfnetlink and hands out all that the kernel answers, which it does
  // before sendmsg(2) returns. Throws EMSGSIZE before anything is sent where it does not fit. False
  // where answers were lost: the first of them are there even so, as of many refusals at once.
  bool Transact(View messages, const OnMessage& message, const OnVerdict& verdict);

  // Sends one NLM_F_DUMP request and hands out its parts. Throws SysError: EINTR with syscall
  // "dump" where the kernel says that the dump is inconsistent (NLM_F_DUMP_INTR): ask again.
  Verdict Dump(View request, uint32_t sequence, const OnMessage& message);

  // Waits until something has come in; false when `wake` is readable and nothing has.
  bool Wait(int wake);
  // One datagram of what has come in, without waiting; false where nothing has. Multicasts have
  // the number 0.
  bool ReceiveSome(const OnMessage& message, const OnVerdict& verdict);

  using OnEvent = std::function<void(View message, std::optional<int> namespace_id)>;
  // One datagram of multicasts, without waiting; false where nothing has come in. Throws ENOBUFS
  // where the kernel has dropped some, before what it had queued until then is handed out.
  bool ReceiveEvents(const OnEvent& event);

 private:
  // Far from that of any other socket: where a pair of links goes, the kernel tells of each end in
  // that end's own namespace, with the port id and number of whoever asked. Port ids are the same
  // in several namespaces, so the numbers must not be.
  static uint32_t NewStart();

  // Valid until this thread receives again, by whatever socket. Empty where nothing has come in.
  View ReceiveDatagram(std::optional<int>* namespace_id = nullptr);

  uint32_t PortId();

  UniqueFd fd_;
  int protocol_;
  uint32_t sequence_;
  bool owns_tables_ = false;
  uint32_t port_id_ = 0;  // 0 until it was asked for; the kernel gives it at the first send
};

}  // namespace vethwork::socket
