// Names that one process at a time has in a network namespace: abstract unix sockets, unix(7).
#pragma once

#include <string>

#include "base/unique_fd.h"

namespace vethwork::ns {

// In the namespace that the calling thread is in: a socket bound to `name`, 1 to 107 bytes, which
// listens and is non-blocking. The name is free when it is closed, or when the process is gone.
// Throws EADDRINUSE, `holder` with it where the socket that has the name could be asked.
UniqueFd TakeHold(const std::string& name);

// Whoever connects wants to know whose the socket is (SO_PEERCRED), and knows it by then: lets all
// go, so that the queue of those who asked does not fill up.
void DismissVisitors(int listener);

}  // namespace vethwork::ns
