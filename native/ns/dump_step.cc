#include "ns/dump_step.h"

#include <optional>
#include <utility>

#include "ns/fields.h"

namespace vethwork::ns {

using codec::Value;

namespace {

constexpr int kMostDumps = 5;

}  // namespace

void DumpStep(const Step& step, Requester::Outside outside, size_t at) {
  const Value* message = step.says.Find("message");
  if (!message) Malformed("has a dump without a message");
  const codec::MessageType& type = codec::TypeOf(*message);
  auto socket = step.TakeSocket(*message);
  std::optional<codec::Picker> picker;
  if (const codec::Array* pick = List(step.says, "pick")) picker.emplace(*pick);
  const codec::Array* without = List(step.says, "without");
  const auto write = [&](socket::View one) {
    return picker ? picker->Write(one, type.origin, step.out)
                  : codec::Decode(one, type.origin, step.out, without);
  };
  const size_t start = step.task.result.size();
  bool under_way = false;  // who looks at an answer may throw, and the rest is still to come then
  for (int attempt = 1;; attempt++) {
    step.task.result.resize(start);
    step.out.Open('[');
    try {
      Requester names(*socket, outside, at, false);
      const uint32_t sequence = socket->NextSequence();
      const codec::Bytes bytes = codec::Encode(*message, sequence, names);
      under_way = true;
      const socket::Verdict verdict =
          socket->Dump(bytes, sequence, [&](uint32_t, socket::View one) {
            step.out.Comma();
            if (!write(one)) step.out.Raw("null");
          });
      under_way = false;
      if (verdict.error != 0) throw Refusal(verdict, type, bytes);
      break;
    } catch (const SysError& error) {
      const bool whole = error.syscall == "dump";
      if (whole && attempt < kMostDumps) continue;
      step.GiveBack(std::move(socket), Spoils(error) || (under_way && !whole));
      throw;
    }
  }
  step.out.Close(']');
  step.GiveBack(std::move(socket));
}

}  // namespace vethwork::ns
