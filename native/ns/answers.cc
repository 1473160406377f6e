#include "ns/answers.h"

#include <cstdint>

#include "ns/error_text.h"

namespace vethwork::ns {

namespace {

void WriteOne(const Answers& answers, codec::JsonWriter& out) {
  if (answers.error) {
    out.Open('{');
    out.Key("error");
    WriteError(*answers.error, out);
    return out.Close('}');
  }
  out.Open('[');
  for (const codec::Bytes& reply : answers.replies) {
    out.Comma();
    if (!codec::Decode(reply, answers.origin, out)) out.Raw("null");
  }
  out.Close(']');
}

}  // namespace

void WriteAnswers(const std::vector<Answers>& step, codec::JsonWriter& out) {
  out.Open('[');
  for (const Answers& answers : step) {
    out.Comma();
    WriteOne(answers, out);
  }
  out.Close(']');
}

void WriteMade(const std::vector<std::vector<Answers>>& steps, codec::JsonWriter& out) {
  out.Open('[');
  for (size_t step = 0; step < steps.size(); step++) {
    for (size_t message = 0; message < steps[step].size(); message++) {
      const Answers& answers = steps[step][message];
      const auto index = answers.replies.empty() || !answers.made
                             ? std::nullopt
                             : codec::FindNumber(answers.replies.front(), {}, "index");
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

}  // namespace vethwork::ns
