#include "ns/job.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <chrono>
#include <map>
#include <utility>

#include "codec/groups.h"
#include "codec/wire.h"
#include "ns/engine.h"
#include "ns/error_text.h"
#include "ns/hold.h"
#include "ns/inet_socket.h"
#include "ns/place.h"
#include "ns/request.h"
#include "ns/sysctl.h"
#include "ns/transaction.h"
#include "ns/tun.h"

namespace vethwork::ns {

namespace {

using codec::Value;

constexpr int kMostDumps = 5;

[[noreturn]] void Malformed(const char* what) { throw SysError(EINVAL, "job", what); }

using Clock = std::chrono::steady_clock;

uint64_t Microseconds(Clock::duration time) {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

class Job : public Progress {
 public:
  Job(Engine& engine, Task& task)
      : engine_(engine), task_(task), out_(task.result), began_(Clock::now()) {}

  // Goes on from where it was: to its end, or to a removal that is to be sent.
  std::shared_ptr<Removal> Run(Place& place) {
    place_ = &place;
    if (document_) {
      FinishRemoval();
      at_++;
    } else {
      Begin();
    }
    for (; at_ < answers_.size(); at_++) {
      out_.Comma();
      if (timed_) step_began_.push_back(Clock::now());
      Step((*steps_)[at_]);
      if (removal_) return removal_;
    }
    out_.Close(']');
    WriteTiming(out_);
    out_.Close('}');
    return nullptr;
  }

  void WriteTiming(codec::JsonWriter& out) const {
    if (!timed_) return;
    out.Key("timing");
    out.Open('{');
    out.Key("waitedUs");
    out.Unsigned(Microseconds(began_ - task_.submitted));
    out.Key("stepsUs");
    out.Open('[');
    for (size_t at = 0; at < step_began_.size(); at++) {
      const bool last = at + 1 == step_began_.size();
      out.Comma();
      out.Unsigned(Microseconds((last ? Clock::now() : step_began_[at + 1]) - step_began_[at]));
    }
    out.Close(']');
    out.Close('}');
  }

  int at() const { return static_cast<int>(at_); }

  // The links that this job has made, for the caller to undo: [[step, message, index], ...].
  void WriteMade(codec::JsonWriter& out) const {
    out.Open('[');
    for (size_t step = 0; step < answers_.size(); step++) {
      for (size_t message = 0; message < answers_[step].size(); message++) {
        const auto& replies = answers_[step][message].replies;
        const auto index = replies.empty() || !answers_[step][message].made
                               ? std::nullopt
                               : codec::FindNumber(replies.front(), {}, "index");
        if (!index) continue;
        out.Comma();
        out.Open('[');
        for (const uint64_t number : {uint64_t{step}, uint64_t{message}, uint64_t{*index}}) {
          out.Comma();
          out.Unsigned(number);
        }
        out.Close(']');
      }
    }
    out.Close(']');
  }

  void TakeDownCreated() {
    for (Namespace* created : created_) {
      engine_.sockets().Close(created);
      place_->Leave(*created);
      try {
        if (!created->pin.empty()) Unpin(*created);
      } catch (const SysError&) {
        // the first error is the one to tell; the pin is found by its path
      }
      created->fd = UniqueFd();
    }
  }

 private:
  void Begin() {
    const Value& text = document_.emplace(task_.text).root();
    const Value* steps = text.Find("steps");
    const Value* independent = text.Find("independent");
    const Value* timed = text.Find("timed");
    independent_ = independent && independent->Bool() && *independent->Bool();
    timed_ = timed && timed->Bool() && *timed->Bool();
    if (!steps || !steps->List()) Malformed("has no steps");
    steps_ = steps->List();
    answers_.resize(steps_->size());
    out_.Open('{');
    out_.Key("results");
    out_.Open('[');
  }

  void Step(const Value& step) {
    const std::string_view verb = View(step, "do");
    Namespace& in = Target(step);
    if (verb == "create") return Create(in, step);
    if (verb == "open") return Open(in, step);
    if (!in.IsOpen()) throw SysError(EBADF, "namespace", "it is closed");
    if (verb == "request" || verb == "rows") return Request(in, step, verb == "rows");
    if (verb == "transaction") return Transaction(in, step);
    if (verb == "dump") return Dump(in, step);
    if (verb == "remove") return Remove(in, step);
    if (verb == "sysctl") return Sysctl(in, step);
    if (verb == "socket") return OpenSocket(in, step);
    if (verb == "tun") return Tun(in, step);
    if (verb == "hold") return Hold(in, step);
    if (verb == "subscribe") return Subscribe(in, step);
    if (verb == "delete") return Delete(in, step);
    if (verb == "close") return Close(in);
    Malformed("has a step of an unknown kind");
  }

  static std::string_view View(const Value& step, const char* key) {
    const Value* value = step.Find(key);
    if (!value || !value->String()) Malformed(key);
    return *value->String();
  }
  static std::string Text(const Value& step, const char* key) {
    return std::string(View(step, key));
  }
  static uint32_t Integer(const Value& step, const char* key) {
    const Value* value = step.Find(key);
    if (!value || !value->Number()) Malformed(key);
    if (*value->Number() < 0 || *value->Number() > UINT32_MAX) Malformed(key);
    return static_cast<uint32_t>(*value->Number());
  }
  static std::optional<uint32_t> MaybeInteger(const Value& step, const char* key) {
    return step.Find(key) ? std::optional(Integer(step, key)) : std::nullopt;
  }
  static bool Flag(const Value& step, const char* key) {
    const Value* value = step.Find(key);
    return value && value->Bool() && *value->Bool();
  }
  Namespace& Target(const Value& step) { return *task_.namespaces.at(Integer(step, "in")); }

  void Create(Namespace& in, const Value& step) {
    const Value* path = step.Find("path");
    const bool pinned = path && path->String();
    auto socket = place_->Create(in, pinned ? std::string(*path->String()) : std::string());
    created_.push_back(&in);
    Identify(in, std::move(socket));
  }

  void Open(Namespace& in, const Value& step) {
    if (const Value* given = step.Find("fd"); given && given->Number()) {
      UniqueFd copy(::fcntl(static_cast<int>(*given->Number()), F_DUPFD_CLOEXEC, 0));
      if (!copy) ThrowErrno("fcntl", "F_DUPFD_CLOEXEC");
      CheckIsNetworkNamespace(copy.get(), "the descriptor");
      in.fd = std::move(copy);
    } else {
      in.fd = OpenNamespaceFile(Text(step, "path"));
    }
    place_->MarkIfHome(in);
    created_.push_back(&in);  // has no pin: taking it down closes it
    place_->Enter(in);
    Identify(in, std::make_unique<socket::NetlinkSocket>(NETLINK_ROUTE));
  }

  // Reads the name of the namespace, off its socket.
  void Identify(Namespace& in, SocketCache::Socket socket) {
    in.cookie = socket->NamespaceCookie();
    engine_.sockets().Give(&in, std::move(socket));
    out_.Open('{');
    out_.Key("cookie");
    out_.String(std::to_string(in.cookie));
    out_.Close('}');
  }

  // Of the protocol that the message belongs to.
  SocketCache::Socket TakeSocket(Namespace& in, const Value& message) {
    const int protocol = ProtocolNumber(codec::TypeOf(message).origin);
    if (auto socket = engine_.sockets().Take(&in, protocol)) return socket;
    place_->Enter(in);
    return std::make_unique<socket::NetlinkSocket>(protocol);
  }

  // After an error: closed where answers may still come in. One that owns tables is emptied
  // instead.
  void GiveBack(Namespace& in, SocketCache::Socket socket, bool spoiled) {
    if (spoiled && !socket->owns_tables()) return;
    if (spoiled) socket->Drain();
    engine_.sockets().Give(&in, std::move(socket));
  }
  static bool Spoils(const SysError& error) {
    return error.syscall == "recvmsg" || error.syscall == "sendmsg";
  }

  Requester::Outside Outside() {
    return {.result = [this](const Value& reference) { return Result(reference); },
            .namespace_fd =
                [this](uint32_t which) {
                  return static_cast<uint32_t>(task_.namespaces.at(which)->fd.get());
                },
            .families = engine_.families()};
  }

  // {"of": [step, message], "field": "index"}
  uint32_t Result(const Value& reference) {
    const Value* of = reference.Find("of");
    if (!of || !of->List() || of->List()->size() != 2) Malformed("has a malformed reference");
    const double* step = (*of->List())[0].Number();
    const double* message = (*of->List())[1].Number();
    if (!step || !message || *step < 0 || *message < 0 || *step > UINT32_MAX ||
        *message > UINT32_MAX) {
      Malformed("has a malformed reference");
    }
    const bool here = static_cast<size_t>(*step) == at_ && requester_ != nullptr;
    const auto& answers = here ? requester_->answers() : answers_.at(static_cast<size_t>(*step));
    const auto& replies = answers.at(static_cast<size_t>(*message)).replies;
    if (!replies.empty()) {
      if (const auto found =
              codec::FindNumber(replies.front(), answers.at(static_cast<size_t>(*message)).origin,
                                View(reference, "field"))) {
        return *found;
      }
    }
    throw SysError(ENODATA, "job", "a reference to an answer that the kernel did not give");
  }

  static const codec::Array* List(const Value& step, const char* key) {
    const Value* value = step.Find(key);
    return value ? value->List() : nullptr;
  }
  static const codec::Array& Messages(const Value& step) {
    const Value* messages = step.Find("messages");
    if (!messages || !messages->List() || messages->List()->empty()) {
      Malformed("has a step without messages");
    }
    return *messages->List();
  }

  void Request(Namespace& in, const Value& step, bool by_rows) {
    const codec::Array* rows = by_rows ? List(step, "rows") : &Messages(step);
    const Value* first = by_rows ? step.Find("message") : &rows->front();
    if (!rows || !first) Malformed("has no rows or no message for them");
    auto socket = TakeSocket(in, *first);
    Requester requester(*socket, Outside(), at_, independent_);
    requester_ = &requester;
    try {
      if (by_rows) {
        requester.RunRows(*first, *rows);
      } else {
        requester.Run(*rows);
      }
    } catch (...) {
      requester_ = nullptr;
      answers_[at_] = requester.TakeAnswers();  // what was made is told with the error
      GiveBack(in, std::move(socket), requester.spoiled());
      throw;
    }
    requester_ = nullptr;
    answers_[at_] = requester.TakeAnswers();
    engine_.sockets().Give(&in, std::move(socket));
    WriteStep();
  }

  void Transaction(Namespace& in, const Value& step) {
    const codec::Array& messages = Messages(step);
    const Value* generation = step.Find("generation");
    auto socket = TakeSocket(in, messages.front());
    Requester resolver(*socket, Outside(), at_, false);
    const auto expected = generation ? std::optional(Integer(step, "generation")) : std::nullopt;
    try {
      answers_[at_] = Transact(*socket, resolver, messages, expected);
    } catch (const SysError& error) {
      GiveBack(in, std::move(socket), Spoils(error));
      throw;
    }
    if (MakesOwner(messages)) socket->OwnTables();
    engine_.sockets().Give(&in, std::move(socket));
    WriteStep();
  }

  static bool MakesOwner(const codec::Array& messages) {
    for (const Value& message : messages) {
      const Value* attributes = message.Find("attributes");
      const Value* flags = attributes ? attributes->Find("flags") : nullptr;
      if (View(message, "type") != "NFT_MSG_NEWTABLE" || !flags || !flags->List()) continue;
      for (const Value& flag : *flags->List()) {
        if (flag.String() && *flag.String() == "owner") return true;
      }
    }
    return false;
  }

  void WriteStep() {
    out_.Open('[');
    for (const Answers& answers : answers_[at_]) {
      out_.Comma();
      WriteAnswers(answers);
    }
    out_.Close(']');
  }

  void WriteAnswers(const Answers& answers) {
    if (answers.error) {
      out_.Open('{');
      out_.Key("error");
      WriteError(*answers.error, out_);
      return out_.Close('}');
    }
    out_.Open('[');
    for (const codec::Bytes& reply : answers.replies) {
      out_.Comma();
      if (!codec::Decode(reply, answers.origin, out_)) out_.Raw("null");
    }
    out_.Close(']');
  }

  void Dump(Namespace& in, const Value& step) {
    const Value* message = step.Find("message");
    if (!message) Malformed("has a dump without a message");
    const codec::MessageType& type = codec::TypeOf(*message);
    auto socket = TakeSocket(in, *message);
    std::optional<codec::Picker> picker;
    if (const codec::Array* pick = List(step, "pick")) picker.emplace(*pick);
    const auto write = [&](socket::View one) {
      return picker ? picker->Write(one, type.origin, out_) : codec::Decode(one, type.origin, out_);
    };
    const size_t start = task_.result.size();
    for (int attempt = 1;; attempt++) {
      task_.result.resize(start);
      out_.Open('[');
      try {
        Requester names(*socket, Outside(), at_, false);
        const uint32_t sequence = socket->NextSequence();
        const codec::Bytes bytes = codec::Encode(*message, sequence, names);
        const socket::Verdict verdict =
            socket->Dump(bytes, sequence, [&](uint32_t, socket::View one) {
              out_.Comma();
              if (!write(one)) out_.Raw("null");
            });
        if (verdict.error != 0) throw Refusal(verdict, type, bytes);
        break;
      } catch (const SysError& error) {
        if (error.syscall == "dump" && attempt < kMostDumps) continue;
        GiveBack(in, std::move(socket), Spoils(error));
        throw;
      }
    }
    out_.Close(']');
    engine_.sockets().Give(&in, std::move(socket));
  }

  void Remove(Namespace& in, const Value& step) {
    const Value* message = step.Find("message");
    if (!message) Malformed("has a removal without a message");
    auto socket = in.is_home ? engine_.removals().TakeHome() : nullptr;
    if (!socket) {
      place_->Enter(in);
      socket = engine_.removals().Open(in.is_home);
    }
    Requester names(*socket->netlink, Outside(), at_, false);
    const uint32_t sequence = socket->netlink->NextSequence();
    codec::Bytes bytes = codec::Encode(*message, sequence, names);
    const codec::Value* attributes = message->Find("attributes");
    const bool single = attributes == nullptr || attributes->Find("group") == nullptr;
    removal_ = std::make_shared<Removal>(engine_.removals(), std::move(socket), std::move(bytes),
                                         sequence, single);
  }

  // While another thread sends it.
  void FinishRemoval() {
    const std::shared_ptr<Removal> removal = std::move(removal_);
    const socket::Verdict verdict = removal->Wait();
    if (verdict.error != 0) {
      const Value& message = *(*steps_)[at_].Find("message");
      throw Refusal(verdict, codec::TypeOf(message), removal->request());
    }
    out_.Raw("null");
  }

  void Sysctl(Namespace& in, const Value& step) {
    place_->Enter(in);
    const Value* value = step.Find("value");
    if (value == nullptr) return out_.String(ReadSysctl(Text(step, "path")));
    WriteSysctl(Text(step, "path"), Text(step, "value"));
    out_.Raw("null");
  }

  void OpenSocket(Namespace& in, const Value& step) {
    place_->Enter(in);
    InetSocket opened = OpenInetSocket(Text(step, "type") == "tcp", Text(step, "address"),
                                       static_cast<uint16_t>(Integer(step, "port")));
    out_.Open('{');
    out_.Key("fd");
    out_.Signed(opened.fd.get());
    out_.Key("port");
    out_.Unsigned(opened.port);
    out_.Close('}');
    task_.handed_out.push_back(std::move(opened.fd));
  }

  void Tun(Namespace& in, const Value& step) {
    const bool kept = step.Find("messages") != nullptr;
    const TunWish wish = {
        .tap = View(step, "type") == "tap",
        .name = step.Find("name") ? Text(step, "name") : std::string(),
        .index = MaybeInteger(step, "index"),
        .packet_information = Flag(step, "packetInformation"),
        .vnet_header = Flag(step, "vnetHeader"),
        .multi_queue = Flag(step, "multiQueue"),
        .blocking = Flag(step, "blocking"),
        .owner = MaybeInteger(step, "owner"),
        .group = MaybeInteger(step, "ownerGroup"),
    };
    place_->Enter(in);
    if (kept) return KeptTun(in, step, wish);
    TunQueue opened = OpenTun(wish);
    out_.Open('{');
    out_.Key("fd");
    out_.Signed(opened.fd.get());
    out_.Key("name");
    out_.String(opened.name);
    out_.Close('}');
    task_.handed_out.push_back(std::move(opened.fd));
  }

  // Shown as it is without the queue that made it.
  void KeptTun(Namespace& in, const Value& step, const TunWish& wish) {
    MakeTun(wish);
    try {
      Request(in, step, false);
    } catch (...) {
      place_->Enter(in);
      UnmakeTun(wish);
      throw;
    }
    answers_[at_].front().made = true;
  }

  void Hold(Namespace& in, const Value& step) {
    const uint32_t feed = Integer(step, "feed");
    place_->Enter(in);
    engine_.monitors().Keep(feed, TakeHold(Text(step, "name")));
    out_.Raw("null");
  }

  // One socket for each protocol that the groups are of.
  void Subscribe(Namespace& in, const Value& step) {
    const uint32_t feed = Integer(step, "feed");
    const Value* groups = step.Find("groups");
    const Value* all = step.Find("all");
    const Value* queue = step.Find("queue");
    if (!groups || !groups->List()) Malformed("has a subscription without groups");
    place_->Enter(in);
    std::map<int, std::pair<std::unique_ptr<socket::NetlinkSocket>, codec::Origin>> sockets;
    for (const Value& name : *groups->List()) {
      const codec::Group* group = name.String() ? codec::FindGroup(*name.String()) : nullptr;
      if (group == nullptr) Malformed("has a group that is not known");
      const int protocol = ProtocolNumber(group->origin);
      auto& [socket, origin] = sockets[protocol];
      if (!socket) {
        socket = std::make_unique<socket::NetlinkSocket>(protocol);
        origin = group->origin;
        if (queue) socket->ResizeQueue(static_cast<int>(Integer(step, "queue")));
        if (all && all->Bool() && *all->Bool()) socket->ListenToAllNamespaces();
      }
      socket->JoinGroup(group->number);
    }
    for (auto& [protocol, one] : sockets) {
      engine_.monitors().Listen(feed, std::move(one.first), one.second);
    }
    out_.Raw("null");
  }

  // Closed in any case: what could not be unpinned is no reason to keep descriptors.
  void Delete(Namespace& in, const Value& step) {
    if (step.Find("path")) in.pin = Text(step, "path");
    std::optional<SysError> failed;
    try {
      if (!in.pin.empty()) Unpin(in);
    } catch (const SysError& error) {
      failed = error;
    }
    Close(in);
    if (failed) throw *failed;
  }

  void Close(Namespace& in) {
    engine_.sockets().Close(&in);
    place_->Leave(in);
    in.fd = UniqueFd();
    in.pin.clear();
    out_.Raw("null");
  }

  Engine& engine_;
  Place* place_ = nullptr;  // of the thread that runs it now
  Task& task_;
  std::optional<codec::Document> document_;
  const codec::Array* steps_ = nullptr;
  codec::JsonWriter out_;
  bool independent_ = false;
  bool timed_ = false;
  Clock::time_point began_;
  std::vector<Clock::time_point> step_began_;
  size_t at_ = 0;
  Requester* requester_ = nullptr;             // of the step under way
  std::vector<std::vector<Answers>> answers_;  // a step
  std::vector<Namespace*> created_;
  std::shared_ptr<Removal> removal_;  // sent, and not yet waited for
};

}  // namespace

std::shared_ptr<Removal> RunJob(Engine& engine, Place& place, Task& task) {
  if (!task.progress) task.progress = std::make_unique<Job>(engine, task);
  Job& job = static_cast<Job&>(*task.progress);
  std::optional<SysError> failed;
  try {
    auto removal = job.Run(place);
    if (!removal) task.progress.reset();
    return removal;
  } catch (const SysError& error) {
    failed = error;
  } catch (const std::exception& error) {  // std::out_of_range, std::bad_alloc
    failed = SysError(EINVAL, "job", error.what());
  }
  failed->step = job.at();
  task.handed_out.clear();
  task.result.clear();
  codec::JsonWriter out(task.result);
  out.Open('{');
  out.Key("error");
  WriteError(*failed, out);
  out.Key("made");
  job.WriteMade(out);
  job.WriteTiming(out);
  out.Close('}');
  job.TakeDownCreated();
  task.progress.reset();
  return nullptr;
}

}  // namespace vethwork::ns
