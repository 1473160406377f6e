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
  std::string value(4096, '\0');
  const ssize_t got = ::read(fd.get(), value.data(), value.size());
  if (got < 0) ThrowErrno("read", "/proc/sys/" + path);
  value.resize(static_cast<size_t>(got));
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

void WriteSysctl(const std::string& path, const std::string& value) {
  const UniqueFd fd = Open(path, O_WRONLY);
  if (::write(fd.get(), value.data(), value.size()) < 0) {
    ThrowErrno("write", "/proc/sys/" + path + " = " + value);
  }
}

}  // namespace vethwork::ns
