#include "ns/sysctl.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/sys_error.h"
#include "base/unique_fd.h"

namespace vethwork::ns {
namespace {

// Which /proc/sys/net a thread sees follows its own namespace (net/sysctl_net.c), at the time of
// the open(2).
UniqueFd Open(const std::string& path, int flags) {
  const std::string full = "/proc/sys/" + path;
  if (!path.starts_with("net/") || path.find("..") != std::string::npos) {
    throw SysError(EINVAL, "open", full + " is not below /proc/sys/net");
  }
  UniqueFd fd(::open(full.c_str(), flags | O_CLOEXEC));
  if (!fd) ThrowErrno("open", full);
  return fd;
}

}  // namespace

std::string ReadSysctl(const std::string& path) {
  const UniqueFd fd = Open(path, O_RDONLY);
  std::string value;
  // Some lists come with the first read or not at all (proc_do_large_bitmap()): a buffer for all
  // 65,536 ports where a page does not do.
  for (const size_t room : {size_t{4096}, size_t{512} * 1024}) {
    value.resize(room);
    const ssize_t got = ::pread(fd.get(), value.data(), room, 0);
    if (got < 0) ThrowErrno("read", "/proc/sys/" + path);
    value.resize(static_cast<size_t>(got));
    if (value.size() < room) break;
  }
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

void WriteSysctl(const std::string& path, const std::string& value) {
  const UniqueFd fd = Open(path, O_WRONLY);
  size_t done = 0;
  do {  // the kernel takes long lists page by page (proc_do_large_bitmap())
    const ssize_t wrote = ::write(fd.get(), value.data() + done, value.size() - done);
    if (wrote < 0) ThrowErrno("write", "/proc/sys/" + path + " = " + value);
    if (wrote == 0) break;
    done += static_cast<size_t>(wrote);
  } while (done < value.size());
}

}  // namespace vethwork::ns
