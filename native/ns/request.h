// One step of requests: many messages in few sendmsg(2).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/sys_error.h"
#include "codec/codec.h"
#include "ns/answers.h"
#include "ns/families.h"
#include "socket/netlink_socket.h"

namespace vethwork::ns {

// NETLINK_ROUTE ...
int ProtocolNumber(const codec::Origin& origin);

// The kernel's refusal of `message` as one error.
SysError Refusal(const socket::Verdict& verdict, const codec::MessageType& type,
                 codec::View message);

// Encodes and sends messages as late as possible: what an answer is needed for goes out first.
class Requester : public codec::Resolver {
 public:
  struct Outside {  // what the job knows and a request does not
    std::function<uint32_t(const codec::Value& reference)> result;
    std::function<uint32_t(uint32_t which)> namespace_fd;
    Families& families;
  };
  // `step` is the position of these messages' step in the job.
  Requester(socket::NetlinkSocket& socket, Outside outside, size_t step, bool independent)
      : socket_(socket), outside_(std::move(outside)), step_(step), independent_(independent) {}

  // Fills the answers, in the order of the messages. Unless independent, throws the first refusal,
  // with `message` set. A SysError with syscall "sendmsg" or "recvmsg" spoils the socket.
  void Run(const codec::Array& messages);
  // As many messages as there are rows, which say what stands for {"row": n} in `message`.
  void RunRows(const codec::Value& message, const codec::Array& rows);
  const std::vector<Answers>& answers() const { return answers_; }
  std::vector<Answers> TakeAnswers() { return std::move(answers_); }
  bool spoiled() const { return spoiled_; }

  uint32_t LinkIndex(const std::string& name) override;
  uint32_t Result(const codec::Value& reference) override;
  uint32_t NamespaceFd(uint32_t which) override { return outside_.namespace_fd(which); }
  uint16_t FamilyId(const codec::Family& family) override;

 private:
  struct Sent {
    size_t message;  // position in the step
    const codec::MessageType* type;
    size_t start;  // in batch_
    size_t length;
    std::string echoed_link;  // the name of a link that is made and to be echoed
  };
  bool IsUnsent(const codec::Value& reference) const;
  void AppendOrRefuse(size_t position, const codec::Value& message, const codec::Array* row);
  void Append(size_t position, const codec::Value& message, const codec::Array* row);
  void Number();
  void Flush();
  void Exchange();
  void LookUpUnechoed();
  codec::Bytes GetLink(const std::string& name);
  codec::Bytes Ask(const codec::Value& message, const std::string& what, int absent);

  socket::NetlinkSocket& socket_;
  Outside outside_;
  size_t step_;
  bool independent_;
  bool spoiled_ = false;
  codec::Bytes batch_;
  std::vector<Sent> sent_;
  uint32_t first_ = 0;  // sequence number of sent_[0]
  std::vector<Answers> answers_;
  bool unsent_links_ = false;                        // what is unsent may make or rename a link
  std::unordered_map<std::string, uint32_t> names_;  // indexes that were looked up since
};

}  // namespace vethwork::ns
