// vethwork-helper: the one program the library starts, to run a user's program inside a sandbox.
//
//   vethwork-helper run [--net PATH] [--cookie N] [--bind SRC DST]... [--uid N] [--gid N]
//                       [--argv0 NAME] [--status-fd N] -- COMMAND [ARGUMENT]...
//
//     Enters the network namespace at PATH, takes a mount namespace of its own whose mounts do not
//     travel back, binds each file SRC over DST, drops to the group and user, and becomes COMMAND,
//     looked up in PATH. --cookie: refuse unless SO_NETNS_COOKIE of the namespace is N.
//     On failure: one line on --status-fd, which COMMAND never sees (close-on-exec):
//       {"errno":-2,"code":"ENOENT","syscall":"execve","path":"/bin/nothing"}
//     or, without --status-fd, a sentence on stderr. Exit code 127 when COMMAND is not there, 126
//     for anything else. ESTALE by getsockopt: another namespace than --cookie says. EINVAL by
//     "vethwork-helper": `path` is the option that it does not understand.
//
//   vethwork-helper private [--run-tmpfs] -- COMMAND [ARGUMENT]...
//
//     Becomes COMMAND in a network and a mount namespace of its own; where that needs rights that
//     the caller lacks, inside a user namespace where the caller is root. Loopback stays down.
//     --run-tmpfs: an empty /run. On failure: one sentence on stderr, exit code 125.
//
// No fork: the process id, the standard streams, the working directory and the environment stay.
// Linked statically and without the C++ library, so that it starts in about a millisecond anywhere.

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/errno_name.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71  // since Linux 5.14; headers of older distributions lack it
#endif

namespace {

constexpr int kNotFound = 127;  // as shells say it
constexpr int kCannotRun = 126;
constexpr int kNoPrivateSpace = 125;

constexpr const char* kSelf = "vethwork-helper";

// ---- run ---------------------------------------------------------------------------------------

// What a failed step tells the parent.
struct Failure {
  int error = 0;  // errno; 0: nothing failed
  const char* syscall = "";
  const char* path = "";
};

struct Bind {
  const char* source;
  const char* target;
};

constexpr int kMostBinds = 16;

struct RunOptions {
  const char* net = nullptr;
  bool check_cookie = false;
  uint64_t cookie = 0;
  Bind binds[kMostBinds];
  int bind_count = 0;
  uid_t uid = static_cast<uid_t>(-1);  // -1: as it is, as for setresuid(2)
  gid_t gid = static_cast<gid_t>(-1);
  const char* argv0 = nullptr;
  int status_fd = -1;
  char** command = nullptr;
};

// Longest escape is 6 bytes a byte, and no path that the kernel takes is longer than PATH_MAX.
void WriteJson(int fd, const Failure& failure) {
  char path[6 * PATH_MAX];
  size_t used = 0;
  for (const char* at = failure.path; *at != '\0' && used + 7 < sizeof(path); at++) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte < 0x20 || byte == '"' || byte == '\\') {
      used += static_cast<size_t>(snprintf(path + used, 7, "\\u%04x", byte));
    } else {
      path[used++] = *at;
    }
  }
  path[used] = '\0';
  dprintf(fd, "{\"errno\":%d,\"code\":\"%s\",\"syscall\":\"%s\",\"path\":\"%s\"}\n", -failure.error,
          vethwork::ErrnoName(failure.error), failure.syscall, path);
}

int Report(const RunOptions& options, const Failure& failure) {
  if (options.status_fd >= 0) {
    WriteJson(options.status_fd, failure);
  } else {
    dprintf(STDERR_FILENO, "%s: %s: %s: %s\n", kSelf, failure.syscall, failure.path,
            strerror(failure.error));
  }
  const bool no_command = failure.error == ENOENT && strcmp(failure.syscall, "execve") == 0;
  return no_command ? kNotFound : kCannotRun;
}

bool ParseNumber(const char* text, uint64_t most, uint64_t* number) {
  if (*text < '0' || *text > '9') return false;  // strtoull() would take blanks and signs
  char* end = nullptr;
  errno = 0;
  *number = strtoull(text, &end, 10);
  return errno == 0 && *end == '\0' && *number <= most;
}

// Takes the option at `argv[at]` with its values; returns how many words that was, 0 when it is
// wrong.
int ParseRunOption(char** argv, RunOptions* options) {
  const char* name = argv[0];
  const char* value = argv[1];
  if (value == nullptr) return 0;
  uint64_t number = 0;
  if (strcmp(name, "--net") == 0) {
    options->net = value;
  } else if (strcmp(name, "--argv0") == 0) {
    options->argv0 = value;
  } else if (strcmp(name, "--bind") == 0) {
    if (argv[2] == nullptr || options->bind_count == kMostBinds) return 0;
    options->binds[options->bind_count++] = {value, argv[2]};
    return 3;
  } else if (strcmp(name, "--cookie") == 0) {
    if (!ParseNumber(value, UINT64_MAX, &options->cookie)) return 0;
    options->check_cookie = true;
  } else if (strcmp(name, "--uid") == 0) {
    if (!ParseNumber(value, UINT32_MAX - 1, &number)) return 0;
    options->uid = static_cast<uid_t>(number);
  } else if (strcmp(name, "--gid") == 0) {
    if (!ParseNumber(value, UINT32_MAX - 1, &number)) return 0;
    options->gid = static_cast<gid_t>(number);
  } else if (strcmp(name, "--status-fd") == 0) {
    if (!ParseNumber(value, INT32_MAX, &number)) return 0;
    if (fcntl(static_cast<int>(number), F_SETFD, FD_CLOEXEC) != 0) return 0;
    options->status_fd = static_cast<int>(number);
  } else {
    return 0;
  }
  return 2;
}

Failure ParseRun(char** argv, RunOptions* options) {
  while (*argv != nullptr && strcmp(*argv, "--") != 0) {
    const int words = ParseRunOption(argv, options);
    if (words == 0) return {EINVAL, kSelf, *argv};
    argv += words;
  }
  if (*argv == nullptr || argv[1] == nullptr) return {EINVAL, kSelf, "--"};
  options->command = argv + 1;
  return {};
}

Failure EnterNamespace(const char* path) {
  const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return {errno, "open", path};
  if (setns(fd, CLONE_NEWNET) != 0) return {errno, "setns", path};
  close(fd);
  return {};
}

// A path may name another namespace by now; the cookie is never used twice (socket(7), Linux 5.14).
Failure CheckCookie(uint64_t expected, const char* path) {
  uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {errno, "socket", path};
  if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) != 0) {
    return {errno, "getsockopt", path};
  }
  close(fd);
  if (cookie != expected) return {ESTALE, "getsockopt", path};
  return {};
}

Failure BindFiles(const RunOptions& options) {
  if (unshare(CLONE_NEWNS) != 0) return {errno, "unshare", ""};
  // Slave: what the host mounts later still arrives here, what is mounted here stays here.
  if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return {errno, "mount", "/"};
  for (int i = 0; i < options.bind_count; i++) {
    const Bind& bind = options.binds[i];
    if (mount(bind.source, bind.target, nullptr, MS_BIND, nullptr) != 0) {
      const int error = errno;
      const bool source_is_there = access(bind.source, F_OK) == 0;
      return {error, "mount", source_is_there ? bind.target : bind.source};
    }
  }
  return {};
}

// In a user namespace without the right to change groups there are none to drop
// (user_namespaces(7)).
bool SetgroupsDenied() {
  char text[8] = "";
  const int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool denied = read(fd, text, sizeof(text) - 1) > 0 && strncmp(text, "deny", 4) == 0;
  close(fd);
  return denied;
}

Failure DropRights(uid_t uid, gid_t gid) {
  constexpr auto kAsItIs = static_cast<uid_t>(-1);
  if (uid == kAsItIs && gid == kAsItIs) return {};
  if (setgroups(0, nullptr) != 0 && !SetgroupsDenied()) return {errno, "setgroups", ""};
  if (setresgid(gid, gid, gid) != 0) return {errno, "setresgid", ""};
  if (setresuid(uid, uid, uid) != 0) return {errno, "setresuid", ""};
  return {};
}

// Returns only on failure.
Failure Run(char** argv, RunOptions* options) {
  Failure failure = ParseRun(argv, options);
  if (failure.error == 0 && options->net != nullptr) failure = EnterNamespace(options->net);
  if (failure.error == 0 && options->check_cookie) {
    failure = CheckCookie(options->cookie, options->net != nullptr ? options->net : "");
  }
  if (failure.error == 0) failure = BindFiles(*options);
  if (failure.error == 0) failure = DropRights(options->uid, options->gid);
  if (failure.error != 0) return failure;
  const char* file = options->command[0];
  if (options->argv0 != nullptr) options->command[0] = const_cast<char*>(options->argv0);
  execvp(file, options->command);
  return {errno, "execve", file};
}

// ---- private -----------------------------------------------------------------------------------

[[gnu::format(printf, 1, 2)]] int Sorry(const char* format, ...) {
  va_list values;
  va_start(values, format);
  dprintf(STDERR_FILENO, "%s: ", kSelf);
  vdprintf(STDERR_FILENO, format, values);
  dprintf(STDERR_FILENO, "\n");
  va_end(values);
  return kNoPrivateSpace;
}

bool WriteFile(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = write(fd, text, strlen(text)) == static_cast<ssize_t>(strlen(text));
  const int error = errno;
  close(fd);
  errno = error;
  return written;
}

// The caller becomes root, and is the only user there is: all that an unprivileged process may map.
bool MapToRoot(uid_t uid, gid_t gid) {
  char users[32];
  char groups[32];
  snprintf(users, sizeof(users), "0 %u 1", uid);
  snprintf(groups, sizeof(groups), "0 %u 1", gid);
  return WriteFile("/proc/self/setgroups", "deny") && WriteFile("/proc/self/uid_map", users) &&
         WriteFile("/proc/self/gid_map", groups);
}

bool MakePrivate(bool run_tmpfs) {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return !run_tmpfs || mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") == 0;
}

// Rights are judged by trying: root in a container may well lack them. Returns only on failure.
int Private(char** argv) {
  bool run_tmpfs = false;
  for (; *argv != nullptr && strcmp(*argv, "--") != 0; argv++) {
    if (strcmp(*argv, "--run-tmpfs") != 0) return Sorry("private: unknown option %s", *argv);
    run_tmpfs = true;
  }
  if (*argv == nullptr || argv[1] == nullptr) return Sorry("private: no command after --");
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
    if (errno != EPERM) return Sorry("cannot make namespaces: unshare: %s", strerror(errno));
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0 || !MapToRoot(uid, gid)) {
      return Sorry(
          "this machine does not let user %u make a user namespace (%s); run as root, or allow it "
          "by "
          "sysctl: user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1 (Debian), "
          "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)",
          uid, strerror(errno));
    }
  }
  if (!MakePrivate(run_tmpfs)) {
    return Sorry("cannot make the mounts of the new namespace private: %s", strerror(errno));
  }
  execvp(argv[1], argv + 1);
  return Sorry("cannot run %s: %s", argv[1], strerror(errno));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc >= 2 && strcmp(argv[1], "private") == 0) return Private(argv + 2);
  if (argc >= 2 && strcmp(argv[1], "run") == 0) {
    RunOptions options;
    const Failure failure = Run(argv + 2, &options);
    return Report(options, failure);
  }
  return Sorry("expected `run` or `private`; see the top of native/helper/main.cc");
}
