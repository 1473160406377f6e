#include "ns/job.h"

#include <memory>
#include <optional>
#include <utility>

#include "codec/wire.h"
#include "ns/answers.h"
#include "ns/dump_step.h"
#include "ns/engine.h"
#include "ns/error_text.h"
#include "ns/fields.h"
#include "ns/namespace_steps.h"
#include "ns/opening_steps.h"
#include "ns/place.h"
#include "ns/request.h"
#include "ns/step.h"
#include "ns/sysctl.h"
#include "ns/timing.h"
#include "ns/transaction.h"

namespace vethwork::ns {

namespace {

using codec::Value;

class Job : public Progress {
 public:
  Job(Engine& engine, Task& task) : engine_(engine), task_(task), out_(task.result) {}

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
      timing_.BeginStep();
      RunStep((*steps_)[at_]);
      if (removal_) return removal_;
    }
    out_.Close(']');
    WriteTiming(out_);
    out_.Close('}');
    return nullptr;
  }

  void WriteTiming(codec::JsonWriter& out) const { timing_.Write(out, task_.submitted); }

  int at() const { return static_cast<int>(at_); }

  void WriteMade(codec::JsonWriter& out) const { ns::WriteMade(answers_, out); }

  void TakeDownCreated() { namespaces_.TakeDownCreated(engine_, *place_); }

 private:
  void Begin() {
    const Value& text = document_.emplace(task_.text).root();
    independent_ = Flag(text, "independent");
    if (Flag(text, "timed")) timing_.Enable();
    steps_ = List(text, "steps");
    if (!steps_) Malformed("has no steps");
    answers_.resize(steps_->size());
    out_.Open('{');
    out_.Key("results");
    out_.Open('[');
  }

  void RunStep(const Value& says) {
    const std::string_view verb = View(says, "do");
    Namespace& in = *task_.namespaces.at(Integer(says, "in"));
    const Step step = {says, in, engine_, *place_, task_, out_};
    if (verb == "create") return namespaces_.Create(step);
    if (verb == "open") return namespaces_.Open(step);
    if (!in.IsOpen()) throw SysError(EBADF, "namespace", "it is closed");
    if (verb == "request" || verb == "rows") return Request(step, verb == "rows");
    if (verb == "transaction") return Transaction(step);
    if (verb == "dump") return DumpStep(step, Outside(), at_);
    if (verb == "remove") return Remove(step);
    if (verb == "sysctl") return Sysctl(step);
    if (verb == "socket") return OpenSocketStep(step);
    if (verb == "tun") return Tun(step);
    if (verb == "hold") return HoldStep(step);
    if (verb == "subscribe") return SubscribeStep(step);
    if (verb == "delete") return namespaces_.Delete(step);
    if (verb == "close") return namespaces_.Close(step);
    Malformed("has a step of an unknown kind");
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

  void Request(const Step& step, bool by_rows) {
    const codec::Array* rows = by_rows ? List(step.says, "rows") : &Messages(step.says);
    const Value* first = by_rows ? step.says.Find("message") : &rows->front();
    if (!rows || !first) Malformed("has no rows or no message for them");
    auto socket = step.TakeSocket(*first);
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
      step.GiveBack(std::move(socket), requester.spoiled());
      throw;
    }
    requester_ = nullptr;
    answers_[at_] = requester.TakeAnswers();
    step.GiveBack(std::move(socket));
    WriteAnswers(answers_[at_], out_);
  }

  void Transaction(const Step& step) {
    const codec::Array& messages = Messages(step.says);
    const Value* generation = step.says.Find("generation");
    auto socket = step.TakeSocket(messages.front());
    Requester resolver(*socket, Outside(), at_, false);
    const auto expected =
        generation ? std::optional(Integer(step.says, "generation")) : std::nullopt;
    try {
      answers_[at_] = Transact(*socket, resolver, messages, expected);
    } catch (const SysError& error) {
      step.GiveBack(std::move(socket), Spoils(error));
      throw;
    }
    if (MakesOwner(messages)) socket->OwnTables();
    step.GiveBack(std::move(socket));
    WriteAnswers(answers_[at_], out_);
  }

  void Remove(const Step& step) {
    const Value* message = step.says.Find("message");
    if (!message) Malformed("has a removal without a message");
    const codec::Value* attributes = message->Find("attributes");
    const bool single = attributes == nullptr || attributes->Find("group") == nullptr;
    auto socket = step.in.is_home ? engine_.removals().TakeHome() : nullptr;
    if (!socket) {
      step.place.Enter(step.in);
      socket = engine_.removals().Open(step.in.is_home, single);
    }
    Requester names(*socket->netlink, Outside(), at_, false);
    const uint32_t sequence = socket->netlink->NextSequence();
    codec::Bytes bytes = codec::Encode(*message, sequence, names);
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

  void Sysctl(const Step& step) {
    step.place.Enter(step.in);
    const Value* value = step.says.Find("value");
    if (value == nullptr) return out_.String(ReadSysctl(Text(step.says, "path")));
    WriteSysctl(Text(step.says, "path"), Text(step.says, "value"));
    out_.Raw("null");
  }

  void Tun(const Step& step) {
    const TunWish wish = TunWishOf(step);
    if (!step.says.Find("messages")) return OpenTunStep(step, wish);
    // Shown as it is without the queue that made it.
    step.place.Enter(step.in);
    MakeTun(wish);
    try {
      Request(step, false);
    } catch (...) {
      step.place.Enter(step.in);
      UnmakeTun(wish);
      throw;
    }
    answers_[at_].front().made = true;
  }

  Engine& engine_;
  Place* place_ = nullptr;  // of the thread that runs it now
  Task& task_;
  std::optional<codec::Document> document_;
  const codec::Array* steps_ = nullptr;
  codec::JsonWriter out_;
  bool independent_ = false;
  Timing timing_;
  size_t at_ = 0;
  Requester* requester_ = nullptr;             // of the step under way
  std::vector<std::vector<Answers>> answers_;  // a step
  NamespaceSteps namespaces_;
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
