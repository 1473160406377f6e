// The one exception type below bindings/.
#pragma once

#include <cerrno>
#include <exception>
#include <string>
#include <utility>

namespace vethwork {

// The kernel, or our own codec, refused something.
struct SysError : std::exception {
  SysError(int number, std::string call) : number(number), syscall(std::move(call)) {}
  SysError(int number, std::string call, std::string what)
      : number(number), syscall(std::move(call)), detail(std::move(what)) {}

  const char* what() const noexcept override { return syscall.c_str(); }

  int number;             // errno, positive: EEXIST
  std::string syscall;    // system call or netlink message: "setns", "RTM_NEWLINK"
  std::string detail;     // what it was about, in our words: a path, an attribute; may be empty
  std::string extack;     // the kernel's own sentence (NLMSGERR_ATTR_MSG); may be empty
  std::string attribute;  // dotted path of the attribute that the kernel objects to; may be empty
  int holder = -1;        // process id of who has what was asked for; 0: not to be seen from here
  int step = -1;          // which step of the job, and which message of the step
  int message = -1;
};

[[noreturn]] inline void ThrowErrno(const char* call, std::string detail = {}) {
  throw SysError(errno, call, std::move(detail));
}

}  // namespace vethwork
