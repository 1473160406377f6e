// What the kernel answered to the messages of a job, and how that is told.
#pragma once

#include <optional>
#include <vector>

#include "base/sys_error.h"
#include "codec/codec.h"

namespace vethwork::ns {

// What the kernel answered to one message.
struct Answers {
  std::vector<codec::Bytes> replies;
  std::optional<SysError> error;
  codec::Origin origin;
  bool made = false;  // a link, which the first reply shows
};

// Of one step: an array, one a message, of what was answered; or {"error": {...}}.
void WriteAnswers(const std::vector<Answers>& step, codec::JsonWriter& out);

// Of all steps: the links that they have made, for the caller to undo: [[step, message, index],
// ...].
void WriteMade(const std::vector<std::vector<Answers>>& steps, codec::JsonWriter& out);

}  // namespace vethwork::ns
