// How long a job waited for a worker, and how long each of its steps took.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "codec/codec.h"

namespace vethwork::ns {

class Timing {
 public:
  using Clock = std::chrono::steady_clock;

  void Enable() { enabled_ = true; }
  void BeginStep() {
    if (enabled_) step_began_.push_back(Clock::now());
  }

  // As a key of the object that is open. Nothing where it was not asked for.
  void Write(codec::JsonWriter& out, Clock::time_point submitted) const {
    if (!enabled_) return;
    out.Key("timing");
    out.Open('{');
    out.Key("waitedUs");
    out.Unsigned(Microseconds(began_ - submitted));
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

 private:
  static uint64_t Microseconds(Clock::duration time) {
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(time).count());
  }

  bool enabled_ = false;
  Clock::time_point began_ = Clock::now();
  std::vector<Clock::time_point> step_began_;
};

}  // namespace vethwork::ns
