#include "ns/request.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cstring>

#include "codec/rtnl/tables.h"
#include "codec/wire.h"

namespace vethwork::ns {
namespace {

// 30 to 300 messages, 2 to 20 KB a send are the kernel's best; and all the answers of one send must
// fit the receive queue (at least 208 KiB, about 1.3 KiB an error, 2.5 KiB an echo).
constexpr size_t kMostMessages = 64;
constexpr size_t kMostBytes = 16 * 1024;

void SetFlags(codec::Bytes& batch, size_t start, uint16_t flags) {
  nlmsghdr header;
  std::memcpy(&header, batch.data() + start, sizeof header);
  header.nlmsg_flags = static_cast<uint16_t>(header.nlmsg_flags | flags);
  std::memcpy(batch.data() + start, &header, sizeof header);
}

bool Holds(const codec::Value* list, std::string_view word) {
  if (!list || !list->List()) return false;
  for (const codec::Value& entry : *list->List()) {
    if (entry.String() && *entry.String() == word) return true;
  }
  return false;
}

bool MakesLink(const codec::MessageType& type, const codec::Value& message) {
  return type.number == RTM_NEWLINK && type.table == &codec::rtnl::kLink &&
         Holds(message.Find("flags"), "create");
}

// The name of the link that this message makes and wants to have echoed, or nothing.
std::string EchoedLink(const codec::MessageType& type, const codec::Value& message) {
  if (type.number != RTM_NEWLINK || !Holds(message.Find("flags"), "echo")) return {};
  const codec::Value* attributes = message.Find("attributes");
  const codec::Value* name = attributes ? attributes->Find("ifname") : nullptr;
  return name && name->String() ? std::string(*name->String()) : std::string();
}

}  // namespace

int ProtocolNumber(const codec::Origin& origin) {
  switch (origin.protocol) {
    case codec::Protocol::kRoute:
      return NETLINK_ROUTE;
    case codec::Protocol::kNetfilter:
      return NETLINK_NETFILTER;
    case codec::Protocol::kGeneric:
      return NETLINK_GENERIC;
  }
  return -1;
}

SysError Refusal(const socket::Verdict& verdict, const codec::MessageType& type,
                 codec::View message) {
  SysError error(verdict.error, std::string(type.name));
  error.extack = verdict.sentence;
  if (verdict.offset != 0) error.attribute = codec::Locate(message, type.origin, verdict.offset);
  return error;
}

void Requester::Run(const codec::Array& messages) {
  answers_.resize(messages.size());
  for (size_t i = 0; i < messages.size(); i++) AppendOrRefuse(i, messages[i], nullptr);
  Flush();
}

void Requester::RunRows(const codec::Value& message, const codec::Array& rows) {
  answers_.resize(rows.size());
  for (size_t i = 0; i < rows.size(); i++) {
    if (!rows[i].List()) throw SysError(EINVAL, "job", "has a row that is no list");
    AppendOrRefuse(i, message, rows[i].List());
  }
  Flush();
}

void Requester::AppendOrRefuse(size_t position, const codec::Value& message,
                               const codec::Array* row) {
  try {
    Append(position, message, row);
  } catch (SysError& error) {
    if (error.message < 0) error.message = static_cast<int>(position);
    if (!independent_ || spoiled_) throw;
    answers_[position].error = error;
  }
  if (sent_.size() >= kMostMessages || batch_.size() >= kMostBytes) Flush();
}

void Requester::Append(size_t position, const codec::Value& message, const codec::Array* row) {
  const codec::MessageType& type = codec::TypeOf(message);
  if (ProtocolNumber(type.origin) != socket_.protocol()) {
    throw SysError(EINVAL, std::string(type.name), "is of another protocol than its step");
  }
  answers_[position].origin = type.origin;
  std::string echoed = EchoedLink(type, message);
  // The kernel goes on behind a message that it refused. What a later message of the same send made
  // would be left behind, so a link is made only when all before it went well.
  if (!independent_ && MakesLink(type, message)) Flush();
  const codec::Bytes bytes = codec::Encode(message, 0, *this, row);  // may flush what is before it
  const size_t start = codec::Align(batch_.size());
  batch_.resize(start);
  batch_.insert(batch_.end(), bytes.begin(), bytes.end());
  if (type.table == &codec::rtnl::kLink) {
    unsent_links_ = true;
    names_.clear();
  }
  sent_.push_back({position, &type, start, bytes.size(), std::move(echoed)});
}

// Numbers the messages, one after another: look-ups by name, which have numbers too, come between
// the encoding of two of them.
void Requester::Number() {
  for (const Sent& one : sent_) {
    const uint32_t sequence = socket_.NextSequence();
    if (&one == &sent_.front()) first_ = sequence;
    std::memcpy(batch_.data() + one.start + offsetof(nlmsghdr, nlmsg_seq), &sequence,
                sizeof sequence);
  }
}

void Requester::Flush() {
  if (sent_.empty()) return;
  Number();
  SetFlags(batch_, sent_.back().start, NLM_F_ACK);
  try {
    Exchange();
    LookUpUnechoed();
  } catch (SysError& error) {
    spoiled_ = true;
    error.message = static_cast<int>(sent_.back().message);
    throw;
  }
  unsent_links_ = false;
  const std::vector<Sent> sent = std::move(sent_);
  sent_.clear();
  batch_.clear();
  if (independent_) return;
  for (const Sent& one : sent) {
    if (!answers_[one.message].error) continue;
    SysError error = *answers_[one.message].error;
    error.message = static_cast<int>(one.message);
    throw error;
  }
}

void Requester::Exchange() {
  const auto last = first_ + static_cast<uint32_t>(sent_.size()) - 1;
  socket_.Send(batch_);
  socket_.Receive(
      first_, last,
      [this](uint32_t sequence, socket::View message) {
        answers_[sent_[sequence - first_].message].replies.emplace_back(message.begin(),
                                                                        message.end());
      },
      [this](uint32_t sequence, const socket::Verdict& verdict) {
        if (verdict.error == 0) return;
        const Sent& one = sent_[sequence - first_];
        const codec::View message = codec::View(batch_).subspan(one.start, one.length);
        answers_[one.message].error = Refusal(verdict, *one.type, message);
      });
}

uint32_t Requester::Result(const codec::Value& reference) {
  if (IsUnsent(reference)) Flush();
  return outside_.result(reference);
}

bool Requester::IsUnsent(const codec::Value& reference) const {
  const codec::Value* of = reference.Find("of");
  const codec::Array* parts = of ? of->List() : nullptr;
  if (parts == nullptr || parts->size() != 2) return false;  // whoever reads it will refuse it
  const double* step = (*parts)[0].Number();
  const double* message = (*parts)[1].Number();
  if (!step || !message || *step != static_cast<double>(step_) || sent_.empty()) return false;
  return *message >= static_cast<double>(sent_.front().message);
}

uint32_t Requester::LinkIndex(const std::string& name) {
  if (socket_.protocol() != NETLINK_ROUTE) {
    throw SysError(EINVAL, "encode", name + " stands where this protocol needs an index");
  }
  if (const auto known = names_.find(name); known != names_.end()) return known->second;
  if (unsent_links_) Flush();
  const uint32_t index = *codec::FindNumber(GetLink(name), {}, "index");
  names_[name] = index;
  return index;
}

// Before 6.2 the kernel echoes no link that it made (eff1744e6214): ask by the name that is ours.
void Requester::LookUpUnechoed() {
  for (const Sent& one : sent_) {
    Answers& answers = answers_[one.message];
    answers.made = !one.echoed_link.empty() && !answers.error;
    if (one.echoed_link.empty() || answers.error || !answers.replies.empty()) continue;
    answers.replies.push_back(GetLink(one.echoed_link));
  }
}

// One RTM_GETLINK, 1.7 us; if_nametoindex(3) would ask in the thread's own namespace.
codec::Bytes Requester::GetLink(const std::string& name) {
  const char* attribute = name.size() < IFNAMSIZ ? "ifname" : "alt_ifname";
  using Text = std::string_view;
  const codec::Value message{
      codec::Object{{"type", {Text("RTM_GETLINK")}},
                    {"flags", {codec::Array{{Text("ack")}}}},
                    {"attributes",
                     {codec::Object{{attribute, {Text(name)}},
                                    {"ext_mask", {codec::Array{{Text("skip_stats")}}}}}}}}};
  return Ask(message, name, ENODEV);
}

uint16_t Requester::FamilyId(const codec::Family& family) {
  if (family.name == "nlctrl") return GENL_ID_CTRL;
  if (const auto known = outside_.families.Find(family.name)) return *known;
  using Text = std::string_view;
  const codec::Value message{
      codec::Object{{"type", {Text("CTRL_CMD_GETFAMILY")}},
                    {"flags", {codec::Array{{Text("ack")}}}},
                    {"attributes", {codec::Object{{"family_name", {Text(family.name)}}}}}}};
  const codec::Bytes reply = Ask(message, std::string(family.name), ENOENT);
  const auto number = codec::FindNumber(reply, codec::TypeOf(message).origin, "family_id");
  if (!number) throw SysError(EPROTO, "CTRL_CMD_GETFAMILY", std::string(family.name));
  outside_.families.Learn(family.name, static_cast<uint16_t>(*number));
  return static_cast<uint16_t>(*number);
}

// One small question between others. `absent`: what an answer without content means.
codec::Bytes Requester::Ask(const codec::Value& message, const std::string& what, int absent) {
  const codec::MessageType& type = codec::TypeOf(message);
  const uint32_t sequence = socket_.NextSequence();
  const codec::Bytes bytes = codec::Encode(message, sequence, *this);
  codec::Bytes reply;
  socket::Verdict refused;
  try {
    socket_.Send(bytes);
    socket_.Receive(
        sequence, sequence,
        [&](uint32_t, socket::View link) { reply.assign(link.begin(), link.end()); },
        [&](uint32_t, socket::Verdict verdict) { refused = std::move(verdict); });
  } catch (const SysError&) {
    spoiled_ = true;
    throw;
  }
  if (refused.error == 0 && !reply.empty()) return reply;
  SysError error = Refusal(refused, type, bytes);
  if (refused.error == 0) error.number = absent;
  error.detail = what;
  throw error;
}

}  // namespace vethwork::ns
