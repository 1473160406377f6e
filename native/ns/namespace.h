// One network namespace as jobs name it.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/unique_fd.h"

namespace vethwork::ns {

struct Task;

// Filled by the job that creates or opens it. One job at a time uses it: no lock is needed but the
// engine's, which guards `line` alone.
struct Namespace {
  UniqueFd fd;           // nsfs: keeps the namespace alive
  uint64_t cookie = 0;   // SO_NETNS_COOKIE
  bool is_home = false;  // where the workers are anyway: nothing to enter
  std::string pin;       // where we bind-mounted it; empty where we did not

  bool IsOpen() const { return static_cast<bool>(fd); }

  std::deque<Task*> line;  // jobs that name it, in the order they came
  bool abandoned = false;  // nobody can name it any more: closed when its line has ended
};

}  // namespace vethwork::ns
