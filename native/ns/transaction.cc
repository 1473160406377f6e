#include "ns/transaction.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <cstring>

#include "codec/wire.h"
#include "ns/fields.h"

namespace vethwork::ns {
namespace {

struct Sent {
  const codec::MessageType* type;
  size_t start;
  size_t length;
};

template <typename T>
void Append(codec::Bytes& out, const T& bytes) {
  const auto* first = reinterpret_cast<const uint8_t*>(&bytes);
  out.insert(out.end(), first, first + sizeof bytes);
}

// NFNL_MSG_BATCH_BEGIN or _END (include/uapi/linux/netfilter/nfnetlink.h).
void AppendMark(codec::Bytes& out, uint16_t type, uint32_t sequence,
                std::optional<uint32_t> generation) {
  const nlattr attribute = {.nla_len = NLA_HDRLEN + sizeof(uint32_t), .nla_type = NFNL_BATCH_GENID};
  const size_t size = NLMSG_HDRLEN + sizeof(nfgenmsg) + (generation ? attribute.nla_len : 0);
  Append(out, nlmsghdr{.nlmsg_len = static_cast<uint32_t>(size),
                       .nlmsg_type = type,
                       .nlmsg_flags = NLM_F_REQUEST,
                       .nlmsg_seq = sequence,
                       .nlmsg_pid = 0});
  Append(out, nfgenmsg{.nfgen_family = NFPROTO_UNSPEC,
                       .version = NFNETLINK_V0,
                       .res_id = htons(NFNL_SUBSYS_NFTABLES)});
  if (!generation) return;
  Append(out, attribute);
  Append(out, htonl(*generation));
}

}  // namespace

std::vector<Answers> Transact(socket::NetlinkSocket& socket, codec::Resolver& resolver,
                              const codec::Array& messages, std::optional<uint32_t> generation) {
  codec::Bytes batch;
  std::vector<Sent> sent;
  std::vector<Answers> answers(messages.size());
  const uint32_t begin = socket.NextSequence();
  uint32_t last = begin;
  AppendMark(batch, NFNL_MSG_BATCH_BEGIN, begin, generation);
  for (size_t i = 0; i < messages.size(); i++) {
    try {
      const codec::MessageType& type = codec::TypeOf(messages[i]);
      const codec::Bytes bytes = codec::Encode(messages[i], last = socket.NextSequence(), resolver);
      answers[i].origin = type.origin;
      batch.resize(codec::Align(batch.size()));
      sent.push_back({&type, batch.size(), bytes.size()});
      batch.insert(batch.end(), bytes.begin(), bytes.end());
    } catch (SysError& error) {
      error.message = static_cast<int>(i);
      throw;
    }
  }
  if (sent.empty()) return answers;
  // Acknowledged whether or not others are refused, so an answer there is in any case but one:
  // where the kernel does not even begin, which it says of the first message.
  auto* header = reinterpret_cast<nlmsghdr*>(batch.data() + sent.back().start);
  header->nlmsg_flags |= NLM_F_ACK;
  batch.resize(codec::Align(batch.size()));
  AppendMark(batch, NFNL_MSG_BATCH_END, socket.NextSequence(), std::nullopt);

  std::optional<SysError> refused;
  bool answered = false;
  const bool whole = socket.Transact(
      batch,
      [&](uint32_t sequence, socket::View message) {
        const uint32_t position = sequence - begin - 1;
        if (sequence == 0 || position >= answers.size()) return;
        answers[position].replies.emplace_back(message.begin(), message.end());
      },
      [&](uint32_t sequence, const socket::Verdict& verdict) {
        const uint32_t position = sequence - begin - 1;
        answered = true;
        if (verdict.error == 0 || refused) return;
        if (position >= sent.size()) {
          refused = SysError(verdict.error, "NFNL_MSG_BATCH_BEGIN");
          refused->extack = verdict.sentence;
          return;
        }
        const Sent& one = sent[position];
        refused = Refusal(verdict, *one.type, codec::View(batch).subspan(one.start, one.length));
        refused->message = static_cast<int>(position);
      });
  if (refused) throw *refused;
  if (!whole) throw SysError(ENOBUFS, "recvmsg", "answers were lost");
  if (!answered) throw SysError(EPROTO, "recvmsg", "the kernel gave no answer");
  return answers;
}

bool MakesOwner(const codec::Array& messages) {
  for (const codec::Value& message : messages) {
    const codec::Value* attributes = message.Find("attributes");
    const codec::Value* flags = attributes ? attributes->Find("flags") : nullptr;
    if (View(message, "type") != "NFT_MSG_NEWTABLE" || !flags || !flags->List()) continue;
    for (const codec::Value& flag : *flags->List()) {
      if (flag.String() && *flag.String() == "owner") return true;
    }
  }
  return false;
}

}  // namespace vethwork::ns
